//! Checks that their dos can never make true. Of a khoreia list its own stage tells.

use super::Rule;
use super::facts::Facts;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::khoreia::contradiction;
use crate::topology::Action;

pub(super) static RULE: Rule = Rule {
    only_sound: false,
    find,
};

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    if facts.document.is_none() {
        return;
    }
    for node in &facts.topology.nodes {
        for (name, operation) in &node.operations {
            let (Some(Action::File(check)), Some(Action::File(apply))) =
                (operation.check.as_deref(), operation.apply.as_deref())
            else {
                continue;
            };
            if let Some((message, note)) = contradiction(*name, check, apply) {
                sink.push(
                    Diagnostic::new(&codes::CHECK_NEVER_TRUE, operation.span, message)
                        .note(note)
                        .help("let both say the same, or leave the check out: a `file` is its own check"),
                );
            }
        }
    }
}
