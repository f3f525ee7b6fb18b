//! K207x: workflows, groups, policies and their triggers.

codes! {
    /// A workflow that the topology does not have.
    ///
    /// `deploy` and `undeploy` are there without being written.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates: { web: { type: tosca.nodes.WebServer } }
    ///   workflows:
    ///     all: { steps: { all: { target: web, activities: [ { inline: instal } ] } } }
    ///     install: { steps: { web: { target: web, activities: [ { set_state: started } ] } } }
    /// ```
    ///
    /// Correct the name, or add the workflow.
    UNKNOWN_WORKFLOW = "K2070", "unknown-workflow", Error;

    /// A step leads to a step that its workflow does not have.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates: { web: { type: tosca.nodes.WebServer } }
    ///   workflows:
    ///     restart:
    ///       steps:
    ///         stop: { target: web, activities: [ { set_state: stopped } ], on_success: [ strat ] }
    ///         start: { target: web, activities: [ { set_state: started } ] }
    /// ```
    ///
    /// Correct the name, or add the step.
    UNKNOWN_STEP = "K2071", "unknown-step", Error;

    /// An operation is not named as `INTERFACE.OPERATION` where a workflow or a trigger calls it.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates: { web: { type: tosca.nodes.WebServer } }
    ///   workflows:
    ///     restart:
    ///       steps:
    ///         start: { target: web, activities: [ { call_operation: start } ] }
    /// ```
    ///
    /// Write `Standard.start`.
    OPERATION_NAME = "K2072", "operation-name", Error;

    /// Steps of a workflow wait for each other in a circle, or workflows contain each other.
    ///
    /// A step starts when all steps that lead to it on success have ended well: in a circle none ever starts.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates: { web: { type: tosca.nodes.WebServer } }
    ///   workflows:
    ///     restart:
    ///       steps:
    ///         stop: { target: web, activities: [ { set_state: stopped } ], on_success: [ start ] }
    ///         start: { target: web, activities: [ { set_state: started } ], on_success: [ stop ] }
    /// ```
    ///
    /// Take one of the steps out of the circle.
    WORKFLOW_CYCLE = "K2073", "workflow-cycle", Error;

    /// A step of a workflow that no path from a first step leads to.
    ///
    /// A workflow begins with the steps that no other step leads to.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates: { web: { type: tosca.nodes.WebServer } }
    ///   workflows:
    ///     restart:
    ///       steps:
    ///         try: { target: web, activities: [ { set_state: started } ], on_failure: [ again ] }
    ///         again: { target: web, activities: [ { set_state: started } ], on_failure: [ try ] }
    /// ```
    ///
    /// Let a first step lead to it, or remove it.
    UNREACHABLE_STEP = "K2074", "unreachable-step", Error;

    /// A member of a group or a target of a policy is not of a type that the group's or policy's type takes.
    ///
    /// ```yaml
    /// policy_types:
    ///   my.Backup: { derived_from: tosca.policies.Root, targets: [ tosca.nodes.Database ] }
    /// topology_template:
    ///   node_templates: { web: { type: tosca.nodes.WebServer } }
    ///   policies:
    ///     - backup: { type: my.Backup, targets: [ web ] }
    /// ```
    ///
    /// Name a node that fits, or widen `members` or `targets` of the type.
    UNFIT_MEMBER = "K2075", "unfit-member", Error;

    /// A condition asks for an attribute that what it is about does not have.
    ///
    /// It can never become true.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates: { web: { type: tosca.nodes.WebServer } }
    ///   workflows:
    ///     restart:
    ///       steps:
    ///         start:
    ///           target: web
    ///           filter: [ { stat: [ { equal: configured } ] } ]
    ///           activities: [ { call_operation: Standard.start } ]
    /// ```
    ///
    /// Correct the name, or define the attribute in the type.
    UNKNOWN_CONDITION = "K2076", "unknown-condition", Warning;

    /// An operation runs on a host that is neither a word of the standard nor a node template or group.
    ///
    /// The words are `SELF`, `HOST`, `SOURCE`, `TARGET` and `ORCHESTRATOR`.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates: { web: { type: tosca.nodes.WebServer } }
    ///   workflows:
    ///     restart:
    ///       steps:
    ///         start:
    ///           target: web
    ///           operation_host: SUORCE
    ///           activities: [ { call_operation: Standard.start } ]
    /// ```
    ///
    /// Correct the name.
    OPERATION_HOST = "K2077", "operation-host", Error;

    /// A workflow is called without an input that it needs.
    ///
    /// An input of a workflow needs a value, unless its declaration says `required: false` or gives a default. A workflow
    /// that is inlined takes the inputs of the workflow around it that have the same names.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates: { server: { type: tosca.nodes.Compute } }
    ///   workflows:
    ///     all: { steps: { all: { target: server, activities: [ { delegate: grow } ] } } }
    ///     grow:
    ///       inputs: { count: { type: integer } }
    ///       steps: { one: { target: server, activities: [ { set_state: started } ] } }
    /// ```
    ///
    /// Give it a value: `delegate: { workflow: grow, inputs: { count: 2 } }`.
    WORKFLOW_INPUT = "K2078", "workflow-input", Error;
}
