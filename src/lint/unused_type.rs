//! Types that nothing is of.

use super::Rule;
use super::facts::{Facts, types};
use crate::diagnostic::{Diagnostic, Sink, codes};

pub(super) static RULE: Rule = Rule {
    only_sound: true,
    find,
};

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    let Some(tree) = facts.root().filter(|_| facts.has_nodes()) else {
        return;
    };
    for (section, entry) in types(tree) {
        let Some(name) = tree.scalar(entry.key) else {
            continue;
        };
        // An artifact type may be chosen by the ending of a file. Any other is named where it is used, so that a name
        // that stands only once is never used.
        let by_ending = section == "artifact_types" && tree.get(entry.value, "file_ext").is_some();
        if by_ending || facts.mention(name).count > 1 {
            continue;
        }
        let what = section.strip_suffix("_types").unwrap_or(section);
        sink.push(
            Diagnostic::new(
                &codes::UNUSED_TYPE,
                tree.span(entry.key),
                format!("nothing uses the {what} type `{name}`"),
            )
            .help("remove it, or move it into a file of types"),
        );
    }
}
