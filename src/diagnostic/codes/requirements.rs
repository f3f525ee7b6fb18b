//! K3xxx: requirements, capabilities and relationships.

codes! {
    /// A requirement that the node's type does not define.
    ///
    /// ```yaml
    /// node_templates:
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements:
    ///       - hosst: server
    /// ```
    ///
    /// Correct the name, or define the requirement in the type.
    UNKNOWN_REQUIREMENT = "K3001", "unknown-requirement", Error;

    /// A requirement names a target that is neither a node template nor a node type.
    ///
    /// ```yaml
    /// node_templates:
    ///   server: { type: tosca.nodes.Compute }
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements:
    ///       - host: sever
    /// ```
    ///
    /// Correct the name, or add the node template.
    UNKNOWN_REQUIREMENT_TARGET = "K3002", "unknown-requirement-target", Error;

    /// The target of a requirement does not fit: it is not of the node type the requirement asks for, or has no
    /// capability of the type it asks for.
    ///
    /// ```yaml
    /// node_templates:
    ///   disk: { type: tosca.nodes.Storage.ObjectStorage, properties: { name: disk } }
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements:
    ///       - host: disk
    /// ```
    ///
    /// Point the requirement at a node that fits, or let the target's type offer the capability.
    UNFIT_TARGET = "K3003", "unfit-target", Error;

    /// A requirement asks for a capability that its target does not have.
    ///
    /// ```yaml
    /// node_templates:
    ///   server: { type: tosca.nodes.Compute }
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements:
    ///       - host: { node: server, capability: hosst }
    /// ```
    ///
    /// Write the name of a capability of the target, or a capability type; or leave `capability` out.
    UNKNOWN_TARGET_CAPABILITY = "K3004", "unknown-target-capability", Error;

    /// A requirement uses a relationship that is neither a relationship template nor a relationship type.
    ///
    /// ```yaml
    /// node_templates:
    ///   server: { type: tosca.nodes.Compute }
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements:
    ///       - host: { node: server, relationship: tosca.relationships.HostdOn }
    /// ```
    ///
    /// Correct the name, or define the relationship.
    UNKNOWN_RELATIONSHIP = "K3005", "unknown-relationship", Error;

    /// More requirements of one name are assigned than the definition's `occurrences` allows.
    ///
    /// Without `occurrences` a requirement occurs exactly once (Simple Profile 1.3, section 3.7.3).
    ///
    /// ```yaml
    /// node_templates:
    ///   one: { type: tosca.nodes.Compute }
    ///   two: { type: tosca.nodes.Compute }
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements:
    ///       - host: one
    ///       - host: two
    /// ```
    ///
    /// Remove what is too many, or give the definition in the type another upper bound.
    TOO_MANY_OCCURRENCES = "K3006", "too-many-occurrences", Error;

    /// Several node templates could fulfil a requirement, and nothing says which.
    ///
    /// The standard leaves the choice to the orchestrator. khor draws no line then, so nothing waits for the target.
    ///
    /// ```yaml
    /// node_templates:
    ///   one: { type: tosca.nodes.Compute }
    ///   two: { type: tosca.nodes.Compute }
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements:
    ///       - host: tosca.nodes.Compute
    /// ```
    ///
    /// Name the node template: `node: NAME`.
    AMBIGUOUS_REQUIREMENT = "K3007", "ambiguous-requirement", Warning;

    /// Nodes that are hosted on each other in a circle.
    ///
    /// None of them stands on a host.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// node_types:
    ///   Box:
    ///     derived_from: tosca.nodes.Root
    ///     capabilities:
    ///       host: { type: tosca.capabilities.Compute }
    ///     requirements:
    ///       - host: { capability: tosca.capabilities.Compute, relationship: tosca.relationships.HostedOn }
    /// topology_template:
    ///   node_templates:
    ///     inner: { type: Box, requirements: [ host: outer ] }
    ///     outer: { type: Box, requirements: [ host: inner ] }
    /// ```
    ///
    /// Let one of them be hosted on something else.
    HOSTING_CYCLE = "K3008", "hosting-cycle", Error;
}
