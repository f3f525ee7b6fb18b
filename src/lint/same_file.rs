//! Nodes that bring about the same file on the same host.

use std::collections::HashMap;

use camino::Utf8PathBuf;

use super::Rule;
use super::facts::Facts;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::Span;
use crate::topology::{Action, FileAction, FileState, Node};

pub(super) static RULE: Rule = Rule {
    only_sound: false,
    find,
};

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    let mut managed: HashMap<(&str, Utf8PathBuf), (&Node, &FileAction, Span)> = HashMap::new();
    for node in &facts.topology.nodes {
        let Some(host) = &node.host else { continue };
        for (name, operation) in &node.operations {
            let Some(Action::File(file)) = operation.apply.as_deref() else {
                continue;
            };
            if !name.is_up() || file.state == FileState::Absent {
                continue;
            }
            let path: Utf8PathBuf = file.path.components().collect();
            let Some(&(other, before, place)) = managed.get(&(host.name.as_str(), path.clone())) else {
                managed.insert((&host.name, path), (node, file, operation.span));
                continue;
            };
            if std::ptr::eq(other, node) || (file.state == FileState::Directory && before == file) {
                continue;
            }
            let why = if before == file {
                "when one of them is deleted, the other loses the file"
            } else {
                "they want different things, so each undoes what the other did"
            };
            let same_place = operation.span == place;
            sink.push(
                Diagnostic::new(
                    &codes::SAME_FILE,
                    if same_place { node.span } else { operation.span },
                    format!(
                        "`{}` and `{}` both bring about `{path}` on host `{}`",
                        other.name, node.name, host.name
                    ),
                )
                .related(if same_place { other.span } else { place }, "the first")
                .note(why)
                .help("let one node manage the file, or give one of them another path"),
            );
        }
    }
}
