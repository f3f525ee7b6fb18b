//! What an evaluation remembers: values, what is being computed, which value reads which, and what it all costs.

use super::super::map::{HashMap, HashSet};
use std::collections::VecDeque;

use serde_json::Value;

use super::call::Call;
use super::evaluate::{Here, Stop, Term};
use crate::source::SourceId;
use crate::yaml::NodeId;

/// Values that read each other deeper than this are refused.
pub(super) const DEEPEST: usize = 120;
/// The size of everything functions may produce in one run, in bytes: a value that doubles itself a hundred times over
/// must not fill the memory.
pub(super) const MOST_BYTES: usize = 64 << 20;
/// The most values through which the shortest circle is looked for.
const MOST_SEARCHES: usize = 256;

/// One call, on behalf of one thing.
pub(super) type Key = (SourceId, NodeId, Here);

/// The memory of one evaluator.
#[derive(Debug, Default)]
pub(super) struct Memory<'a> {
    pub(super) known: HashMap<Key, Result<Term, Stop>>,
    /// The calls that are being carried out, each inside of the one before.
    pub(super) active: Vec<(Key, Call<'a>)>,
    /// Which calls a call needed.
    reads: HashMap<Key, Vec<(Key, Call<'a>)>>,
    /// Calls that needed themselves, since circles were told last.
    circular: Vec<(Key, Call<'a>)>,
    /// What was produced so far, in bytes.
    pub(super) bytes: usize,
}

impl<'a> Memory<'a> {
    /// Notes that the call being carried out needs this one. Whether that closes a circle.
    pub(super) fn needs(&mut self, key: Key, call: Call<'a>) -> bool {
        let Some((by, _)) = self.active.last() else {
            return false;
        };
        self.reads.entry(*by).or_default().push((key, call));
        let closes = self.active.iter().any(|(active, _)| *active == key);
        if closes && !self.circular.iter().any(|(known, _)| *known == key) {
            self.circular.push((key, call));
        }
        closes
    }

    /// The circles that were met and not told yet: of those that share a call only the shortest.
    ///
    /// Every circle closes with a call that was being carried out, so a search from each of those finds the shortest.
    pub(super) fn circles(&mut self) -> Vec<Vec<(Key, Call<'a>)>> {
        let mut met = std::mem::take(&mut self.circular);
        met.sort_by_key(|(_, call)| call.view.span());
        met.truncate(MOST_SEARCHES);
        let mut circles: Vec<_> = met.into_iter().filter_map(|start| self.circle(start)).collect();
        circles.sort_by_key(Vec::len);
        let mut seen = HashSet::default();
        circles.retain(|circle| {
            let is_new = circle.iter().all(|(key, _)| !seen.contains(key));
            seen.extend(circle.iter().map(|(key, _)| *key));
            is_new
        });
        circles
    }

    /// The shortest way from a call to itself, by breadth-first search.
    fn circle(&self, start: (Key, Call<'a>)) -> Option<Vec<(Key, Call<'a>)>> {
        let mut from: HashMap<Key, (Key, Call<'a>)> = HashMap::default();
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for &next in self.reads.get(&at.0).into_iter().flatten() {
                if next.0 == start.0 {
                    let mut way = vec![at];
                    while let Some(&before) = way.last().and_then(|(key, _)| from.get(key)) {
                        way.push(before);
                    }
                    way.reverse();
                    return Some(way);
                }
                if let std::collections::hash_map::Entry::Vacant(entry) = from.entry(next.0) {
                    entry.insert(at);
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

/// About how many bytes a term takes.
pub(super) fn size(term: &Term) -> usize {
    match term.value() {
        Some(value) => size_of_value(value),
        None => term.parts().into_iter().map(size).sum::<usize>() + 128,
    }
}

fn size_of_value(value: &Value) -> usize {
    match value {
        Value::String(text) => 32 + text.len(),
        Value::Array(items) => items.iter().map(size_of_value).sum::<usize>() + 32,
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| 64 + name.len() + size_of_value(value))
            .sum(),
        _ => 32,
    }
}
