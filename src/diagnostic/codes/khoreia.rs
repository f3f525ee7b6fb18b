//! K15xx: faults that only the khoreia list format can have.

codes! {
    /// Two nodes of a khoreia list have the same id.
    ///
    /// `deps` name nodes by id, so an id must name one node.
    DUPLICATE_ID = "K1501", "duplicate-id", Error;
}
