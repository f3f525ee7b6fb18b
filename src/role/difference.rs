//! What a generation asks for that the one before it did not: per host, what is to run, to run again, and to be taken
//! away.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::{Goal, Role, RoleStep, canonical_json};
use crate::topology::Action;

/// What becomes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Move {
    /// It was not there before.
    Run,
    /// It is there in another version. Where it has a check of its own, it is looked at first.
    Again,
    /// It takes away what is no longer asked for.
    Remove,
}

/// A step that is to do something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its name.
    pub step: String,
    /// What becomes of it.
    #[serde(rename = "move")]
    pub what: Move,
    /// Why, in words.
    pub because: String,
}

/// One host's part of the difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostDifference {
    /// The host.
    pub host: String,
    /// What is to do, in the order of its role.
    pub changes: Vec<Change>,
    /// How many steps stay as they are.
    pub stay: usize,
}

/// The difference of two generations, for the hosts of the new one.
///
/// `before` are the roles that are played now, with the goal they are played for.
pub fn difference(before: &[Role], goal: Goal, after: &[Role]) -> Vec<HostDifference> {
    let known: HashMap<(&str, &str), &RoleStep> = before
        .iter()
        .flat_map(|role| {
            let steps = role.steps.iter().filter(|step| step.is_for(goal));
            steps.map(move |step| ((role.host.as_str(), step.name.as_str()), step))
        })
        .collect();
    let mut hosts: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for role in before {
        for step in role
            .steps
            .iter()
            .filter(|step| step.up && step.relationship.is_none())
        {
            hosts.entry(&step.node).or_default().insert(&role.host);
        }
    }
    after
        .iter()
        .map(|role| {
            let mut part = HostDifference {
                host: role.host.clone(),
                changes: Vec::new(),
                stay: 0,
            };
            let mut again: BTreeSet<&str> = BTreeSet::new();
            for step in role.steps.iter().filter(|step| step.is_for(Goal::Present)) {
                // What only joins others does nothing.
                if step.check.is_none() && step.apply.is_none() {
                    continue;
                }
                let old = known.get(&(role.host.as_str(), step.name.as_str())).copied();
                let change = match old {
                    Some(old) if old.digest == step.digest => None,
                    Some(old) => Some((Move::Again, reasons(old, step, role, &again))),
                    None if step.leaving => Some((Move::Remove, why_gone(step, role, after))),
                    None => Some((
                        Move::Run,
                        why_new(step, role, goal, hosts.get(step.node.as_str())),
                    )),
                };
                let Some((what, because)) = change else {
                    part.stay += 1;
                    continue;
                };
                if what == Move::Again {
                    again.insert(&step.name);
                }
                part.changes.push(Change {
                    step: step.name.clone(),
                    what,
                    because,
                });
            }
            part
        })
        .collect()
}

fn why_new(step: &RoleStep, role: &Role, goal: Goal, hosts: Option<&BTreeSet<&str>>) -> String {
    let Some(hosts) = hosts else {
        return format!("`{}` is new", step.node);
    };
    if hosts.contains(role.host.as_str()) {
        return match goal {
            Goal::Absent => "it is asked for again".to_owned(),
            Goal::Present => "its operation is new".to_owned(),
        };
    }
    let from: Vec<&str> = hosts.iter().copied().collect();
    format!("`{}` moves here from {}", step.node, from.join(", "))
}

fn why_gone(step: &RoleStep, role: &Role, after: &[Role]) -> String {
    let is_there = |other: &&Role| {
        other.host != role.host && other.steps.iter().any(|new| new.up && new.node == step.node)
    };
    match (after.iter().find(is_there), &step.relationship) {
        (Some(other), None) => format!("`{}` moves to {}", step.node, other.host),
        (_, Some((source, target))) => format!("`{source}` no longer requires `{target}`"),
        (None, None) => format!("`{}` is no longer asked for here", step.node),
    }
}

/// Why a step is another version of itself. `again` are the steps of the role that run again before it.
fn reasons(old: &RoleStep, new: &RoleStep, role: &Role, again: &BTreeSet<&str>) -> String {
    let mut reasons = Vec::new();
    if !is_same(old.apply.as_ref(), new.apply.as_ref()) {
        reasons.push(action("what it does", old.apply.as_ref(), new.apply.as_ref()));
    }
    if !is_same(old.check.as_ref(), new.check.as_ref()) && !is_same(new.check.as_ref(), new.apply.as_ref()) {
        reasons.push(action("its check", old.check.as_ref(), new.check.as_ref()));
    }
    let names: BTreeSet<&String> = old.inputs.keys().chain(new.inputs.keys()).collect();
    let changed: Vec<String> = names
        .into_iter()
        .filter(|name| old.inputs.get(*name) != new.inputs.get(*name))
        .map(|name| format!("`{name}`"))
        .collect();
    match changed.as_slice() {
        [] => {}
        [one] => reasons.push(format!("input {one} changed")),
        many => reasons.push(format!("inputs {} changed", many.join(", "))),
    }
    if old.timeout_ms != new.timeout_ms {
        reasons.push("its timeout changed".to_owned());
    }
    if reasons.is_empty() {
        let of_node = |step: &&RoleStep| step.node == new.node && again.contains(step.name.as_str());
        let before = role.steps.iter().rfind(of_node);
        reasons.push(match before {
            Some(before) => format!("`{}` changed", before.name),
            None => "what it stands on changed".to_owned(),
        });
    }
    reasons.join("; ")
}

/// Whether two actions are the same in role documents: these do not say where the compiler read a script.
fn is_same(one: Option<&Action>, other: Option<&Action>) -> bool {
    one == other || canonical_json(&one) == canonical_json(&other)
}

/// How an action differs, named by `what`.
fn action(what: &str, old: Option<&Action>, new: Option<&Action>) -> String {
    match (old, new) {
        (Some(Action::Shell(old)), Some(Action::Shell(new))) if old.artifact.name == new.artifact.name => {
            if old.artifact.sha256 == new.artifact.sha256 {
                format!("what `{}` is run with changed", new.artifact.name)
            } else {
                format!("`{}` changed", new.artifact.name)
            }
        }
        (Some(Action::File(old)), Some(Action::File(new))) => {
            let parts = [
                ("path", old.path != new.path),
                ("state", old.state != new.state),
                ("content", old.content != new.content),
                ("mode", old.mode != new.mode),
                ("owner", old.owner != new.owner),
                ("group", old.group != new.group),
            ];
            let changed: Vec<&str> = parts
                .iter()
                .filter(|(_, changed)| *changed)
                .map(|(name, _)| *name)
                .collect();
            format!("its {} changed", changed.join(" and "))
        }
        (Some(Action::Process(old)), Some(Action::Process(new))) if old.command != new.command => {
            "its command changed".to_owned()
        }
        _ => format!("{what} changed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Weaving;
    use serde_json::Value;

    fn role(host: &str, steps: Vec<RoleStep>) -> Role {
        Role {
            format: crate::role::FORMAT,
            application: "app".into(),
            generation: 0,
            host: host.into(),
            weaving: Weaving::Normative,
            steps,
            cues: Vec::new(),
        }
    }

    fn step(node: &str, operation: &str, digest: &str) -> RoleStep {
        RoleStep {
            apply: Some(Action::Nil),
            up: !matches!(operation, "stop" | "delete"),
            ..RoleStep::new(node, operation, digest)
        }
    }

    #[test]
    fn what_is_new_changed_moved_and_gone_is_told_with_its_reason() {
        let with_port = |port: u16, digest: &str| RoleStep {
            inputs: [("port".to_owned(), Value::from(port))].into(),
            ..step("db", "configure", digest)
        };
        let before = [
            role(
                "h1",
                vec![
                    step("db", "create", "a"),
                    with_port(1, "b"),
                    step("db", "start", "c"),
                    step("x", "create", "d"),
                    step("x", "delete", "e"),
                ],
            ),
            role("h2", vec![step("m", "create", "f")]),
        ];
        let gone = RoleStep {
            leaving: true,
            ..step("x", "delete", "e")
        };
        let after = [
            role(
                "h1",
                vec![
                    step("db", "create", "a"),
                    with_port(2, "g"),
                    step("db", "start", "h"),
                    gone,
                    step("m", "create", "f"),
                ],
            ),
            role("h2", vec![step("n", "create", "i")]),
        ];
        let all = difference(&before, Goal::Present, &after);
        let told: Vec<String> = all
            .iter()
            .flat_map(|host| host.changes.iter())
            .map(|change| format!("{:?} {}: {}", change.what, change.step, change.because))
            .collect();
        assert_eq!(
            told,
            [
                "Again db.configure: input `port` changed",
                "Again db.start: `db.configure` changed",
                "Remove x.delete: `x` is no longer asked for here",
                "Run m.create: `m` moves here from h2",
                "Run n.create: `n` is new",
            ]
        );
        assert_eq!(all[0].stay, 1);
        assert!(
            difference(&after, Goal::Present, &after)
                .iter()
                .all(|host| host.changes.is_empty())
        );
        let again = difference(&before, Goal::Absent, &before);
        assert_eq!(again[0].changes[0].because, "it is asked for again");
    }
}
