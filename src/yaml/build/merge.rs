//! `<<`: maps that are merged into another.

use std::collections::HashSet;

use super::Builder;
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::tree::{Body, Entry, NodeId};

impl Builder<'_> {
    /// Adds what `<<` brings to the entries from `from` on: keys that are there already win.
    pub(super) fn merge(&mut self, from: usize, merge: Entry) {
        let sources = match self.tree.nodes[merge.value.0 as usize].body {
            Body::Mapping { .. } => vec![merge.value],
            Body::Sequence { .. } => self.tree.items(merge.value).to_vec(),
            Body::Error => return,
            Body::Scalar { .. } => {
                self.not_a_map(merge.value);
                return;
            }
        };
        let mut known: HashSet<Box<str>> = self.tree.entries[from..]
            .iter()
            .filter_map(|entry| self.tree.scalar(entry.key).map(Box::from))
            .collect();
        for source in sources {
            match self.tree.nodes[source.0 as usize].body {
                Body::Mapping { start, len } => {
                    self.weight += u64::from(len);
                    if !self.expand(u64::from(len), self.tree.span(merge.key)) {
                        return;
                    }
                    for at in start..start + len {
                        let entry = self.tree.entries[at as usize];
                        let name = self.tree.scalar(entry.key);
                        if name.is_none_or(|name| !known.contains(name)) {
                            known.extend(name.map(Box::from));
                            self.tree.entries.push(entry);
                        }
                    }
                }
                Body::Error => {}
                _ => {
                    // The item of a list that an alias brings stands elsewhere.
                    let here = self.tree.span(merge.value).contains(self.tree.span(source));
                    self.not_a_map(if here { source } else { merge.value });
                }
            }
        }
    }

    fn not_a_map(&mut self, node: NodeId) {
        let diagnostic = Diagnostic::new(
            &codes::MERGE_VALUE,
            self.tree.span(node),
            "`<<` can merge only maps",
        )
        .label("this is no map")
        .help("give an alias of a map (`<<: *name`), or a list of such (`<<: [*one, *other]`)");
        self.sink.push(diagnostic);
    }
}
