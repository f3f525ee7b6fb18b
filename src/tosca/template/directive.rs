//! Directives of node templates that have a newer name (Simple Profile 1.3, section 3.4.3).

use super::super::Version;
use super::super::types::Types;
use super::super::view::View;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, did_you_mean};

/// The words up to 1.2, and what 1.3 calls them.
const RENAMED: [(&str, &str); 2] = [("selectable", "select"), ("substitutable", "substitute")];

/// Tells of directives that are called otherwise since 1.3, and of those that are almost one of the standard's. Others are
/// an orchestrator's own.
pub(super) fn check<'a>(types: &Types<'a>, body: View<'a>, sink: &mut Sink) {
    let Some(directives) = body.get("directives") else {
        return;
    };
    let version = types.forest.file(types.forest.file_of(directives)).version;
    let is_new = version >= Version::Simple13;
    for item in directives.items() {
        let Some(word) = item.name() else { continue };
        match RENAMED.iter().find(|(old, new)| word == *old || word == *new) {
            Some((old, new)) if is_new && word == *old => sink.push(
                Diagnostic::new(
                    &codes::DEPRECATED_KEYNAME,
                    item.span(),
                    format!("the directive `{old}` is deprecated"),
                )
                .note(format!("it is called `{new}` since {}", Version::Simple13))
                .help(format!("write `{new}` instead")),
            ),
            Some(_) => {}
            None => {
                let known = RENAMED.iter().map(|(old, new)| if is_new { *new } else { *old });
                if let Some(near) = did_you_mean(word, known) {
                    let mut fault = Diagnostic::new(
                        &codes::INVALID_VALUE,
                        item.span(),
                        format!("unknown directive `{word}`"),
                    )
                    .help(near);
                    fault.severity = Severity::Warning;
                    sink.push(fault);
                }
            }
        }
    }
}
