//! The same fault again and again: a generated file may have one slip two thousand times. People read it once, with the
//! other places in a line below; formats for machines have every one.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::Report;
use crate::diagnostic::Diagnostic;
use crate::source::SourceId;

/// So many of a kind are shown each by itself.
const FEW: usize = 3;
/// The most lines that are named.
const NAMED: usize = 12;

/// What tells two diagnostics of a file apart, but for their places.
type Kind<'d> = (
    SourceId,
    &'static str,
    (&'d str, &'d str),
    Option<&'d str>,
    Option<&'d str>,
);

/// What is known of a kind.
#[derive(Default)]
struct Seen {
    count: usize,
    /// The first of them among the shown.
    first: Option<usize>,
}

fn kind(diagnostic: &Diagnostic) -> Kind<'_> {
    (
        diagnostic.span.source,
        diagnostic.code.id,
        (&diagnostic.message, &diagnostic.label),
        diagnostic.note.as_deref(),
        diagnostic.help.as_deref(),
    )
}

/// The diagnostics to show, each with those that are left out because they say the same elsewhere in the file.
pub(super) fn folded<'d>(diagnostics: &'d [Diagnostic]) -> Vec<(&'d Diagnostic, Vec<&'d Diagnostic>)> {
    let mut kinds: HashMap<Kind<'d>, Seen, RandomState> = HashMap::default();
    for diagnostic in diagnostics {
        kinds.entry(kind(diagnostic)).or_default().count += 1;
    }
    let mut shown: Vec<(&Diagnostic, Vec<&Diagnostic>)> = Vec::new();
    if kinds.values().all(|seen| seen.count <= FEW) {
        shown.extend(diagnostics.iter().map(|diagnostic| (diagnostic, Vec::new())));
        return shown;
    }
    for diagnostic in diagnostics {
        let seen = kinds.entry(kind(diagnostic)).or_default();
        // Other places of a diagnostic may differ from one to the next, and tell something then.
        let first = seen
            .first
            .filter(|&first| shown[first].0.related == diagnostic.related);
        match first {
            Some(first) if seen.count > FEW => shown[first].1.push(diagnostic),
            _ => {
                seen.first.get_or_insert(shown.len());
                shown.push((diagnostic, Vec::new()));
            }
        }
    }
    shown
}

/// "576 more of these, on lines 12, 15, 18 and further on"; none for none.
pub(super) fn others(report: &Report<'_>, left_out: &[&Diagnostic]) -> Option<String> {
    let mut lines: Vec<u32> = left_out
        .iter()
        .map(|one| report.sources.start(one.span).line)
        .collect();
    lines.dedup();
    let shown: Vec<String> = lines.iter().take(NAMED).map(u32::to_string).collect();
    let count = left_out.len();
    let further = if lines.len() > NAMED {
        " and further on (`--format short` lists them all)"
    } else {
        ""
    };
    let line = if lines.len() == 1 { "line" } else { "lines" };
    (count > 0).then(|| format!("{count} more like it, on {line} {}{further}", shown.join(", ")))
}
