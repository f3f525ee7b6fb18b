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
    /// The standard leaves the choice to the orchestrator. khor draws no line then, so nothing waits for the target. An
    /// assignment with `occurrences` (1.3) is fulfilled by all that fit, if these are no more than it takes.
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
    /// None of them stands on a host; a node that is hosted on itself does not either.
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

    /// No node template fits a requirement that says only what its target must be like, or fewer than its assignment's
    /// `occurrences` ask for.
    ///
    /// Such a requirement is fulfilled by any node of the node type that it asks for, with a capability that it asks for,
    /// that holds to its `node_filter`. The standard lets the orchestrator take one from outside of the template; khor
    /// takes none. `khor compile` therefore refuses such a template, unless the requirement is for a host, which may be
    /// placed otherwise, or is optional.
    ///
    /// ```yaml
    /// node_templates:
    ///   server:
    ///     type: tosca.nodes.Compute
    ///     capabilities: { host: { properties: { num_cpus: 2 } } }
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements:
    ///       - host:
    ///           node: tosca.nodes.Compute
    ///           node_filter:
    ///             capabilities:
    ///               - host: { properties: [ num_cpus: { greater_or_equal: 4 } ] }
    /// ```
    ///
    /// Add a node template that fits, change the one that nearly does, or change what is asked for.
    UNFULFILLED_REQUIREMENT = "K3009", "unfulfilled-requirement", Warning;

    /// The node template that a requirement names does not hold to the requirement's `node_filter`.
    ///
    /// ```yaml
    /// node_templates:
    ///   server:
    ///     type: tosca.nodes.Compute
    ///     capabilities: { host: { properties: { num_cpus: 2 } } }
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements:
    ///       - host:
    ///           node: server
    ///           node_filter:
    ///             capabilities:
    ///               - host: { properties: [ num_cpus: { greater_or_equal: 4 } ] }
    /// ```
    ///
    /// Name another node template, or change the filter or the value.
    EXCLUDED_TARGET = "K3010", "excluded-target", Error;

    /// A capability is related to by a node whose type is not among its `valid_source_types`.
    ///
    /// The list is that of the capability's definition in the node type, else that of the capability type. Types derived
    /// from those in it are fine too. Many orchestrators do not look at the list, and templates that are played every day
    /// break it.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// node_types:
    ///   my.App:
    ///     derived_from: tosca.nodes.Root
    ///     requirements:
    ///       - host: { capability: tosca.capabilities.Compute, relationship: tosca.relationships.HostedOn }
    /// topology_template:
    ///   node_templates:
    ///     server: { type: tosca.nodes.Compute }   # its host takes only software components
    ///     app: { type: my.App, requirements: [ host: server ] }
    /// ```
    ///
    /// Derive the node's type from one of the list, widen the list, or name another target.
    REFUSED_SOURCE = "K3011", "refused-source", Warning;

    /// A relationship leads to a capability whose type is not among the relationship type's `valid_target_types`.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// node_types:
    ///   my.App:
    ///     derived_from: tosca.nodes.Root
    ///     requirements:
    ///       - files: { capability: tosca.capabilities.Attachment, relationship: tosca.relationships.ConnectsTo }
    /// topology_template:
    ///   node_templates:
    ///     disk: { type: tosca.nodes.Storage.BlockStorage, properties: { name: disk } }
    ///     app: { type: my.App, requirements: [ files: disk ] }   # ConnectsTo leads to endpoints only
    /// ```
    ///
    /// Use a relationship that leads to such capabilities, or name another target or capability.
    REFUSED_TARGET = "K3012", "refused-target", Warning;

    /// The relationship of a requirement is not of the type that the requirement's definition asks for.
    ///
    /// ```yaml
    /// node_templates:
    ///   server: { type: tosca.nodes.Compute }
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements:
    ///       - host: { node: server, relationship: tosca.relationships.ConnectsTo }   # HostedOn is defined
    /// ```
    ///
    /// Use a relationship of that type, or of one derived from it.
    UNFIT_RELATIONSHIP = "K3013", "unfit-relationship", Error;

    /// A requirement is assigned, but less often than its definition's `occurrences` asks for.
    ///
    /// A requirement that is not assigned at all is the orchestrator's to fulfil; one that is assigned says by what it is
    /// fulfilled, and then all of it must be said.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// node_types:
    ///   my.Pair:
    ///     derived_from: tosca.nodes.Root
    ///     requirements:
    ///       - part: { capability: tosca.capabilities.Node, occurrences: [ 2, 2 ] }
    /// topology_template:
    ///   node_templates:
    ///     one: { type: tosca.nodes.Root }
    ///     pair: { type: my.Pair, requirements: [ part: one ] }
    /// ```
    ///
    /// Assign it as often as is asked for, or lower the bound in the definition.
    TOO_FEW_OCCURRENCES = "K3014", "too-few-occurrences", Error;

    /// More requirements are fulfilled by a capability than its `occurrences` allows.
    ///
    /// Without `occurrences` a capability takes any number of relationships (Simple Profile 1.3, section 3.7.2).
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// capability_types:
    ///   my.Power: { derived_from: tosca.capabilities.Root }
    /// node_types:
    ///   my.Socket:
    ///     derived_from: tosca.nodes.Root
    ///     capabilities: { socket: { type: my.Power, occurrences: [ 0, 1 ] } }
    ///   my.Plug:
    ///     derived_from: tosca.nodes.Root
    ///     requirements: [ socket: { capability: my.Power } ]
    /// topology_template:
    ///   node_templates:
    ///     socket: { type: my.Socket }
    ///     lamp: { type: my.Plug, requirements: [ socket: socket ] }
    ///     radio: { type: my.Plug, requirements: [ socket: socket ] }
    /// ```
    ///
    /// Use another node template for one of them, or widen `occurrences`.
    TOO_MANY_RELATIONSHIPS = "K3015", "too-many-relationships", Error;

    /// A node template has a `node_filter`, but nothing is chosen by it.
    ///
    /// A node template with the directive `select` stands for a node that is there already, and its filter says for which
    /// (Simple Profile 1.3, section 3.8.3). Without the directive a new node is made, and the filter does nothing.
    ///
    /// ```yaml
    /// node_templates:
    ///   server:
    ///     type: tosca.nodes.Compute
    ///     node_filter:
    ///       capabilities:
    ///         - host: { properties: [ num_cpus: { greater_or_equal: 4 } ] }
    /// ```
    ///
    /// Add `directives: [ select ]`, or give the requirement the filter.
    MISPLACED_FILTER = "K3016", "misplaced-filter", Warning;

    /// A node template leaves a requirement open that must be fulfilled.
    ///
    /// Without `occurrences` a requirement must be fulfilled exactly once. The standard allows a template to leave that to
    /// the orchestrator, and many do; khor takes nothing from outside of the template, and draws no line that nobody wrote:
    /// the node waits for nothing, and stands on no host by this requirement.
    ///
    /// ```yaml
    /// node_templates:
    ///   server: { type: tosca.nodes.Compute }
    ///   web: { type: tosca.nodes.WebServer }
    /// ```
    ///
    /// Name what fulfils it: `requirements: [ host: server ]`. Of a host nothing is said where the node is placed otherwise.
    UNASSIGNED_REQUIREMENT = "K3017", "unassigned-requirement", Warning;
}
