//! K1xxx: keynames, and the kinds and values under them.

codes! {
    /// A keyname that the entity does not have.
    ///
    /// Each entity of TOSCA has a fixed set of keynames, and that set depends on the version the file declares. A
    /// misspelt keyname would otherwise be ignored in silence.
    UNKNOWN_KEYNAME = "K1001", "unknown-keyname", Error;

    /// A keyname that the entity needs is not there.
    MISSING_KEYNAME = "K1002", "missing-keyname", Error;

    /// A value of the wrong kind: a list where a map is meant, a map where a string is meant, and so on.
    WRONG_KIND = "K1003", "wrong-kind", Error;

    /// A value that is of the right kind, but not one of those allowed here.
    INVALID_VALUE = "K1004", "invalid-value", Error;
}
