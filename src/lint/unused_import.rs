//! Imports of types, none of which is used.

use super::Rule;
use super::facts::{Facts, types};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::tosca::Document;

pub(super) static RULE: Rule = Rule {
    only_sound: true,
    find,
};

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    let Some(document) = facts.document.filter(|_| facts.has_nodes()) else {
        return;
    };
    for (span, file) in document.imports(0) {
        let reached = reached(document, file);
        let brings_more = reached.iter().any(|&at| {
            let tree = facts.files[at].tree;
            tree.root()
                .is_some_and(|root| tree.get(root, "topology_template").is_some())
        });
        let names: Vec<(&str, bool)> = reached
            .iter()
            .flat_map(|&at| {
                let tree = facts.files[at].tree;
                types(tree).map(move |(section, entry)| {
                    let by_ending =
                        section == "artifact_types" && tree.get(entry.value, "file_ext").is_some();
                    (tree.scalar(entry.key).unwrap_or_default(), by_ending)
                })
            })
            .collect();
        let outside = |name: &str| facts.mention(name).files.iter().any(|at| !reached.contains(at));
        let short = |name: &str| name.rsplit('.').next().is_some_and(outside);
        if names.is_empty()
            || brings_more
            || names
                .iter()
                .any(|&(name, by_ending)| by_ending || outside(name) || short(name))
        {
            continue;
        }
        sink.push(
            Diagnostic::new(&codes::UNUSED_IMPORT, span, "nothing of this import is used")
                .help("remove the import"),
        );
    }
}

/// The files that importing `file` brings.
fn reached(document: &Document<'_>, file: usize) -> Vec<usize> {
    let mut reached = vec![file];
    let mut next = 0;
    while let Some(&at) = reached.get(next) {
        next += 1;
        for (_, file) in document.imports(at) {
            if file != 0 && !reached.contains(&file) {
                reached.push(file);
            }
        }
    }
    reached
}
