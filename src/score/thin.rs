//! Takes the operations without an implementation out of the table: who waited for one waits for what it waited for.
//!
//! Three things keep the guards few:
//!
//! * Of one node only the latest operation is waited for. `start` stands for `configure` and `create`, because it waits
//!   for them by the table. No other guard is left out although something else implies it: a step whose digest did not
//!   change keeps its state over generations, so that it is reached says nothing about what it once waited for.
//! * Where handing many waits on to many would make far more guards than there are requirements (a node without
//!   operations between a thousand and a thousand), the empty operation stays in the score as a *join*, a step that
//!   does nothing: thousand and thousand, not a million. A join costs one key and up to two hops.
//! * Equal sets of waits have one join.

use std::collections::HashMap;

use super::table::{PER_NODE, Table};

/// How many guards a join must save.
const GAIN: usize = 256;
/// The longest list that is handed on to more than one.
const LONGEST: usize = 64;

/// A vertex that stays, and what it waits for.
pub(super) struct Kept {
    /// The vertex of the table.
    pub vertex: u32,
    /// The vertices it waits for, all kept; sorted, without repetition.
    pub guards: Vec<u32>,
    /// Whether it has no implementation and only joins.
    pub join: bool,
}

/// The vertices that stay, each behind those it waits for. The table must be acyclic.
pub(super) fn thin(table: &Table<'_>) -> Vec<Kept> {
    let mut uses = vec![0_usize; table.waits.len()];
    for &before in table.waits.iter().flatten() {
        uses[before as usize] += 1;
    }
    let mut handed: Vec<Handed> = (0..table.waits.len()).map(|_| Handed::default()).collect();
    let mut joins: HashMap<Vec<u32>, u32> = HashMap::new();
    let mut kept = Vec::new();
    for vertex in table.order() {
        let list = gather(table, vertex, &mut handed, &uses);
        let uses = uses[vertex as usize];
        let pass_on = if table.operation(vertex).is_some() {
            kept.push(Kept {
                vertex,
                guards: list,
                join: false,
            });
            vec![vertex]
        } else if !pays(list.len(), uses) {
            list
        } else if let Some(&join) = joins.get(&list) {
            vec![join]
        } else {
            joins.insert(list.clone(), vertex);
            kept.push(Kept {
                vertex,
                guards: list,
                join: true,
            });
            vec![vertex]
        };
        handed[vertex as usize] = Handed {
            list: pass_on,
            taken: 0,
        };
    }
    kept
}

/// What a vertex hands to those who wait for it, and how many of them already have it.
#[derive(Default)]
struct Handed {
    list: Vec<u32>,
    taken: usize,
}

fn pays(length: usize, uses: usize) -> bool {
    uses > 1 && (length > LONGEST || length * uses > length + uses + GAIN)
}

/// All that `vertex` waits for, sorted, of one node only the latest. The last to take a list takes it away, so that a
/// long chain of empty operations moves one list along.
fn gather(table: &Table<'_>, vertex: u32, handed: &mut [Handed], uses: &[usize]) -> Vec<u32> {
    let mut list: Vec<u32> = Vec::new();
    for &before in &table.waits[vertex as usize] {
        let from = &mut handed[before as usize];
        from.taken += 1;
        if from.taken < uses[before as usize] {
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
    let mut at = 0;
    for next in 0..list.len() {
        let later = list.get(next + 1).copied().unwrap_or(u32::MAX);
        let stands_for = table.is_of_node(list[next])
            && table.is_of_node(later)
            && list[next] / PER_NODE == later / PER_NODE;
        if !stands_for {
            list[at] = list[next];
            at += 1;
        }
    }
    list.truncate(at);
    list
}
