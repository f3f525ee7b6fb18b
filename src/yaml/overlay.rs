//! Laying one map over another, for languages in which one part of a document may be a copy of another.

use std::collections::HashSet;

use super::tree::{Body, Entry, Kind, Node, NodeId, Tree, WIDE};

impl Tree {
    /// A new map: the entries of `over`, then those of `base` whose keys it lacks. Where both have a map under a key,
    /// these are laid over each other likewise, unless `is_whole` says of one that it is one value. It stands where `over`
    /// stands; what comes from `base` is shared, not copied. If either is no map, it is `over` itself.
    pub fn overlay(
        &mut self,
        over: NodeId,
        base: NodeId,
        is_whole: &dyn Fn(&Self, NodeId) -> bool,
    ) -> NodeId {
        let is_map = |node| self.kind(node) == Kind::Mapping;
        if !is_map(over) || !is_map(base) || is_whole(self, over) || is_whole(self, base) {
            return over;
        }
        let mut entries = self.entries(over).to_vec();
        for entry in &mut entries {
            let below = self.scalar(entry.key).and_then(|key| self.get(base, key));
            if let Some(below) = below {
                entry.value = self.overlay(entry.value, below, is_whole);
            }
        }
        let known: HashSet<&str> = entries
            .iter()
            .filter_map(|entry| self.scalar(entry.key))
            .collect();
        let inherited = self.entries(base).iter().copied();
        let inherited: Vec<Entry> = inherited
            .filter(|entry| self.scalar(entry.key).is_none_or(|key| !known.contains(key)))
            .collect();
        entries.extend(inherited);
        let body = self.mapping(entries);
        let Node { start, end, .. } = self.nodes[over.0 as usize];
        let node = NodeId(offset(self.nodes.len()));
        self.nodes.push(Node { start, end, body });
        if self.is_broken(over) || self.is_broken(base) {
            // The newest node has the highest id: the list stays sorted.
            self.broken.push(node);
        }
        node
    }

    /// Puts another value under a key that `map` has.
    pub fn put(&mut self, map: NodeId, key: &str, value: NodeId) {
        let Body::Mapping { start, .. } = self.nodes[map.0 as usize].body else {
            return;
        };
        let at = self
            .entries(map)
            .iter()
            .position(|entry| self.scalar(entry.key) == Some(key));
        if let Some(at) = at {
            self.entries[start as usize + at].value = value;
        }
    }

    fn mapping(&mut self, entries: Vec<Entry>) -> Body {
        let from = self.entries.len();
        let len = entries.len();
        self.entries.extend(entries);
        if len > WIDE {
            self.wide.insert(offset(from), self.sorted(from));
        }
        Body::Mapping {
            start: offset(from),
            len: offset(len),
        }
    }
}

/// Who lays maps over each other keeps trees far below the 32 bits of an offset.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;
    use super::{Kind, NodeId, Tree};

    fn shown(tree: &Tree, node: NodeId) -> String {
        match tree.kind(node) {
            Kind::Mapping => {
                let entries = tree.entries(node).iter();
                let entries: Vec<_> = entries
                    .map(|entry| format!("{}:{}", shown(tree, entry.key), shown(tree, entry.value)))
                    .collect();
                format!("{{{}}}", entries.join(","))
            }
            Kind::Sequence => "[…]".to_owned(),
            _ => tree.scalar(node).unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn maps_are_laid_over_each_other_and_lists_are_not() {
        let (_, mut tree, _) =
            read("a: { x: 1, m: { p: 1, q: 2 }, l: [ 1 ] }\nb: { y: 3, m: { q: 4 }, l: [ 2, 3 ] }\n");
        let root = tree.root().unwrap();
        let (a, b) = (tree.get(root, "a").unwrap(), tree.get(root, "b").unwrap());
        let both = tree.overlay(b, a, &|_, _| false);
        assert_eq!(shown(&tree, both), "{y:3,m:{q:4,p:1},l:[…],x:1}");
        assert_eq!(tree.span(both), tree.span(b));
        assert_eq!(tree.items(tree.get(both, "l").unwrap()).len(), 2);
        let whole = tree.overlay(b, a, &|tree, node| tree.get(node, "q").is_some());
        assert_eq!(shown(&tree, whole), "{y:3,m:{q:4},l:[…],x:1}");
        tree.put(root, "b", both);
        assert_eq!(tree.get(root, "b"), Some(both));
        assert_eq!(shown(&tree, a), "{x:1,m:{p:1,q:2},l:[…]}");
    }

    #[test]
    fn wide_maps_are_found_in() {
        let many: Vec<_> = (0..40).map(|at| format!("k{at}: {at}")).collect();
        let many = many.join(", ");
        let (_, mut tree, _) = read(&format!("a: {{ {many} }}\nb: {{ k7: seven, z: 1 }}\n"));
        let root = tree.root().unwrap();
        let (a, b) = (tree.get(root, "a").unwrap(), tree.get(root, "b").unwrap());
        let both = tree.overlay(b, a, &|_, _| false);
        assert_eq!(tree.entries(both).len(), 41);
        let value = |key| tree.scalar(tree.get(both, key).unwrap());
        assert_eq!(
            (value("k7"), value("k39"), value("z")),
            (Some("seven"), Some("39"), Some("1"))
        );
    }
}
