//! What was found while a file was read, and what of it stands in the way.

use crate::diagnostic::{Code, Diagnostic, Severity, Sink, codes};
use crate::lint::{self, Selection};
use crate::source::SourceMap;

/// What leaves so much unread that the rest is another application; as do all faults of reading.
static NEEDED: [&Code; 3] = [
    &codes::UNSUPPORTED_VERSION,
    &codes::IMPORT_NOT_FOUND,
    &codes::IMPORT_NOT_FETCHED,
];

/// What was found on the way.
pub(super) struct Findings {
    selection: Selection,
    /// In the text: settings and comments say what is to become of it.
    pub(super) text: Sink,
    /// Of the score: without one nothing can be published, so that its errors stay errors whatever is allowed.
    pub(super) score: Sink,
}

impl Findings {
    pub(super) fn new(first: Vec<Diagnostic>, selection: &Selection) -> Self {
        let mut text = Sink::new();
        for fault in first {
            text.push(fault);
        }
        Self {
            selection: selection.clone(),
            text,
            score: Sink::new(),
        }
    }

    pub(super) fn has_errors(&self, sources: &SourceMap) -> bool {
        let (hard, soft) = self.split();
        !hard.is_empty() || self.judged(sources, soft).iter().any(is_error)
    }

    /// What is to be reported, sorted, and whether there are errors. Where nothing came of it, but all errors are
    /// allowed, they are what there is to say.
    pub(super) fn finish(self, sources: &SourceMap, nothing_built: bool) -> (Vec<Diagnostic>, bool) {
        let (hard, soft) = self.split();
        let errors: Vec<_> = soft.iter().filter(|fault| is_error(fault)).cloned().collect();
        let judged = self.judged(sources, soft);
        let is_silent = nothing_built && hard.is_empty() && !judged.iter().any(is_error);
        let allowed = errors.into_iter().filter(|_| is_silent).map(|fault| {
            let words = "it is allowed, but nothing can be compiled with it";
            let note = fault
                .note
                .as_ref()
                .map_or_else(|| words.to_owned(), |note| format!("{note}\n{words}"));
            fault.note(note)
        });
        let mut left = Sink::new();
        allowed
            .chain(judged)
            .chain(hard)
            .for_each(|fault| left.push(fault));
        let failed = left.has_errors();
        (left.into_sorted(), failed)
    }

    /// Errors that nothing can be compiled with, and all else.
    fn split(&self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let text = self.text.diagnostics().iter().cloned().map(|mut fault| {
            // Lint can do without what was not fetched; what is played needs all of it.
            if fault.code == &codes::IMPORT_NOT_FETCHED {
                fault.severity = Severity::Error;
            }
            fault
        });
        let (mut hard, mut soft): (Vec<_>, Vec<_>) = text.partition(|fault| {
            is_error(fault) && (fault.code.id.starts_with("K0") || NEEDED.contains(&fault.code))
        });
        for fault in self.score.diagnostics() {
            let part = if is_error(fault) { &mut hard } else { &mut soft };
            part.push(fault.clone());
        }
        (hard, soft)
    }

    /// What comments and settings leave, with the severities they give.
    fn judged(&self, sources: &SourceMap, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        // Comments for rules that only lint has suppress nothing here, and are no fault.
        lint::suppress(sources, &mut found);
        self.selection.apply(&mut found);
        found
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}
