//! Where stages push what they find, so that one run reports everything once.

use super::{Diagnostic, Severity};

/// Gathers diagnostics. Pushing never fails and never stops a stage.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
    /// How many of them are errors: asked for often, so not counted each time.
    errors: usize,
}

impl Sink {
    /// An empty sink.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one diagnostic; one that is already there (same code, place and message) is dropped.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let twice = self.diagnostics.iter().rev().take(64).any(|known| {
            known.span == diagnostic.span
                && known.code == diagnostic.code
                && known.message == diagnostic.message
        });
        if !twice {
            self.errors += usize::from(diagnostic.severity == Severity::Error);
            self.diagnostics.push(diagnostic);
        }
    }

    /// What was gathered, in the order it was pushed.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// What was gathered, sorted by place (source, offset), errors before warnings at the same place; nothing twice.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.diagnostics
            .sort_by_key(|diagnostic| (diagnostic.span, diagnostic.severity, diagnostic.code.id));
        self.diagnostics.dedup_by(|one, other| {
            one.span == other.span && one.code == other.code && one.message == other.message
        });
        self.diagnostics
    }

    /// The number of errors.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Whether any error was pushed.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }
}
