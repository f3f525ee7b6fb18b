//! The end of a map: its entries, each key once.

use std::collections::HashSet;

use super::{Builder, Frame, offset};
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::tree::{Body, Entry, NodeId, ScalarStyle, WIDE};

impl Builder<'_> {
    /// Gathers the entries of a map that ends: finds duplicates, carries out merges.
    pub(super) fn entries(&mut self, frame: &Frame) -> Body {
        if (self.children.len() - frame.base) % 2 == 1 {
            // Only after a fault: a key whose value was lost.
            let key = self.tree.nodes[self.children[self.children.len() - 1].0 as usize];
            self.add(key.end as usize, key.end as usize, Body::Error);
        }
        let from = self.tree.entries.len();
        let mut merges: Vec<Entry> = Vec::new();
        for pair in frame.base..frame.base + (self.children.len() - frame.base) / 2 {
            let at = frame.base + (pair - frame.base) * 2;
            let entry = Entry {
                key: self.children[at],
                value: self.children[at + 1],
            };
            if self.is_merge(entry.key) {
                merges.push(entry);
            } else {
                self.tree.entries.push(entry);
            }
        }
        self.children.truncate(frame.base);
        let sorted = self.drop_duplicates(from);
        for (nth, merge) in merges.iter().enumerate() {
            if nth > 0 {
                self.duplicate(merge.key, merges[0].key);
            }
            self.merge(from, *merge);
            if self.tree.broken.contains(&merge.value) {
                self.tree.broken.push(frame.node);
            }
        }
        let count = self.tree.entries.len() - from;
        if count > WIDE {
            let sorted = sorted.filter(|sorted| sorted.len() == count);
            let sorted = sorted.unwrap_or_else(|| self.tree.sorted(from));
            self.tree.wide.insert(offset(from), sorted);
        }
        Body::Mapping {
            start: offset(from),
            len: offset(count),
        }
    }

    fn is_merge(&self, key: NodeId) -> bool {
        let node = self.tree.nodes[key.0 as usize];
        matches!(
            node.body,
            Body::Scalar {
                style: ScalarStyle::Plain,
                len: 2,
                ..
            }
        ) && self.tree.scalar(key) == Some("<<")
    }

    /// Reports keys that stand twice among the entries from `from` on, and keeps the first of each. The index of all, if one
    /// was made and still holds.
    fn drop_duplicates(&mut self, from: usize) -> Option<Box<[u32]>> {
        let count = self.tree.entries.len() - from;
        let mut doubles: Vec<(usize, usize)> = Vec::new();
        let sorted = (count > WIDE).then(|| self.tree.sorted(from));
        if let Some(sorted) = &sorted {
            let entries = &self.tree.entries[from..];
            let key = |at: u32| self.tree.scalar(entries[at as usize].key);
            for group in sorted.chunk_by(|&one, &other| key(one).is_some() && key(one) == key(other)) {
                doubles.extend(group[1..].iter().map(|&at| (at as usize, group[0] as usize)));
            }
            doubles.sort_unstable();
        } else {
            let entries = &self.tree.entries[from..];
            for (at, entry) in entries.iter().enumerate().skip(1) {
                let Some(key) = self.tree.scalar(entry.key) else {
                    continue;
                };
                let same = |other: &Entry| self.tree.scalar(other.key) == Some(key);
                if let Some(first) = entries[..at].iter().position(same) {
                    doubles.push((at, first));
                }
            }
        }
        for &(at, first) in &doubles {
            let (again, first) = (
                self.tree.entries[from + at].key,
                self.tree.entries[from + first].key,
            );
            self.duplicate(again, first);
        }
        if doubles.is_empty() {
            return sorted;
        }
        let dropped: HashSet<usize> = doubles.into_iter().map(|(at, _)| at).collect();
        let mut at = 0;
        let mut kept = self.tree.entries.split_off(from);
        kept.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
        self.tree.entries.append(&mut kept);
        None
    }

    /// Reports that a key stands twice.
    fn duplicate(&mut self, again: NodeId, first: NodeId) {
        let name = self.tree.scalar(again).unwrap_or_default();
        let diagnostic = Diagnostic::new(
            &codes::DUPLICATE_KEY,
            self.tree.span(again),
            format!("the key `{name}` stands twice in this map"),
        )
        .label("again here")
        .related(self.tree.span(first), "first here");
        let diagnostic = if name == "<<" {
            diagnostic.help("write one `<<` with a list: `<<: [*one, *other]`")
        } else {
            diagnostic
                .note("keys of a map are unique; readers that allow this drop one of the two values without a word")
                .help("remove or rename one of the two")
        };
        self.sink.push(diagnostic);
    }
}
