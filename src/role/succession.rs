//! What a new generation takes over from the one that is played: steps that take away what is no longer asked for.
//!
//! A node that the new topology does not have any more, or has on another host, is stopped and deleted by the host that
//! has it. The steps for that come from the old roles: they *leave*. They stay in the roles until they are reached.
//!
//! * Among each other they wait as they did.
//! * Who depended on a node that is no longer there, and stays, is first brought to what it is to be now; only then the
//!   node is taken away.
//! * A node that moves is created on its new host once it is gone from the old one.
//! * What is to be at a path from which something leaves is made after that.
//!
//! The second and the last of these are wishes: where they would make a circle, they are not heeded.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};

use serde_json::Value;

use super::cut::{Uncut, cut};
use super::digest::leaving_digest;
use super::{Role, RoleStep};
use crate::topology::{Action, Answer, FileState, Leaf, Reads};

/// The roles of `new`, of generation 0, with what leaves of `old`. What left when `new` itself was published does not
/// count. `is_done` tells of a step of an old role, which was to be played, that it is reached: then there is nothing left
/// to do for it. `outputs` tells what a step of a host gave: what leaves may read it, and who gave it may be gone.
pub fn succeed(
    new: &[Role],
    old: &[Role],
    is_done: impl Fn(&str, &RoleStep) -> bool,
    outputs: impl Fn(&str, &str) -> BTreeMap<String, Value>,
) -> Vec<Role> {
    let Some(first) = new.first().or(old.first()) else {
        return Vec::new();
    };
    let mut all = All::of(new);
    let count = all.steps.len();
    all.add_leaving(old, is_done, outputs);
    if all.steps.len() == count && count == new.iter().map(|role| role.steps.len()).sum::<usize>() {
        return new.to_vec();
    }
    // Without wishes there is no circle: each way down is acyclic, and only ways up wait for one.
    let order = all.order().or_else(|| {
        all.forget_wishes();
        all.order()
    });
    let order = order.unwrap_or_default();
    let mut places = vec![0; all.steps.len()];
    for (place, &at) in (0..).zip(&order) {
        places[at] = place;
    }
    let steps = order.iter().map(|&at| {
        let one = &all.steps[at];
        let mut waits: Vec<u32> = one.waits().map(|wait| places[wait]).collect();
        waits.sort_unstable();
        waits.dedup();
        Uncut {
            host: one.host,
            step: one.step.clone(),
            waits,
        }
    });
    cut(&first.application, first.weaving, steps.collect())
}

/// A step among those of all hosts.
struct One<'r> {
    host: &'r str,
    step: RoleStep,
    /// What it waits for.
    needs: Vec<usize>,
    /// What it should wait for besides, if that makes no circle.
    wishes: Vec<usize>,
}

impl One<'_> {
    fn waits(&self) -> impl Iterator<Item = usize> {
        self.needs.iter().chain(&self.wishes).copied()
    }
}

/// The steps of all hosts.
struct All<'r> {
    steps: Vec<One<'r>>,
}

/// The places of steps by host and name.
type Index<'r> = HashMap<Named<'r>, usize>;

/// A step's host and name.
type Named<'r> = (&'r str, &'r str);

/// Steps by host and name, with what they wait for.
type Known<'r> = HashMap<Named<'r>, (&'r RoleStep, Vec<Named<'r>>)>;

/// Each step of `roles` with its host, and the hosts and names of the steps it waits for.
fn each(roles: &[Role]) -> impl Iterator<Item = (&str, &RoleStep, Vec<Named<'_>>)> {
    roles.iter().flat_map(|role| {
        role.steps.iter().map(move |step| {
            let local = step
                .guards
                .iter()
                .filter_map(|&guard| role.steps.get(guard as usize));
            let local = local.map(|guard| (role.host.as_str(), guard.name.as_str()));
            let cues = step.cues.iter().filter_map(|&cue| role.cues.get(cue as usize));
            let cues = cues.map(|cue| (cue.host.as_str(), cue.step.as_str()));
            (role.host.as_str(), step, local.chain(cues).collect())
        })
    })
}

/// What a step belongs to: its name without its operation.
fn entity(step: &RoleStep) -> &str {
    let bare = step.name.strip_suffix(step.operation.as_str());
    bare.and_then(|bare| bare.strip_suffix('.')).unwrap_or(&step.name)
}

/// Whether it does nothing but stand for what it waits for.
fn is_marker(step: &RoleStep) -> bool {
    step.check.is_none() && step.apply.is_none()
}

impl<'r> All<'r> {
    fn of(roles: &'r [Role]) -> Self {
        let staying = || each(roles).filter(|(_, step, _)| !step.leaving);
        let index: Index<'r> = staying()
            .enumerate()
            .map(|(at, (host, step, _))| ((host, step.name.as_str()), at))
            .collect();
        let steps = staying().map(|(host, step, waits)| One {
            host,
            step: step.clone(),
            needs: waits.iter().filter_map(|wait| index.get(wait).copied()).collect(),
            wishes: Vec::new(),
        });
        Self {
            steps: steps.collect(),
        }
    }

    fn add_leaving(
        &mut self,
        old: &'r [Role],
        is_done: impl Fn(&str, &RoleStep) -> bool,
        outputs: impl Fn(&str, &str) -> BTreeMap<String, Value>,
    ) {
        let here: HashSet<(String, String)> = self
            .steps
            .iter()
            .map(|one| (one.host.to_owned(), entity(&one.step).to_owned()))
            .collect();
        let stays = |host: &str, step: &RoleStep| here.contains(&(host.to_owned(), entity(step).to_owned()));
        let known: Known<'_> = each(old)
            .map(|(host, step, waits)| ((host, step.name.as_str()), (step, waits)))
            .collect();
        let mut leaving: Index<'r> = HashMap::new();
        let generation = old.iter().map(|role| role.generation).max().unwrap_or_default();
        for (host, step, _) in each(old) {
            if step.up || is_marker(step) || stays(host, step) || is_done(host, step) {
                continue;
            }
            leaving.insert((host, &step.name), self.steps.len());
            self.steps.push(One {
                host,
                step: RoleStep {
                    leaving: true,
                    digest: if step.leaving {
                        step.digest.clone()
                    } else {
                        leaving_digest(&step.digest, generation)
                    },
                    ..having_read(host, step, &outputs)
                },
                needs: Vec::new(),
                wishes: Vec::new(),
            });
        }
        let ways_up = self.ways_up();
        for (&named, &at) in &leaving {
            let (needs, dependents) = beyond_markers(&known, named);
            self.steps[at].needs = needs
                .iter()
                .filter_map(|wait| leaving.get(wait).copied())
                .collect();
            // Where the node itself goes on elsewhere, who depends on it waits for it there, not the other way round.
            if ways_up.contains_key(&self.steps[at].step.node) {
                continue;
            }
            let stay = dependents
                .iter()
                .filter(|node| **node != self.steps[at].step.node);
            self.steps[at].wishes = stay
                .filter_map(|node| ways_up.get(*node))
                .flatten()
                .copied()
                .collect();
        }
        self.move_after(&leaving, &ways_up);
        self.make_room(&leaving);
    }

    /// By node, the steps of its way up.
    fn ways_up(&self) -> HashMap<String, Vec<usize>> {
        let mut ways: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, one) in self.steps.iter().enumerate() {
            if one.step.up {
                ways.entry(one.step.node.clone()).or_default().push(at);
            }
        }
        ways
    }

    /// The way up of a node on its new host waits until it is gone from the old one.
    fn move_after(&mut self, leaving: &Index<'_>, ways_up: &HashMap<String, Vec<usize>>) {
        for &at in leaving.values() {
            let step = &self.steps[at].step;
            if step.relationship.is_some() {
                continue;
            }
            for &up in ways_up.get(&step.node).into_iter().flatten() {
                self.steps[up].needs.push(at);
            }
        }
    }

    /// What is to be at a path waits until what leaves it is gone from there.
    fn make_room(&mut self, leaving: &Index<'_>) {
        let path = |one: &One<'_>, absent: bool| match &one.step.apply {
            Some(Action::File(file)) if (file.state == FileState::Absent) == absent => {
                Some((one.host.to_owned(), file.path.clone()))
            }
            _ => None,
        };
        let left: HashMap<_, usize> = leaving
            .values()
            .filter_map(|&at| Some((path(&self.steps[at], true)?, at)))
            .collect();
        for one in self.steps.iter_mut().filter(|one| one.step.up) {
            let before = path(one, false).and_then(|path| left.get(&path));
            one.wishes.extend(before);
        }
    }

    fn forget_wishes(&mut self) {
        for one in &mut self.steps {
            one.wishes.clear();
        }
    }

    /// The steps, each behind those it waits for, and otherwise as they stand. None if they wait in a circle.
    fn order(&self) -> Option<Vec<usize>> {
        let mut missing: Vec<usize> = self.steps.iter().map(|one| one.waits().count()).collect();
        let mut followers: Vec<Vec<usize>> = vec![Vec::new(); self.steps.len()];
        for (at, one) in self.steps.iter().enumerate() {
            for wait in one.waits() {
                followers[wait].push(at);
            }
        }
        let free = missing.iter().enumerate().filter(|(_, missing)| **missing == 0);
        let mut ready: BinaryHeap<Reverse<usize>> = free.map(|(at, _)| Reverse(at)).collect();
        let mut order = Vec::with_capacity(self.steps.len());
        while let Some(Reverse(at)) = ready.pop() {
            order.push(at);
            for &follower in &followers[at] {
                missing[follower] -= 1;
                if missing[follower] == 0 {
                    ready.push(Reverse(follower));
                }
            }
        }
        (order.len() == self.steps.len()).then_some(order)
    }
}

/// A step that leaves, with what it reads of others as it is now.
fn having_read(
    host: &str,
    step: &RoleStep,
    outputs: &impl Fn(&str, &str) -> BTreeMap<String, Value>,
) -> RoleStep {
    let filled = step.filled(&mut |leaf| match leaf {
        Leaf::Given(supply) => {
            let mut given = supply.from.iter().map(|given| {
                let host = given.step.host.as_deref().unwrap_or(host);
                outputs(host, &given.step.step).remove(given.output.as_ref()?)
            });
            given
                .find_map(|value| value)
                .map_or(Answer::Missing, Answer::Value)
        }
        Leaf::Secret(_) | Leaf::File(_) => Answer::Later,
    });
    // What is of no use is not handed over: it must not keep from leaving.
    filled.unwrap_or_else(|_| RoleStep {
        reads: Reads::default(),
        ..step.clone()
    })
}

/// What an old step waited for, with joins looked through: hosts and names; and the nodes these belong to.
fn beyond_markers<'r>(known: &Known<'r>, named: Named<'r>) -> (Vec<Named<'r>>, HashSet<&'r str>) {
    let (mut found, mut nodes, mut seen) = (Vec::new(), HashSet::new(), HashSet::new());
    let mut open: Vec<(&str, &str)> = known
        .get(&named)
        .map(|(_, waits)| waits.clone())
        .unwrap_or_default();
    while let Some(wait) = open.pop() {
        if !seen.insert(wait) {
            continue;
        }
        match known.get(&wait) {
            Some((step, waits)) if is_marker(step) => open.extend(waits),
            Some((step, _)) => {
                nodes.insert(step.node.as_str());
                found.push(wait);
            }
            None => {}
        }
    }
    (found, nodes)
}

#[cfg(test)]
mod tests;
