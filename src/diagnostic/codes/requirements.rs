//! K3xxx: requirements, capabilities and relationships.

codes! {
    /// A requirement that the node's type does not define.
    UNKNOWN_REQUIREMENT = "K3001", "unknown-requirement", Error;
}
