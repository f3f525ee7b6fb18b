//! Relationship templates that no requirement uses.

use super::Rule;
use super::facts::{Facts, relationships};
use crate::diagnostic::{Diagnostic, Sink, codes};

pub(super) static RULE: Rule = Rule {
    only_sound: true,
    find,
};

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    let Some(tree) = facts.root().filter(|_| facts.has_nodes()) else {
        return;
    };
    for entry in relationships(tree) {
        let Some(name) = tree.scalar(entry.key) else {
            continue;
        };
        // A requirement, a function or a `copy` would name it.
        if facts.mention(name).count > 1 {
            continue;
        }
        sink.push(
            Diagnostic::new(
                &codes::UNUSED_RELATIONSHIP,
                tree.span(entry.key),
                format!("no requirement uses the relationship template `{name}`"),
            )
            .note("what it says has no effect")
            .help(format!(
                "name it in a requirement: `relationship: {name}`, or remove it"
            )),
        );
    }
}
