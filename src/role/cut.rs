//! Steps of many hosts with the steps they wait for, cut into one role per host.

use std::collections::{BTreeMap, HashMap};

use super::link::add_cues;
use super::{Cue, FORMAT, Role, RoleStep};
use crate::topology::Weaving;

/// A step that is not part of a role yet: its own guards and cues do not count, `waits` does.
pub(super) struct Uncut<'a> {
    /// Its host.
    pub host: &'a str,
    /// The step.
    pub step: RoleStep,
    /// The places of the steps it waits for: all of them stand before it.
    pub waits: Vec<u32>,
}

/// The roles, sorted by host, of generation 0.
pub(super) fn cut(application: &str, weaving: Weaving, steps: Vec<Uncut<'_>>) -> Vec<Role> {
    let mut roles: BTreeMap<&str, Role> = BTreeMap::new();
    // Host and place there of each step, and what is asked of it once it is in its role.
    let mut places: Vec<(&str, u32)> = Vec::with_capacity(steps.len());
    let mut told: Vec<(String, String)> = Vec::with_capacity(steps.len());
    let mut awaited = vec![false; steps.len()];
    let mut ups: Vec<bool> = Vec::with_capacity(steps.len());
    let mut cues: HashMap<&str, HashMap<u32, u32>> = HashMap::new();
    for Uncut {
        host,
        mut step,
        waits,
    } in steps
    {
        let role = roles
            .entry(host)
            .or_insert_with(|| empty(application, weaving, host));
        let cues = cues.entry(host).or_default();
        (step.guards, step.cues) = (Vec::new(), Vec::new());
        for wait in waits {
            let (other, place) = places[wait as usize];
            if other == host {
                step.guards.push(place);
                continue;
            }
            awaited[wait as usize] = true;
            let cue = *cues.entry(wait).or_insert_with(|| {
                let (step, digest) = told[wait as usize].clone();
                role.cues.push(Cue {
                    host: other.to_owned(),
                    step,
                    digest,
                    only_present: false,
                });
                index(role.cues.len() - 1)
            });
            // Who leaves, waits for somebody's way up only while that way is gone.
            role.cues[cue as usize].only_present |= step.leaving && ups[wait as usize];
            step.cues.push(cue);
        }
        step.guards.sort_unstable();
        step.cues.sort_unstable();
        places.push((host, index(role.steps.len())));
        told.push((step.name.clone(), step.digest.clone()));
        ups.push(step.up);
        step.awaited = false;
        role.steps.push(step);
    }
    for ((host, place), _) in places.iter().zip(&awaited).filter(|(_, awaited)| **awaited) {
        let role = roles.get_mut(host).expect("each step is in the role of its host");
        role.steps[*place as usize].awaited = true;
    }
    let mut roles: Vec<Role> = roles.into_values().collect();
    add_cues(&mut roles);
    roles
}

fn empty(application: &str, weaving: Weaving, host: &str) -> Role {
    Role {
        format: FORMAT,
        application: application.to_owned(),
        generation: 0,
        host: host.to_owned(),
        weaving,
        steps: Vec::new(),
        cues: Vec::new(),
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).expect("fewer steps than 2^32")
}
