//! K207x: workflows.

codes! {
    /// A workflow that the topology does not have.
    ///
    /// ```yaml
    /// topology_template:
    ///   workflows:
    ///     deploy: { steps: { all: { target: web, activities: [ { inline: instal } ] } } }
    ///     install: { steps: { web: { target: web, activities: [ { set_state: started } ] } } }
    /// ```
    ///
    /// Correct the name, or add the workflow.
    UNKNOWN_WORKFLOW = "K2070", "unknown-workflow", Error;
}
