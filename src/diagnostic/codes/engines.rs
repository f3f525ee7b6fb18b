//! K205x: khor's engines as implementations of operations.

codes! {
    /// An engine of khor is used in a way it does not offer: unknown engine, unknown, missing or wrong argument.
    ///
    /// The engines are `file`, `template`, `process`, `service`, `tcp`, `http` and `nil`; an artifact of type `khor.artifacts.Engine` names one,
    /// and the operation's inputs are its arguments. `tcp` and `http` only look: they implement operations of the
    /// interface `khor.interfaces.Check`.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// imports: [ khor:1.0 ]
    /// topology_template:
    ///   node_templates:
    ///     motd:
    ///       type: tosca.nodes.SoftwareComponent
    ///       metadata: { khor.host: bsd1 }
    ///       artifacts:
    ///         engine: { type: khor.artifacts.Engine, file: fil }
    ///       interfaces:
    ///         Standard:
    ///           create: { implementation: engine, inputs: { path: /etc/motd } }
    /// ```
    ///
    /// Write the engine or the argument that the message names.
    ENGINE_USE = "K2050", "engine-use", Error;

    /// A template cannot be rendered, whatever its values or with the values that it gets.
    ///
    /// The engine `template` makes a file of a template in Jinja's language and of `values`. The template is strict: a
    /// name without a value is a fault, not an empty text. It is tried with the values as far as they are known when the
    /// topology is read. Beside Jinja's own filters there are `to_json` and `to_nice_json`; values are written as scripts
    /// get them, so lists and maps are JSON.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// imports: [ khor:1.0 ]
    /// topology_template:
    ///   node_templates:
    ///     motd:
    ///       type: khor.nodes.Template
    ///       metadata: { khor.host: bsd1 }
    ///       properties: { path: /etc/motd, values: { name: bsd1 } }
    ///       artifacts: { template: motd.j2 }
    /// ```
    ///
    /// ```title="motd.j2"
    /// Welcome to {{ nam }}
    /// ```
    ///
    /// Correct the template, or give `values` what it names. What may be missing has a default: `{{ name | default('') }}`.
    BROKEN_TEMPLATE = "K2051", "broken-template", Error;
}
