//! Roles by chance, and how they change from generation to generation.

use std::collections::BTreeMap;

use super::{Host, host_name};
use crate::choreography::tests::{file, role};
use crate::role::Role;

/// A step before it is put into a role.
#[derive(Clone)]
struct Plan {
    name: String,
    host: usize,
    digest: String,
    turn: Option<String>,
    max_attempts: Option<u32>,
    after: Vec<String>,
}

pub(super) fn roles(random: &mut fastrand::Rng, hosts: usize) -> Vec<Role> {
    let count = random.usize(0..24);
    let mut plans: Vec<Plan> = Vec::new();
    for index in 0..count {
        plans.push(plan(random, format!("s{index}"), hosts, &plans));
    }
    cut(&plans, hosts, 1)
}

fn plan(random: &mut fastrand::Rng, name: String, hosts: usize, before: &[Plan]) -> Plan {
    let mut after: Vec<String> = Vec::new();
    for _ in 0..random.usize(0..4).min(before.len()) {
        after.push(before[random.usize(0..before.len())].name.clone());
    }
    after.sort();
    after.dedup();
    Plan {
        digest: format!("{name} v1"),
        name,
        host: random.usize(0..hosts),
        turn: (random.u8(0..4) == 0).then(|| "turn".to_owned()),
        max_attempts: (random.u8(0..4) == 0).then_some(2),
        after,
    }
}

/// The roles of a plan.
fn cut(plans: &[Plan], hosts: usize, generation: u64) -> Vec<Role> {
    let mut roles: Vec<Role> = (0..hosts)
        .map(|host| Role {
            host: host_name(host),
            generation,
            ..role(Vec::new(), Vec::new())
        })
        .collect();
    for plan in plans {
        let mut step = file(&plan.name, &[]);
        step.digest.clone_from(&plan.digest);
        step.turn.clone_from(&plan.turn);
        step.retry.max_delay_ms = 1_000;
        step.retry.max_attempts = plan.max_attempts;
        for name in &plan.after {
            let Some(before) = plans.iter().find(|other| other.name == *name) else {
                continue;
            };
            if before.host == plan.host {
                let steps = &roles[plan.host].steps;
                let index = steps
                    .iter()
                    .position(|step| step.name == *name)
                    .expect("it comes before");
                step.guards.push(u32::try_from(index).expect("few steps"));
                continue;
            }
            let of = roles[before.host]
                .steps
                .iter_mut()
                .find(|step| step.name == *name);
            of.expect("it comes before").awaited = true;
            let wanted = crate::role::Cue {
                host: host_name(before.host),
                step: name.clone(),
                digest: before.digest.clone(),
                only_present: false,
            };
            let cues = &mut roles[plan.host].cues;
            let index = cues.iter().position(|cue| *cue == wanted).unwrap_or_else(|| {
                cues.push(wanted);
                cues.len() - 1
            });
            step.cues.push(u32::try_from(index).expect("few cues"));
        }
        roles[plan.host].steps.push(step);
    }
    roles
}

/// The plan of roles, changed here and there, cut again.
pub(super) fn change(random: &mut fastrand::Rng, hosts: &[Host], generation: u64) -> Vec<Role> {
    let mut plans: BTreeMap<u32, Plan> = BTreeMap::new();
    for (host, this) in hosts.iter().enumerate() {
        let role = &this.role;
        for step in &role.steps {
            let local = step
                .guards
                .iter()
                .map(|guard| role.steps[*guard as usize].name.clone());
            let cues = step.cues.iter().map(|cue| role.cues[*cue as usize].step.clone());
            let number = step.name[1..].parse().expect("s and a number");
            let plan = Plan {
                name: step.name.clone(),
                host,
                digest: step.digest.clone(),
                turn: step.turn.clone(),
                max_attempts: step.retry.max_attempts,
                after: local.chain(cues).collect(),
            };
            plans.insert(number, plan);
        }
    }
    let mut plans: Vec<Plan> = plans.into_values().collect();
    plans.retain(|_| random.u8(0..10) > 0);
    for plan in &mut plans {
        if random.u8(0..5) == 0 {
            plan.digest = format!("{} v{generation}", plan.name);
        }
    }
    if random.bool() {
        let next = plans
            .last()
            .map_or(0, |last| last.name[1..].parse::<u32>().expect("a number") + 1);
        let fresh = plan(random, format!("s{}", next.max(100)), hosts.len(), &plans);
        plans.push(fresh);
    }
    cut(&plans, hosts.len(), generation)
}
