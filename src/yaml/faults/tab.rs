//! Tabs where only blanks may stand.

use super::Fault;
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::build::Builder;
use crate::yaml::line::line_start;

/// The parser complains of a tab at `at`, or near it.
pub(super) fn tab(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    // The complaint stands at the tab, behind it, or where the value before it begins.
    let tab = if text[at..].starts_with('\t') {
        at
    } else {
        let line = line_start(text, at);
        let before = text[line..at].find('\t').map(|tab| line + tab);
        let behind = || text[at..].find("\n\t").map(|tab| at + tab + 1);
        let any = || text[at..].find('\t').map(|tab| at + tab);
        before.or_else(behind).or_else(any).unwrap_or(at)
    };
    Fault::new(tab, told(builder, tab))
}

/// A tab in the indentation of the list or map that begins at `at`, behind blanks that are deep enough without it. The
/// parser takes that for a separation; YAML 1.2 (section 8.2) lets a block begin behind blanks only.
pub(in crate::yaml) fn tab_before(builder: &Builder<'_>, at: usize) -> Option<Diagnostic> {
    let line = line_start(builder.text, at);
    let indentation = &builder.text[line..at];
    let tab = indentation.find('\t')?;
    let only_blanks = indentation.bytes().all(|byte| byte == b' ' || byte == b'\t');
    only_blanks.then(|| told(builder, line + tab))
}

fn told(builder: &Builder<'_>, tab: usize) -> Diagnostic {
    let text = builder.text;
    let tabs = text[tab..].len() - text[tab..].trim_start_matches('\t').len();
    Diagnostic::new(
        &codes::TAB_INDENTATION,
        builder.span(tab, tab + tabs),
        "a tab (`\\t`) where only blanks may stand",
    )
    .label("a tab")
    .note("how wide a tab is depends on the editor, so YAML allows none in indentation")
    .help("replace tabs by blanks")
}
