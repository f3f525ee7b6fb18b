//! Directives of node templates that have a newer name (Simple Profile 1.3, section 3.4.3).

use super::super::Version;
use super::super::types::Types;
use super::super::view::View;
use crate::diagnostic::{Diagnostic, Sink, codes};

/// The words up to 1.2, and what 1.3 calls them.
const RENAMED: [(&str, &str); 2] = [("selectable", "select"), ("substitutable", "substitute")];

/// Tells of directives that are called otherwise since 1.3.
pub(super) fn check<'a>(types: &Types<'a>, body: View<'a>, sink: &mut Sink) {
    let Some(directives) = body.get("directives") else {
        return;
    };
    let version = types.forest.file(types.forest.file_of(directives)).version;
    if version < Version::Simple13 {
        return;
    }
    for item in directives.items() {
        let Some((old, new)) = RENAMED.iter().find(|(old, _)| item.text() == Some(old)) else {
            continue;
        };
        sink.push(
            Diagnostic::new(
                &codes::DEPRECATED_KEYNAME,
                item.span(),
                format!("the directive `{old}` is deprecated"),
            )
            .note(format!("it is called `{new}` since {}", Version::Simple13))
            .help(format!("write `{new}` instead")),
        );
    }
}
