//! Ties what steps read to the steps that give it.

use std::collections::HashMap;

use super::{Cue, Role, Source};
use crate::score::{Score, StepId};
use crate::topology::{Answer, Expression, Given, Leaf, Reads, Supply};

/// What a step reads; where nobody gives it, what stands in for it.
pub(super) fn settled(reads: &Reads<Supply<StepId>>) -> Reads<Supply<StepId>> {
    let mut answer = |leaf: Leaf<'_, Supply<StepId>>| match leaf {
        Leaf::Given(supply) if supply.from.is_empty() => Answer::Missing,
        _ => Answer::Later,
    };
    // That something has no value at all was said when the score was woven; what else is wrong is said when it is played.
    reads.map(|one| one.reduce(&mut answer).unwrap_or_else(|_| one.clone()))
}

/// Names the sources of what steps read, `reads` by step; those on other hosts become cues.
pub(super) fn link(score: &Score, reads: HashMap<StepId, Reads<Supply<StepId>>>, roles: &mut [Role]) {
    if reads.is_empty() {
        return;
    }
    let mut places: HashMap<String, (usize, usize)> = HashMap::new();
    for (at, role) in roles.iter().enumerate() {
        let steps = role.steps.iter().enumerate();
        places.extend(steps.map(|(place, step)| (step.name.clone(), (at, place))));
    }
    let place_of = |id: StepId| places[&score.step(id).name];
    let mut all: Vec<_> = reads.into_iter().collect();
    all.sort_unstable_by_key(|(id, _)| *id);
    for (reader, reads) in all {
        let (here, place) = place_of(reader);
        let mut remote = Vec::new();
        let mut source = |given: &Given<StepId>| {
            let there = place_of(given.step);
            let host = (there.0 != here).then(|| score.step(given.step).host.clone());
            if host.is_some() {
                remote.push(there);
            }
            Given {
                step: Source {
                    step: score.step(given.step).name.clone(),
                    host,
                },
                output: given.output.clone(),
            }
        };
        let reads = reads.map(|one| {
            one.map(&mut |supply: &Supply<StepId>| {
                Expression::Given(Supply {
                    what: supply.what.clone(),
                    from: supply.from.iter().map(&mut source).collect(),
                })
            })
        });
        roles[here].steps[place].reads = reads;
        for (at, place) in remote {
            let step = &mut roles[at].steps[place];
            step.awaited = true;
            let (step, digest) = (step.name.clone(), step.digest.clone());
            let host = roles[at].host.clone();
            let cues = &mut roles[here].cues;
            if !cues.iter().any(|cue| cue.step == step && cue.host == host) {
                cues.push(Cue { host, step, digest });
            }
        }
    }
}
