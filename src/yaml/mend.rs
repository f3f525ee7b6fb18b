//! Reading a tree otherwise than it is written, once it is known what its author meant.

use std::collections::HashSet;

use super::build::offset;
use super::tree::{Body, NodeId, ScalarStyle, Tree};

impl Tree {
    /// The tree in which each key of `renamed` says what stands beside it, and the values `refused` are unreadable: for
    /// keys that are misspelt and values that mean nothing where they stand, once that is reported. Places stay.
    #[must_use]
    pub fn mended(&self, renamed: &[(NodeId, &str)], refused: &[NodeId]) -> Self {
        let mut tree = self.clone();
        for &(key, name) in renamed {
            let start = offset(tree.decoded.len());
            tree.decoded.push_str(name);
            tree.tagged.remove(&key);
            tree.nodes[key.0 as usize].body = Body::Scalar {
                style: ScalarStyle::Plain,
                decoded: true,
                start,
                len: offset(name.len()),
            };
        }
        for &value in refused {
            tree.nodes[value.0 as usize].body = Body::Error;
        }
        let renamed: HashSet<NodeId> = renamed.iter().map(|&(key, _)| key).collect();
        let mut wide = std::mem::take(&mut tree.wide);
        for (&first, order) in &mut wide {
            let entries = &tree.entries[first as usize..first as usize + order.len()];
            if entries.iter().any(|entry| renamed.contains(&entry.key)) {
                order.sort_by_key(|&at| tree.scalar(entries[at as usize].key));
            }
        }
        tree.wide = wide;
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::super::tests::read;

    #[test]
    fn keys_are_renamed_and_values_refused_where_they_stand() {
        let many: Vec<_> = (0..40).map(|at| format!("k{at}: {at}\n")).collect();
        let (_, tree, _) = read(&format!("{}other: x\nwrong: [ 1 ]\n", many.concat()));
        let root = tree.root().unwrap();
        let (other, wrong) = (
            tree.entry(root, "other").unwrap(),
            tree.entry(root, "wrong").unwrap(),
        );
        let mended = tree.mended(&[(other.key, "aaa")], &[wrong.value]);
        assert_eq!(mended.get(root, "aaa"), Some(other.value));
        assert_eq!(mended.get(root, "other"), None);
        assert_eq!(mended.span(other.key), tree.span(other.key));
        assert_eq!(mended.kind(mended.get(root, "wrong").unwrap()), Kind::Error);
        let all = (0..40).all(|at| mended.get(root, &format!("k{at}")).is_some());
        assert!(all, "a wide map is still found in");
        assert_eq!(
            tree.get(root, "other"),
            Some(other.value),
            "the tree itself is as it was"
        );
    }
}
