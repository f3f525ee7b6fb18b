//! Takes the operations without an implementation out of the table: who waited for one waits for what it waited for.
//!
//! Three things keep the guards few:
//!
//! * A wait that was handed on is left out where another one stands for it: of one node only the latest operation is
//!   waited for (`start` waits for `configure` and `create` by the table), and nothing that some other wait of the same
//!   step waits for itself. That is no less than the table asks: with an implementation that does nothing in the empty
//!   operation's place, the step would not wait for it either. Waits that the table names for the step itself stay,
//!   implied or not: `khor why` shows them, and what is implied is known one hop later.
//! * Where handing many waits on to many would make far more guards than there are requirements (a node without
//!   operations between a thousand and a thousand), the empty operation stays in the score as a *join*, a step that
//!   does nothing: thousand and thousand, not a million. A join costs one key and up to two hops.
//! * Equal sets of waits have one join.

use std::collections::{HashMap, VecDeque};

use super::table::{PER_NODE, Table};

/// When an empty operation stays as a join.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joining {
    /// How many guards a join must save.
    pub gain: usize,
    /// The longest list that is handed on to more than one.
    pub longest: usize,
}

impl Default for Joining {
    fn default() -> Self {
        Self {
            gain: 256,
            longest: 64,
        }
    }
}

impl Joining {
    fn pays(self, length: usize, uses: usize) -> bool {
        uses > 1 && (length > self.longest || length * uses > length + uses + self.gain)
    }
}

/// A vertex that stays, and what it waits for.
pub(super) struct Kept {
    /// The vertex of the table.
    pub vertex: u32,
    /// The vertices it waits for, all kept; sorted, without repetition.
    pub guards: Vec<u32>,
    /// Whether it has no implementation and only joins.
    pub join: bool,
}

/// The most guards that are looked at to find those of one vertex that others imply.
const BUDGET: usize = 512;

/// The vertices that stay, each behind those it waits for. The table must be acyclic.
pub(super) fn thin(table: &Table<'_>, joining: Joining) -> Vec<Kept> {
    let mut thinner = Thinner {
        table,
        uses: vec![0; table.waits.len()],
        handed: (0..table.waits.len()).map(|_| Handed::default()).collect(),
        kept: Vec::new(),
        place: vec![u32::MAX; table.waits.len()],
        seen: vec![u32::MAX; table.waits.len()],
    };
    for &before in table.waits.iter().flatten() {
        thinner.uses[before as usize] += 1;
    }
    let mut joins: HashMap<Vec<u32>, u32> = HashMap::new();
    for vertex in table.order() {
        let list = thinner.gather(vertex);
        let pass_on = if table.operation(vertex).is_some() {
            thinner.keep(vertex, list, false);
            vec![vertex]
        } else if !joining.pays(list.len(), thinner.uses[vertex as usize]) {
            list
        } else if let Some(&join) = joins.get(&list) {
            vec![join]
        } else {
            joins.insert(list.clone(), vertex);
            thinner.keep(vertex, list, true);
            vec![vertex]
        };
        thinner.handed[vertex as usize] = Handed {
            list: pass_on,
            taken: 0,
        };
    }
    thinner.kept
}

struct Thinner<'t> {
    table: &'t Table<'t>,
    /// Per vertex how often it is waited for.
    uses: Vec<usize>,
    handed: Vec<Handed>,
    kept: Vec<Kept>,
    /// Per vertex its place in `kept`.
    place: Vec<u32>,
    /// Per vertex the last vertex for which it was seen as implied.
    seen: Vec<u32>,
}

/// What a vertex hands to those who wait for it, and how many of them already have it.
#[derive(Default)]
struct Handed {
    list: Vec<u32>,
    taken: usize,
}

impl Thinner<'_> {
    fn keep(&mut self, vertex: u32, guards: Vec<u32>, join: bool) {
        self.place[vertex as usize] = u32::try_from(self.kept.len()).expect("fewer than there are vertices");
        self.kept.push(Kept { vertex, guards, join });
    }

    /// All that `vertex` waits for, sorted, without what is implied. The last to take a list takes it away, so that a
    /// long chain of empty operations moves one list along.
    fn gather(&mut self, vertex: u32) -> Vec<u32> {
        let mut list: Vec<u32> = Vec::new();
        let mut inherits = false;
        for &before in &self.table.waits[vertex as usize] {
            let from = &mut self.handed[before as usize];
            from.taken += 1;
            inherits |= self.place[before as usize] == u32::MAX;
            if from.taken < self.uses[before as usize] {
                list.extend_from_slice(&from.list);
            } else if list.len() < from.list.len() {
                let short = std::mem::replace(&mut list, std::mem::take(&mut from.list));
                list.extend(short);
            } else {
                list.append(&mut from.list);
            }
        }
        list.sort_unstable();
        list.dedup();
        self.drop_earlier_of_same_node(&mut list);
        if list.len() > 1 && (inherits || self.table.operation(vertex).is_none()) {
            self.drop_implied(vertex, &mut list);
        }
        list
    }

    fn drop_earlier_of_same_node(&self, list: &mut Vec<u32>) {
        let mut at = 0;
        for next in 0..list.len() {
            let later = list.get(next + 1).copied().unwrap_or(u32::MAX);
            let stands_for = self.table.is_of_node(list[next])
                && self.table.is_of_node(later)
                && list[next] / PER_NODE == later / PER_NODE;
            if !stands_for {
                list[at] = list[next];
                at += 1;
            }
        }
        list.truncate(at);
    }

    /// Drops what others of the list wait for, directly or over more, as far as the budget goes.
    fn drop_implied(&mut self, vertex: u32, list: &mut Vec<u32>) {
        let mut budget = BUDGET;
        let mut open: VecDeque<u32> = list.iter().copied().collect();
        while let Some(next) = open.pop_front() {
            let guards = &self.kept[self.place[next as usize] as usize].guards;
            // A long list that does not fit may be followed by short ones that do.
            let Some(left) = budget.checked_sub(guards.len()) else {
                continue;
            };
            budget = left;
            for &guard in guards {
                if self.seen[guard as usize] != vertex {
                    self.seen[guard as usize] = vertex;
                    open.push_back(guard);
                }
            }
        }
        // What the table names for a step itself stays.
        let mut own = Vec::new();
        if self.table.operation(vertex).is_some() {
            own.clone_from(&self.table.waits[vertex as usize]);
            own.sort_unstable();
        }
        let seen = &self.seen;
        list.retain(|guard| seen[*guard as usize] != vertex || own.binary_search(guard).is_ok());
    }
}
