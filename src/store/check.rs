//! What every store checks alike, so that a transaction that one store takes is taken by all.

use std::collections::BTreeSet;

use super::{Operation, Revision, Target, Transaction};

impl Transaction {
    /// The most bytes that the keys and values of one transaction may have together: etcd's default for a request is
    /// 1.5 MiB; this leaves room for its framing.
    pub const LIMIT_BYTES: usize = 1_500_000;

    /// Why no store can carry this out, in words; none if it is well formed.
    pub(super) fn fault(&self) -> Option<String> {
        let limit = Self::LIMIT;
        if self.operations.len() > limit || self.compares.len() > limit {
            return Some(format!(
                "a transaction has at most {limit} operations and {limit} comparisons, this one has {} and {}",
                self.operations.len(),
                self.compares.len()
            ));
        }
        let size = self.bytes();
        if size > Self::LIMIT_BYTES {
            return Some(format!(
                "the request is too large: {size} bytes in one transaction, at most {} fit",
                Self::LIMIT_BYTES
            ));
        }
        let mut written = BTreeSet::new();
        for operation in &self.operations {
            match operation {
                Operation::Put { key, .. } if key.is_empty() => return Some("a key is empty".into()),
                Operation::Put { key, .. } if !written.insert(key.as_str()) => {
                    return Some(format!("the key `{key}` is written twice in one transaction"));
                }
                Operation::Delete { key } if key.is_empty() => return Some("a key is empty".into()),
                _ => {}
            }
        }
        self.operations.iter().find_map(|operation| match operation {
            Operation::Put { .. } => None,
            Operation::Delete { key } => written
                .contains(key.as_str())
                .then(|| format!("the key `{key}` is written and deleted in one transaction")),
            Operation::DeletePrefix { prefix } => written
                .range(prefix.as_str()..)
                .next()
                .filter(|key| key.starts_with(prefix.as_str()))
                .map(|key| format!("the key `{key}` is written and deleted in one transaction")),
        })
    }

    /// How many bytes its keys and values have together.
    pub(super) fn bytes(&self) -> usize {
        let operations = self.operations.iter().map(|operation| match operation {
            Operation::Put { key, value, .. } => key.len() + value.len(),
            Operation::Delete { key } => key.len(),
            Operation::DeletePrefix { prefix } => prefix.len(),
        });
        let compares = self.compares.iter().map(|compare| compare.key.len());
        operations.chain(compares).sum()
    }
}

impl Target {
    /// The revision that a comparison looks at, of a key with these revisions; 0 if the key is absent.
    pub(super) fn of(self, revisions: Option<(Revision, Revision)>) -> Revision {
        let (create, modify) = revisions.unwrap_or_default();
        match self {
            Self::CreateRevision => create,
            Self::ModRevision => modify,
        }
    }
}

/// The prefixes of a watch or list: sorted, none twice, none that lies below another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prefixes(Vec<String>);

impl Prefixes {
    /// Sorts and thins them.
    pub(super) fn new(mut prefixes: Vec<String>) -> Self {
        prefixes.sort();
        // Sorted, whatever lies below a prefix follows it at once.
        prefixes.dedup_by(|next, kept| next.starts_with(kept.as_str()));
        Self(prefixes)
    }

    /// Whether `key` lies below one of them.
    pub(super) fn covers(&self, key: &str) -> bool {
        // The last prefix that is not behind the key is the only one that can begin it: no prefix lies below another.
        let behind = self.0.partition_point(|prefix| prefix.as_str() <= key);
        behind > 0 && key.starts_with(&self.0[behind - 1])
    }

    /// Each of them, sorted.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The first string behind all that begin with `prefix`, as bytes; none if there is no such.
pub(super) fn end_of_prefix(prefix: &str) -> Option<Vec<u8>> {
    let mut end = prefix.as_bytes().to_vec();
    while let Some(last) = end.last_mut() {
        if *last < u8::MAX {
            *last += 1;
            return Some(end);
        }
        end.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_thinned_and_cover_what_lies_below() {
        let prefixes = Prefixes::new(["b/", "a/b/", "a/", "b/", "a/b"].map(String::from).to_vec());
        assert_eq!(prefixes.iter().collect::<Vec<_>>(), ["a/", "b/"]);
        for (key, covered) in [
            ("a/", true),
            ("a/b/c", true),
            ("a", false),
            ("b/x", true),
            ("c", false),
            ("", false),
        ] {
            assert_eq!(prefixes.covers(key), covered, "{key}");
        }
        assert!(Prefixes::new(vec![String::new(), "x".into()]).covers("anything"));
        assert!(!Prefixes::new(vec![]).covers("anything"));
    }

    #[test]
    fn the_end_of_a_prefix_is_behind_all_below_it() {
        assert_eq!(end_of_prefix("a/").as_deref(), Some(&b"a0"[..]));
        assert_eq!(end_of_prefix(""), None);
        let end = end_of_prefix("\u{10ffff}").unwrap();
        assert!("\u{10ffff}\u{10ffff}".as_bytes() < end.as_slice());
    }

    #[test]
    fn malformed_transactions_are_named() {
        let twice = Transaction::new().put("a", "1").put("a", "2");
        assert!(twice.fault().unwrap().contains("written twice"));
        let both = Transaction::new().put("a/b", "1").delete_prefix("a/");
        assert!(both.fault().unwrap().contains("`a/b` is written and deleted"));
        assert!(
            Transaction::new()
                .delete("x")
                .delete_prefix("a/")
                .fault()
                .is_none()
        );
        let large = Transaction::new().put("a", vec![0; Transaction::LIMIT_BYTES]);
        assert!(large.fault().unwrap().contains("too large"));
        let many = (0..=Transaction::LIMIT).fold(Transaction::new(), |all, n| all.put(n.to_string(), "x"));
        assert!(many.fault().unwrap().contains("at most 100"));
    }
}
