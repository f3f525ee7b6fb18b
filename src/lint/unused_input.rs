//! Inputs that nothing asks for.

use std::collections::HashSet;

use super::Rule;
use super::facts::Facts;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::yaml::{Entry, NodeId, Tree};

pub(super) static RULE: Rule = Rule {
    only_sound: true,
    find,
};

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    let Some((tree, inputs)) = facts.at(&["topology_template", "inputs"]) else {
        return;
    };
    if tree.entries(inputs).is_empty() || !facts.has_nodes() {
        return;
    }
    let mut asked = HashSet::new();
    for file in &facts.files {
        for entry in file.tree.all_entries() {
            asked_by(file.tree, *entry, &mut asked);
        }
    }
    // Mappings of properties name inputs.
    if let Some((tree, mappings)) = facts.at(&["topology_template", "substitution_mappings"]) {
        scalars(tree, mappings, &mut asked);
    }
    for entry in tree.entries(inputs) {
        let Some(name) = tree.scalar(entry.key).filter(|name| !asked.contains(name)) else {
            continue;
        };
        sink.push(
            Diagnostic::new(
                &codes::UNUSED_INPUT,
                tree.span(entry.key),
                format!("nothing uses the input `{name}`"),
            )
            .help(format!("use it: `{{ get_input: {name} }}`, or remove it")),
        );
    }
}

/// The input that `entry` asks for, if it is a call of `get_input`.
fn asked_by<'a>(tree: &'a Tree, entry: Entry, asked: &mut HashSet<&'a str>) {
    if !matches!(tree.scalar(entry.key), Some("get_input" | "$get_input")) {
        return;
    }
    let first = tree.items(entry.value).first().copied().unwrap_or(entry.value);
    asked.extend(tree.scalar(first));
}

fn scalars<'a>(tree: &'a Tree, node: NodeId, found: &mut HashSet<&'a str>) {
    found.extend(tree.scalar(node));
    for entry in tree.entries(node) {
        scalars(tree, entry.value, found);
    }
    for item in tree.items(node) {
        scalars(tree, *item, found);
    }
}
