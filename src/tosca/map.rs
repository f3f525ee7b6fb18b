//! Maps that are asked many times for every node of a template.
//!
//! Their hasher is seeded anew in every run, so that no template can be written that makes all its names collide, and a
//! few times as fast as that of the standard library, which withstands more than that.

use foldhash::fast::RandomState;

pub(super) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
pub(super) type HashSet<K> = std::collections::HashSet<K, RandomState>;
pub(super) type IndexMap<K, V> = indexmap::IndexMap<K, V, RandomState>;
