//! K2xxx: names and types.

codes! {
    /// A type that is not defined here or in any import.
    UNKNOWN_TYPE = "K2001", "unknown-type", Error;
}
