//! Roles by chance, and how they change from generation to generation.

use std::collections::BTreeMap;

use super::{World, host_name};
use crate::choreography::tests::role;
use crate::role::{Role, RoleStep, StepStatus, succeed};
use crate::topology::{Action, ShellAction};

/// A node with one step of the way up, and mostly one of the way down.
#[derive(Clone)]
struct Plan {
    node: String,
    host: usize,
    digest: String,
    turn: Option<String>,
    max_attempts: Option<u32>,
    /// The nodes that it depends on.
    after: Vec<String>,
}

/// The node of a step.
pub(super) fn node_of(step: &str) -> &str {
    step.split('.').next().unwrap_or(step)
}

/// Whether a node can be taken away.
pub(super) fn has_way_down(node: &str) -> bool {
    !node.ends_with('4')
}

pub(super) fn roles(random: &mut fastrand::Rng, hosts: usize) -> Vec<Role> {
    let count = random.usize(0..24);
    let mut plans: Vec<Plan> = Vec::new();
    for index in 0..count {
        plans.push(plan(random, format!("s{index}"), hosts, &plans));
    }
    cut(&plans, hosts, 1)
}

fn plan(random: &mut fastrand::Rng, node: String, hosts: usize, before: &[Plan]) -> Plan {
    let mut after: Vec<String> = Vec::new();
    for _ in 0..random.usize(0..4).min(before.len()) {
        after.push(before[random.usize(0..before.len())].node.clone());
    }
    after.sort();
    after.dedup();
    Plan {
        digest: format!("{node} v1"),
        node,
        host: random.usize(0..hosts),
        turn: (random.u8(0..4) == 0).then(|| "turn".to_owned()),
        max_attempts: (random.u8(0..4) == 0).then_some(2),
        after,
    }
}

fn step(plan: &Plan, operation: &str) -> RoleStep {
    let mut step = RoleStep::new(&plan.node, operation, &plan.digest);
    step.check = Some(Action::Shell(ShellAction::default()));
    step.apply = Some(Action::Shell(ShellAction::default()));
    step.turn.clone_from(&plan.turn);
    step.retry.max_delay_ms = 1_000;
    step.retry.max_attempts = plan.max_attempts;
    step
}

/// The roles of a plan: all ways up, each behind those it depends on, then all ways down, the other way round.
fn cut(plans: &[Plan], hosts: usize, generation: u64) -> Vec<Role> {
    let mut roles: Vec<Role> = (0..hosts)
        .map(|host| Role {
            host: host_name(host),
            generation,
            ..role(Vec::new(), Vec::new())
        })
        .collect();
    let find = |node: &String| plans.iter().find(|other| other.node == *node);
    for plan in plans {
        let before = plan.after.iter().filter_map(find);
        let before = before.map(|other| (other, "create")).collect();
        add(&mut roles, plan.host, step(plan, "create"), before);
    }
    for plan in plans.iter().rev().filter(|plan| has_way_down(&plan.node)) {
        let down = RoleStep {
            up: false,
            digest: format!("away with {}", plan.node),
            undoes: vec![format!("{}.create", plan.node)],
            ends: true,
            ..step(plan, "delete")
        };
        let dependents = plans
            .iter()
            .filter(|other| other.after.contains(&plan.node) && has_way_down(&other.node));
        let before = dependents.map(|other| (other, "delete")).collect();
        add(&mut roles, plan.host, down, before);
    }
    roles
}

/// Adds a step that waits for these operations of others.
fn add(roles: &mut [Role], host: usize, mut step: RoleStep, before: Vec<(&Plan, &str)>) {
    for (other, operation) in before {
        let name = format!("{}.{operation}", other.node);
        let index = roles[other.host]
            .steps
            .iter()
            .position(|step| step.name == name)
            .expect("it comes before");
        if other.host == host {
            step.guards.push(u32::try_from(index).expect("few steps"));
            continue;
        }
        roles[other.host].steps[index].awaited = true;
        let wanted = crate::role::Cue {
            host: host_name(other.host),
            step: name,
            digest: roles[other.host].steps[index].digest.clone(),
            only_present: false,
        };
        let cues = &mut roles[host].cues;
        let index = cues.iter().position(|cue| *cue == wanted).unwrap_or_else(|| {
            cues.push(wanted);
            cues.len() - 1
        });
        step.cues.push(u32::try_from(index).expect("few cues"));
    }
    roles[host].steps.push(step);
}

/// The plan of the roles, changed here and there, cut again, with what leaves.
pub(super) fn change(world: &mut World) -> Vec<Role> {
    let mut plans = plans(world);
    let (random, hosts, generation) = (&mut world.random, world.hosts.len(), world.generation);
    plans.retain(|_| random.u8(0..10) > 0);
    for plan in &mut plans {
        if random.u8(0..5) == 0 {
            plan.digest = format!("{} v{generation}", plan.node);
        }
        if random.u8(0..10) == 0 {
            plan.host = random.usize(0..hosts);
        }
    }
    if random.bool() {
        let next = plans
            .last()
            .map_or(0, |last| last.node[1..].parse::<u32>().expect("a number") + 1);
        let fresh = plan(random, format!("s{}", next.max(100)), hosts, &plans);
        plans.push(fresh);
    }
    let old: Vec<Role> = world.hosts.iter().map(|host| host.role.clone()).collect();
    let is_done = |host: &str, step: &RoleStep| {
        let host = world.names.iter().position(|name| name == host).expect("a host");
        let told = world.states[host].get(&step.name);
        step.is_for(world.goal)
            && told.is_some_and(|told| {
                told.status == StepStatus::Reached
                    && told.digest == step.digest
                    && (step.leaving || told.turns == world.turns)
            })
    };
    let mut roles = cut(&[], hosts, generation);
    for role in succeed(&cut(&plans, hosts, generation), &old, is_done, |_, _| {
        BTreeMap::new()
    }) {
        let place = roles.iter().position(|empty| empty.host == role.host);
        roles[place.expect("a host")] = Role { generation, ..role };
    }
    roles
}

/// What the newest roles were made of.
fn plans(world: &World) -> Vec<Plan> {
    let mut plans: BTreeMap<u32, Plan> = BTreeMap::new();
    for (host, this) in world.hosts.iter().enumerate() {
        let role = &this.role;
        for step in role.steps.iter().filter(|step| step.up) {
            let local = step.guards.iter().map(|guard| &role.steps[*guard as usize].name);
            let cues = step.cues.iter().map(|cue| &role.cues[*cue as usize].step);
            let after = local.chain(cues).filter(|name| name.ends_with(".create"));
            let number = step.node[1..].parse().expect("s and a number");
            let plan = Plan {
                node: step.node.clone(),
                host,
                digest: step.digest.clone(),
                turn: step.turn.clone(),
                max_attempts: step.retry.max_attempts,
                after: after.map(|name| node_of(name).to_owned()).collect(),
            };
            plans.insert(number, plan);
        }
    }
    plans.into_values().collect()
}
