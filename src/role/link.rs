//! Ties what steps read to the steps that give it.

use std::collections::HashMap;

use super::{Cue, Role, RoleStep, Source};
use crate::score::{Score, Step, StepId};
use crate::topology::{Answer, Expression, Given, Leaf, Reads, Supply};

/// What a step of `score` reads, from which steps by name.
pub(super) fn named(score: &Score, step: &Step) -> Reads<Supply<Source>> {
    let source = |giver: StepId| {
        let giver = score.step(giver);
        Source {
            step: giver.name.clone(),
            host: (giver.host != step.host).then(|| giver.host.clone()),
        }
    };
    step.reads.map(|one| settled(one, &source))
}

/// What is read, from steps as `named` names them. Where nobody gives it, what stands in for it.
pub(super) fn settled<S>(
    read: &Expression<Supply<StepId>>,
    named: &impl Fn(StepId) -> S,
) -> Expression<Supply<S>> {
    let mut answer = |leaf: Leaf<'_, Supply<StepId>>| match leaf {
        Leaf::Given(supply) if supply.from.is_empty() => Answer::Missing,
        _ => Answer::Later,
    };
    // That something has no value at all was said when the score was woven; what else is wrong is said when it is
    // played.
    let settled = read.reduce(&mut answer).unwrap_or_else(|_| read.clone());
    settled.map(&mut |supply: &Supply<StepId>| {
        let from = supply.from.iter().map(|given| Given {
            step: named(given.step),
            output: given.output.clone(),
        });
        Expression::Given(Supply {
            what: supply.what.clone(),
            from: from.collect(),
        })
    })
}

/// All that a step reads of others.
pub fn supplies(step: &RoleStep) -> impl Iterator<Item = &Supply<Source>> {
    let leaves = step.reads.iter().flat_map(Expression::leaves);
    leaves.filter_map(|leaf| match leaf {
        Leaf::Given(supply) => Some(supply),
        Leaf::Secret(_) | Leaf::File(_) => None,
    })
}

/// The steps that a step reads of.
pub fn sources(step: &RoleStep) -> impl Iterator<Item = &Source> {
    supplies(step)
        .flat_map(|supply| &supply.from)
        .map(|given| &given.step)
}

/// Makes cues of the steps of other hosts that are only read.
pub(super) fn add_cues(roles: &mut [Role]) {
    let mut wanted: Vec<(usize, Source)> = Vec::new();
    for (at, role) in roles.iter().enumerate() {
        let away = role
            .steps
            .iter()
            .flat_map(sources)
            .filter(|source| source.host.is_some());
        wanted.extend(away.map(|source| (at, source.clone())));
    }
    if wanted.is_empty() {
        return;
    }
    let mut places: HashMap<(String, String), (usize, usize)> = HashMap::new();
    for (at, role) in roles.iter().enumerate() {
        let steps = role.steps.iter().enumerate();
        places.extend(steps.map(|(place, step)| ((role.host.clone(), step.name.clone()), (at, place))));
    }
    for (reader, source) in wanted {
        let Some(host) = source.host else { continue };
        let Some(&(at, place)) = places.get(&(host.clone(), source.step.clone())) else {
            continue;
        };
        let given = &mut roles[at].steps[place];
        given.awaited = true;
        let cue = Cue {
            host,
            step: source.step,
            digest: given.digest.clone(),
            only_present: false,
        };
        let cues = &mut roles[reader].cues;
        if !cues
            .iter()
            .any(|known| known.host == cue.host && known.step == cue.step)
        {
            cues.push(cue);
        }
    }
}
