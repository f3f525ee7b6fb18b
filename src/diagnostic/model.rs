//! One diagnostic: what is wrong, where, why it matters, what to do.

use super::{Code, Severity};
use crate::source::Span;

/// Another place that belongs to a diagnostic: the first of two duplicates, the definition, the import that asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What is there, in a few words: "first defined here".
    pub message: String,
}

/// A located fault of the user's text. Built by chaining: `Diagnostic::new(&codes::X, span, "…").help("…")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind of fault.
    pub code: &'static Code,
    /// The code's severity, unless configuration changed it.
    pub severity: Severity,
    /// What is wrong, in a few words, naming the name at fault; lower case, no full stop.
    pub message: String,
    /// The place. A fault of a file as a whole stands at [`Span::file`].
    pub span: Span,
    /// A few words printed under the marked text; empty for none.
    pub label: String,
    /// Why it matters, or what was expected.
    pub note: Option<String>,
    /// What to do, with the near miss named.
    pub help: Option<String>,
    /// Other places, in the order they are to be read.
    pub related: Vec<Related>,
}

impl Diagnostic {
    /// A diagnostic with the code's own severity.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            span,
            label: String::new(),
            note: None,
            help: None,
            related: Vec::new(),
        }
    }

    /// Sets the words under the marked text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says why it matters, or what was expected.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to do, where there is something to say (see [`did_you_mean`](super::did_you_mean)).
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related {
            span,
            message: message.into(),
        });
        self
    }
}
