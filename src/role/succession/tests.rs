//! What leaves, and in which order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::diagnostic::Sink;
use crate::role::{Certificate, Role, RoleStep, roles};
use crate::score::compose;
use crate::score::testing::Builder;
use crate::topology::{Expression, NodeId, Weaving};

const LIFE: &[&str] = &["create", "start", "stop", "delete"];

fn cut(builder: &Builder) -> Vec<Role> {
    let mut sink = Sink::new();
    let score = compose("app", &builder.topology, Weaving::Normative, &mut sink);
    roles(&score.expect("a sound topology"))
}

fn nothing(_: &str, _: &RoleStep) -> bool {
    false
}

/// As [`super::succeed`], where nobody gave anything but one address.
fn succeed(new: &[Role], old: &[Role], is_done: impl Fn(&str, &RoleStep) -> bool) -> Vec<Role> {
    super::succeed(new, old, is_done, |host, step| match (host, step) {
        ("h1", "db.create") => [("address".to_owned(), "10.0.0.5".into())].into(),
        _ => BTreeMap::new(),
    })
}

#[test]
fn what_leaves_has_read_what_others_gave() {
    let whole = Builder::new()
        .node("db", "h1", LIFE)
        .scripts("db")
        .node("web", "h2", LIFE)
        .reads("web.delete", "peer", "db", "address")
        .reads("web.delete", "no", "db", "no");
    let all = cut(&whole);
    let reader = &all[1]
        .steps
        .iter()
        .find(|step| step.name == "web.delete")
        .unwrap();
    assert_eq!(reader.reads.inputs.len(), 2);
    assert_eq!(
        all[1].cues.len(),
        2,
        "who gives it is watched, though nobody waits: {:?}",
        all[1].cues
    );
    let left = succeed(&cut(&Builder::new().node("other", "h1", LIFE)), &all, nothing);
    let delete = left[1]
        .steps
        .iter()
        .find(|step| step.name == "web.delete")
        .unwrap();
    assert!(delete.reads.is_empty() && left[1].cues.is_empty());
    assert_eq!(delete.inputs, [("peer".to_owned(), "10.0.0.5".into())].into());
    assert!(Certificate::prove(&left).is_ok());
}

/// The steps that leave, as `host/step`, sorted.
fn leaving(all: &[Role]) -> Vec<String> {
    let mut found: Vec<String> = all
        .iter()
        .flat_map(|role| {
            let steps = role.steps.iter().filter(|step| step.leaving);
            steps.map(|step| format!("{}/{}", role.host, step.name))
        })
        .collect();
    found.sort();
    found
}

/// What `host/step` waits for, as `host/step`, sorted.
fn waits(all: &[Role], host: &str, name: &str) -> Vec<String> {
    let role = all.iter().find(|role| role.host == host).unwrap();
    let step = role.steps.iter().find(|step| step.name == name).unwrap();
    let local = step
        .guards
        .iter()
        .map(|&at| format!("{host}/{}", role.steps[at as usize].name));
    let cues = step.cues.iter().map(|&at| {
        let cue = &role.cues[at as usize];
        format!("{}/{}", cue.host, cue.step)
    });
    let mut found: Vec<String> = local.chain(cues).collect();
    found.sort();
    found
}

#[test]
fn what_stays_is_left_alone() {
    let topology = Builder::new()
        .node("db", "h1", LIFE)
        .node("web", "h2", LIFE)
        .requires("web", "db");
    let all = cut(&topology);
    assert_eq!(succeed(&all, &all, nothing), all);
    assert_eq!(succeed(&all, &[], nothing), all);
}

#[test]
fn a_node_that_is_no_longer_there_leaves_once_those_who_needed_it_do_not() {
    let old = cut(&Builder::new()
        .node("db", "h1", LIFE)
        .node("web", "h2", LIFE)
        .requires("web", "db"));
    let new = cut(&Builder::new().node("web", "h2", LIFE));
    let all = succeed(&new, &old, nothing);
    Certificate::prove(&all).unwrap();
    assert_eq!(leaving(&all), ["h1/db.delete", "h1/db.stop"]);
    assert_eq!(waits(&all, "h1", "db.stop"), ["h2/web.create", "h2/web.start"]);
    assert_eq!(
        waits(&all, "h1", "db.delete"),
        ["h1/db.stop", "h2/web.create", "h2/web.start"]
    );
    let cues = &all[0].cues;
    assert!(cues.iter().all(|cue| cue.only_present), "{cues:?}");
    // Once it is done, it is not taken over again.
    let next = succeed(&new, &all, |_, step| step.name == "db.stop");
    assert_eq!(leaving(&next), ["h1/db.delete"]);
    let last = succeed(&new, &all, |_, step| step.leaving);
    assert_eq!(last, new);
}

#[test]
fn a_node_that_moves_is_gone_from_its_old_host_before_it_is_made_on_the_new_one() {
    let with = |host: &str| {
        cut(&Builder::new()
            .node("db", host, LIFE)
            .node("web", "h2", LIFE)
            .requires("web", "db"))
    };
    let all = succeed(&with("h3"), &with("h1"), nothing);
    Certificate::prove(&all).unwrap();
    assert_eq!(leaving(&all), ["h1/db.delete", "h1/db.stop"]);
    assert_eq!(waits(&all, "h3", "db.create"), ["h1/db.delete", "h1/db.stop"]);
    assert_eq!(waits(&all, "h1", "db.stop"), [""; 0]);
    // And back, before it was gone: what was to leave stays, what was to come leaves.
    let back = succeed(&with("h1"), &all, nothing);
    Certificate::prove(&back).unwrap();
    assert_eq!(leaving(&back), ["h3/db.delete", "h3/db.stop"]);
}

#[test]
fn wishes_that_would_make_a_circle_are_not_heeded() {
    // `top` needed `gone`, which needed `moved`; `top` still needs `moved`, which is made once `gone` is gone.
    let old = Builder::new()
        .node("moved", "h1", LIFE)
        .node("gone", "h2", LIFE)
        .node("top", "h3", LIFE)
        .requires("gone", "moved")
        .requires("top", "gone")
        .requires("top", "moved");
    let new = Builder::new()
        .node("moved", "h4", LIFE)
        .node("top", "h3", LIFE)
        .requires("top", "moved");
    let all = succeed(&cut(&new), &cut(&old), nothing);
    Certificate::prove(&all).unwrap();
    assert_eq!(leaving(&all).len(), 4);
    assert_eq!(waits(&all, "h2", "gone.stop"), [""; 0]);
}

proptest! {
    /// Any topology may follow any other: what is played is sound, and whatever leaves is known to its host alone.
    #[test]
    fn any_topology_may_follow_any_other(
        old in prop::collection::vec((0_usize..5, prop::collection::vec(any::<bool>(), 8)), 0..8),
        new in prop::collection::vec((0_usize..5, prop::collection::vec(any::<bool>(), 8)), 0..8),
        again in prop::collection::vec((0_usize..5, prop::collection::vec(any::<bool>(), 8)), 0..8),
    ) {
        // Host 4 stands for: not there. Edges go from later to earlier nodes, or in `new` the other way round.
        let build = |nodes: &[(usize, Vec<bool>)], turned: bool| {
            let mut builder = Builder::new();
            for (at, (host, _)) in nodes.iter().enumerate().filter(|(_, (host, _))| *host < 4) {
                builder = builder.node(&format!("n{at}"), &format!("h{host}"), LIFE);
            }
            for (at, (host, edges)) in nodes.iter().enumerate() {
                for (to, (other, _)) in nodes.iter().enumerate().take(at) {
                    if *host < 4 && *other < 4 && edges[to] {
                        let (source, target) = if turned { (to, at) } else { (at, to) };
                        builder = builder.requires(&format!("n{source}"), &format!("n{target}"));
                    }
                }
            }
            cut(&builder)
        };
        let (first, second, third) = (build(&old, false), build(&new, true), build(&again, false));
        let one = succeed(&second, &first, nothing);
        prop_assert!(Certificate::prove(&one).is_ok());
        let two = succeed(&third, &one, |_, step| step.operation == "stop");
        prop_assert!(Certificate::prove(&two).is_ok());
        for role in &two {
            for step in role.steps.iter().filter(|step| step.leaving) {
                prop_assert!(!step.up);
                let stays = third.iter().any(|other| other.host == role.host && other.steps.iter().any(|new| new.node == step.node));
                prop_assert!(!stays, "{} stays on {}", step.node, role.host);
            }
        }
    }
}

/// `lb` requires `web`, which stands on `vm` and requires `db`; `vm` and `db` have so many instances. `lb` reads what each
/// `web` gave, and these what each `db` gave.
fn scaled(vm: u32, db: u32) -> Vec<Role> {
    let mut builder = Builder::new()
        .node("vm", "h0", LIFE)
        .node("web", "h0", LIFE)
        .node("db", "h1", LIFE)
        .node("lb", "h4", LIFE)
        .hosted("web", "vm")
        .requires("web", "db")
        .requires("lb", "web")
        .scalable("vm", (0, 1, 6), &["h0", "h1", "h2"])
        .scalable("db", (0, 1, 3), &["h3", "h1"])
        .reads("web.delete", "last", "web", "address");
    for name in ["vm", "web", "db", "lb"] {
        builder = builder.scripts(name);
    }
    builder.topology.nodes[1].host = builder.topology.nodes[0].host.clone();
    for (reader, of, group) in [("lb.create", "web", 0), ("web.create", "db", 2)] {
        let wanted = Expression::Given(builder.wanted(of, "address"));
        let each = Expression::Each {
            node: NodeId(group),
            of: Box::new(wanted),
        };
        let reads = &mut builder.operation_of(reader).data.reads;
        reads.inputs.insert("all".into(), each);
    }
    let counts = BTreeMap::from([("vm".to_owned(), vm), ("db".to_owned(), db)]);
    builder.topology = builder.topology.instances(&counts);
    cut(&builder)
}

/// What is asked for, by host and step, with its digest.
fn asked(roles: &[Role]) -> BTreeMap<(&str, &str), &str> {
    let all = roles.iter().flat_map(|role| {
        let steps = role.steps.iter().filter(|step| !step.leaving);
        steps.map(|step| ((role.host.as_str(), step.name.as_str()), step.digest.as_str()))
    });
    all.collect()
}

proptest! {
    #[test]
    fn any_count_may_follow_any_other(all in prop::collection::vec((0_u32..7, 0_u32..4), 2..5)) {
        let mut before = Vec::new();
        for &(vm, db) in &all {
            let next = succeed(&scaled(vm, db), &before, nothing);
            prop_assert!(Certificate::prove(&next).is_ok());
            let (old, new) = (asked(&before), asked(&next));
            // More or fewer instances move none of those that stay; nor are they made anew, unless they read of all others.
            for (&(host, name), digest) in &old {
                let moved = new.keys().any(|&(other, one)| one == name && other != host);
                prop_assert!(!moved, "{name} has moved");
                if name.starts_with("vm-") || name.starts_with("db-") {
                    let same = new.get(&(host, name));
                    prop_assert!(same.is_none_or(|same| same == digest), "{name}");
                }
            }
            for role in &next {
                for step in role.steps.iter().filter(|step| step.leaving) {
                    let stays = new.contains_key(&(role.host.as_str(), step.name.as_str()));
                    prop_assert!(!step.up && !stays, "{}", step.name);
                }
            }
            before = next;
        }
    }
}
