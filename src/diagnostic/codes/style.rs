//! K9xxx: style. Valid, but a careful reviewer would say something.

codes! {
    /// A number, boolean or null where a string is declared; its raw text is taken.
    QUOTE_STRING = "K9001", "unquoted-string", Warning;
}
