//! Codes: the stable names of everything khor can find fault with.

use std::fmt;

/// How grave a diagnostic is. Errors make the exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file is wrong by the standard, or cannot be played.
    Error,
    /// Valid, but likely not what was meant.
    Warning,
    /// Worth knowing.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        })
    }
}

/// One kind of fault. Declared once, by [`codes!`](crate::diagnostic::codes), with the text `khor explain` prints.
#[derive(Debug)]
pub struct Code {
    /// The stable id, as in `K1001`. The thousands tell the area: K0 reading, K1 keynames and values, K2 names and
    /// types, K3 requirements, K4 score and hosts, K9 style.
    pub id: &'static str,
    /// The rule's name; reads well after "allow": `unknown-keyname`.
    pub rule: &'static str,
    /// How grave it is unless configured otherwise.
    pub severity: Severity,
    /// What it means, why it matters, an example and its mend: Markdown, from the declaration's doc comment.
    pub doc: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Code {}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}
