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
    /// requirements:
    ///   - host: sever
    /// ```
    ///
    /// Correct the name, or add the node template.
    UNKNOWN_REQUIREMENT_TARGET = "K3002", "unknown-requirement-target", Error;

    /// The target of a requirement does not fit: it is not of the node type the requirement asks for, or has no
    /// capability of the type it asks for.
    ///
    /// Point the requirement at a node that fits, or let the target's type offer the capability.
    UNFIT_TARGET = "K3003", "unfit-target", Error;

    /// A requirement asks for a capability that its target does not have.
    UNKNOWN_TARGET_CAPABILITY = "K3004", "unknown-target-capability", Error;

    /// A requirement uses a relationship that is neither a relationship template nor a relationship type.
    UNKNOWN_RELATIONSHIP = "K3005", "unknown-relationship", Error;

    /// More requirements of one name are assigned than the definition's `occurrences` allows.
    ///
    /// Without `occurrences` a requirement occurs exactly once (Simple Profile 1.3, section 3.7.3).
    TOO_MANY_OCCURRENCES = "K3006", "too-many-occurrences", Error;

    /// Several node templates could fulfil a requirement, and nothing says which.
    ///
    /// The standard leaves the choice to the orchestrator. khor draws no line then, so nothing waits for the target.
    ///
    /// Name the node template: `node: NAME`.
    AMBIGUOUS_REQUIREMENT = "K3007", "ambiguous-requirement", Warning;

    /// Nodes that are hosted on each other in a circle.
    ///
    /// None of them stands on a host. Let one of them be hosted on something else.
    HOSTING_CYCLE = "K3008", "hosting-cycle", Error;
}
