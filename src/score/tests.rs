use super::testing::Builder;
use super::*;
use crate::diagnostic::{Diagnostic, Severity, Sink};
use crate::topology::{RelationshipOperation, Topology, Weaving};

fn score(topology: &Topology, weaving: Weaving) -> Score {
    let mut sink = Sink::new();
    let score = compose("app", topology, weaving, &mut sink);
    assert_eq!(sink.diagnostics(), []);
    score.expect("no fault, so a score")
}

/// `NAME <- GUARD GUARD`, a line a step, all sorted.
fn drawn(score: &Score) -> Vec<String> {
    let mut lines: Vec<String> = score
        .steps
        .iter()
        .map(|step| {
            let mut guards: Vec<&str> = step
                .guards
                .iter()
                .map(|id| score.step(*id).name.as_str())
                .collect();
            guards.sort_unstable();
            format!("{} <- {}", step.name, guards.join(" "))
        })
        .collect();
    lines.sort();
    lines
}

/// What `khor lint` says.
fn judged(topology: &Topology) -> Vec<Diagnostic> {
    let mut sink = Sink::new();
    check(topology, &mut sink);
    sink.into_sorted()
}

fn severities(faults: &[Diagnostic]) -> Vec<Severity> {
    faults.iter().map(|fault| fault.severity).collect()
}

fn faults(topology: &Topology) -> Vec<Diagnostic> {
    let mut sink = Sink::new();
    assert!(compose("app", topology, Weaving::Normative, &mut sink).is_none());
    sink.into_sorted()
}

const LIFE: &[&str] = &["create", "configure", "start", "stop", "delete"];

#[test]
fn the_normative_table_is_woven_whole() {
    use RelationshipOperation as R;
    let topology = Builder::new()
        .node("n", "h1", LIFE)
        .node("t", "h2", LIFE)
        .relation(
            "n",
            "db",
            "t",
            &[
                R::PreConfigureSource,
                R::PreConfigureTarget,
                R::PostConfigureSource,
                R::PostConfigureTarget,
                R::AddTarget,
                R::AddSource,
                R::TargetChanged,
                R::RemoveTarget,
                R::RemoveSource,
            ],
        )
        .topology;
    let score = score(&topology, Weaving::Normative);
    assert_eq!(
        drawn(&score),
        [
            "n.configure <- n.create n.db.t.pre_configure_source",
            "n.create <- t.start",
            "n.db.t.add_source <- n.start t.start",
            "n.db.t.add_target <- n.start t.start",
            "n.db.t.post_configure_source <- n.configure",
            "n.db.t.post_configure_target <- t.configure",
            "n.db.t.pre_configure_source <- n.create",
            "n.db.t.pre_configure_target <- t.create",
            "n.db.t.remove_source <- ",
            "n.db.t.remove_target <- ",
            "n.db.t.target_changed <- n.db.t.add_target n.start t.start",
            "n.delete <- n.stop",
            "n.start <- n.configure n.db.t.post_configure_source",
            "n.stop <- n.db.t.remove_source n.db.t.remove_target",
            "t.configure <- n.db.t.pre_configure_target t.create",
            "t.create <- ",
            "t.delete <- n.delete t.stop",
            "t.start <- n.db.t.post_configure_target t.configure",
            "t.stop <- n.db.t.remove_source n.db.t.remove_target n.stop",
        ]
    );
    for step in &score.steps {
        let on_target = step.name.starts_with("t.")
            || step.name.contains("_configure_target")
            || step.name.contains("_source");
        let on_target = on_target && !step.name.contains("_configure_source");
        assert_eq!(step.host, if on_target { "h2" } else { "h1" }, "{}", step.name);
        assert_eq!(
            step.up,
            !["stop", "delete", "remove_target", "remove_source"].contains(&step.operation.as_str())
        );
        assert_eq!(step.relationship.is_some(), step.name.contains(".db."));
    }
}

#[test]
fn layered_waits_for_the_same_operation() {
    let topology = Builder::new()
        .node("n", "h1", LIFE)
        .node("t", "h2", LIFE)
        .requires("n", "t")
        .topology;
    assert_eq!(
        drawn(&score(&topology, Weaving::Layered)),
        [
            "n.configure <- n.create t.configure",
            "n.create <- t.create",
            "n.delete <- n.stop",
            "n.start <- n.configure t.start",
            "n.stop <- ",
            "t.configure <- t.create",
            "t.create <- ",
            "t.delete <- n.delete t.stop",
            "t.start <- t.configure",
            "t.stop <- n.stop",
        ]
    );
}

#[test]
fn what_has_no_implementation_hands_its_waits_on() {
    let topology = Builder::new()
        .node("a", "h", &["create"])
        .node("empty", "", &[])
        .node("b", "h", &["configure", "delete"])
        .requires("empty", "a")
        .requires("b", "empty")
        .topology;
    assert_eq!(
        drawn(&score(&topology, Weaving::Normative)),
        ["a.create <- ", "b.configure <- a.create", "b.delete <- "]
    );
    assert_eq!(
        drawn(&score(&topology, Weaving::Layered)),
        ["a.create <- ", "b.configure <- a.create", "b.delete <- "]
    );
}

#[test]
fn the_latest_operation_of_a_node_stands_for_the_earlier_ones() {
    // n.configure is missing: n.start inherits t.configure, for which t.start stands.
    let topology = Builder::new()
        .node("n", "h", &["create", "start"])
        .node("t", "h", &["create", "configure", "start"])
        .requires("n", "t")
        .topology;
    let drawn = drawn(&score(&topology, Weaving::Layered));
    assert!(
        drawn.contains(&"n.start <- n.create t.start".to_owned()),
        "{drawn:?}"
    );
}

#[test]
fn an_empty_node_between_many_and_many_becomes_one_join() {
    let mut builder = Builder::new().node("hub", "", &[]).node("hub2", "", &[]);
    for at in 0..300 {
        let (low, high) = (format!("low{at}"), format!("high{at}"));
        builder = builder
            .node(&low, if at % 3 == 0 { "x" } else { "y" }, &["create"])
            .node(&high, "z", &["create"]);
    }
    for at in 0..300 {
        let (low, high) = (format!("low{at}"), format!("high{at}"));
        for hub in ["hub", "hub2"] {
            builder = builder.requires(hub, &low).requires(&high, hub);
        }
    }
    let score = score(&builder.topology, Weaving::Normative);
    let joins: Vec<&Step> = score.steps.iter().filter(|step| step.join).collect();
    assert_eq!(joins.len(), 1, "equal sets have one join");
    assert_eq!((joins[0].host.as_str(), joins[0].guards.len()), ("y", 300));
    let guards: usize = score.steps.iter().map(|step| step.guards.len()).sum();
    assert_eq!(guards, 600);
}

#[test]
fn a_circle_is_told_once_as_its_shortest_path() {
    let topology = Builder::new()
        .node("z", "h", &["create"])
        .node("a", "h", &["create"])
        .node("b", "h", &["create"])
        .node("c", "h", &["create"])
        .node("self", "h", &["start"])
        .requires("z", "a")
        .requires("c", "a")
        .requires("a", "b")
        .requires("b", "c")
        .requires("b", "z")
        .requires("z", "b")
        .requires("self", "self")
        .topology;
    let faults = faults(&topology);
    let messages: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "dependency cycle: `z` -> `b` -> `z`",
            "dependency cycle: `self` -> `self`"
        ]
    );
    let requires = |source: u32, target: u32| {
        let found = topology
            .relationships
            .iter()
            .find(|r| r.source.0 == source && r.target.0 == target);
        found.unwrap().span
    };
    assert_eq!(faults[0].span, requires(0, 2));
    assert_eq!(faults[0].label, "`z` waits for `b`");
    assert_eq!(faults[0].related.len(), 1);
    assert_eq!(faults[0].related[0].span, requires(2, 0));
    assert_eq!(faults[1].label, "`self` waits for itself");
}

#[test]
fn a_circle_of_hosts_is_told_as_one_of_hosts() {
    let topology = Builder::new()
        .node("a", "", &["create"])
        .node("b", "", &[])
        .node("c", "", &[])
        .node("on", "", &[])
        .node("self", "", &[])
        .hosted("on", "a")
        .hosted("b", "c")
        .hosted("c", "a")
        .hosted("a", "b")
        .requires("c", "b")
        .hosted("self", "self")
        .topology;
    let faults = judged(&topology);
    let messages: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`a` is hosted on itself: `a` -> `b` -> `c` -> `a`",
            "`self` is hosted on itself"
        ]
    );
    assert_eq!(faults[0].related.len(), 2);
}

#[test]
fn how_grave_a_circle_is_hangs_on_its_requirements_and_on_who_waits() {
    let nodes = |operations: &[&str]| {
        let builder = Builder::new().node("a", "h", operations);
        builder.node("b", "", &[]).node("c", "", &[])
    };
    let grave = |builder: Builder| severities(&judged(&builder.topology));
    let idle = || nodes(&[]).requires("a", "b").requires("b", "a");
    assert_eq!(grave(idle()), [Severity::Warning]);
    assert_eq!(
        grave(nodes(&[]).hosted("a", "b").requires("b", "a")),
        [Severity::Error]
    );
    assert_eq!(grave(nodes(&[]).requires("a", "a")), [Severity::Error]);
    let busy = || nodes(&["create"]).requires("b", "a");
    assert_eq!(grave(busy().requires("a", "b")), [Severity::Error]);
    let connected = busy().connects("a", "b");
    assert_eq!(severities(&faults(&connected.topology)), [Severity::Error]);
    assert_eq!(grave(connected), [Severity::Warning]);
    let tangle = idle().connects("b", "c").connects("c", "b");
    assert_eq!(grave(tangle), [Severity::Warning], "one tangle, one fault");
}

#[test]
fn the_circle_that_is_shown_is_the_one_that_is_a_fault() {
    let topology = Builder::new()
        .node("a", "", &[])
        .node("b", "", &[])
        .node("c", "", &[])
        .requires("a", "b")
        .requires("b", "a")
        .requires("b", "c")
        .hosted("c", "a")
        .topology;
    let faults = judged(&topology);
    assert_eq!(faults.len(), 1);
    assert_eq!(
        faults[0].message, "dependency cycle: `a` -> `b` -> `c` -> `a`",
        "the shorter one has no host"
    );
}

#[test]
fn a_circle_of_peers_with_nothing_to_do_is_one_node() {
    let topology = Builder::new()
        .node("before", "h", &["create"])
        .node("a", "", &[])
        .node("b", "", &[])
        .node("after", "h", &["create"])
        .connects("a", "b")
        .connects("b", "a")
        .requires("a", "before")
        .requires("after", "b")
        .topology;
    let mut sink = Sink::new();
    let score = compose("app", &topology, Weaving::Normative, &mut sink).expect("it can be played");
    assert_eq!(severities(sink.diagnostics()), [Severity::Warning]);
    assert_eq!(
        drawn(&score),
        ["after.create <- before.create", "before.create <- "]
    );
}

#[test]
fn a_node_without_a_host_is_told_how_to_get_one() {
    let topology = Builder::new()
        .node("a", "", &["create"])
        .node("quiet", "", &[])
        .node("on", "", &["create"])
        .node("server", "h", &[])
        .hosted("on", "server")
        .relation("server", "db", "quiet", &[RelationshipOperation::AddSource])
        .topology;
    let faults = faults(&topology);
    let messages: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`a` has operations, but no host to run them on",
            "`quiet` has operations, but no host to run them on"
        ]
    );
    assert!(faults[0].help.as_ref().unwrap().contains("--place a=HOST"));
}

#[test]
fn requirements_of_one_name_are_numbered_and_colliding_names_are_faults() {
    let add = &[RelationshipOperation::AddTarget];
    let twice = Builder::new()
        .node("a", "h", &[])
        .node("b", "h", &[])
        .relation("a", "db", "b", add)
        .relation("a", "db", "b", add)
        .topology;
    assert_eq!(
        drawn(&score(&twice, Weaving::Normative)),
        ["a.db.b#2.add_target <- ", "a.db.b.add_target <- "]
    );
    let collide = Builder::new()
        .node("a", "h", &[])
        .node("a.b", "h", &[])
        .node("d", "h", &[])
        .relation("a", "b.c", "d", add)
        .relation("a.b", "c", "d", add)
        .topology;
    let faults = faults(&collide);
    assert_eq!(faults.len(), 1);
    assert_eq!(
        faults[0].message,
        "the steps of `a.b.c.d` collide with others of the same name"
    );
}

#[test]
fn nodes_on_one_host_node_take_turns() {
    let topology = Builder::new()
        .node("server", "h", &["create"])
        .node("dbms", "h", &["create"])
        .node("db", "h", &["create"])
        .node("alone", "h", &["create"])
        .hosted("dbms", "server")
        .hosted("db", "dbms")
        .topology;
    let score = score(&topology, Weaving::Normative);
    let turns: Vec<_> = score
        .steps
        .iter()
        .map(|step| (step.node_name.as_str(), step.turn.as_deref()))
        .collect();
    for (node, turn) in turns {
        assert_eq!(turn, (node != "alone").then_some("server"), "{node}");
    }
}

#[test]
fn ten_thousand_nodes_in_a_ring_a_chain_of_empties_and_a_tower_of_hosts_are_no_trouble() {
    let many = 10_000_usize;
    let mut nodes = Builder::new();
    for at in 0..many {
        nodes = nodes.node(
            &format!("n{at}"),
            "h",
            if at % 2 == 0 { &["create"] } else { &[] },
        );
    }
    let relate = |pairs: Vec<(usize, usize)>| {
        let mut topology = nodes.topology.clone();
        let span = topology.nodes[0].span;
        topology.relationships = pairs
            .into_iter()
            .map(|(source, target)| crate::topology::Relationship {
                bond: crate::topology::Bond::Need,
                name: "dependency".into(),
                source: crate::topology::NodeId(u32::try_from(source).unwrap()),
                target: crate::topology::NodeId(u32::try_from(target).unwrap()),
                operations: crate::topology::VecMap::new(),
                span,
            })
            .collect();
        topology
    };
    let ring = relate((0..many).map(|at| (at, (at + 1) % many)).collect());
    assert_eq!(faults(&ring).len(), 1);
    assert!(
        faults(&ring)[0].message.contains("(9988 more)"),
        "{}",
        faults(&ring)[0].message
    );

    // Each empty node hands on a list that grows by one step, to a step and to the next empty node.
    let growing = relate(
        (0..many / 2 - 1)
            .flat_map(|at| {
                [
                    (2 * at + 1, 2 * at),
                    (2 * at + 3, 2 * at + 1),
                    (2 * at + 4, 2 * at + 1),
                ]
            })
            .filter(|pair| pair.0 < many && pair.1 < many)
            .collect(),
    );
    let score = score(&growing, Weaving::Normative);
    let guards: usize = score.steps.iter().map(|step| step.guards.len()).sum();
    assert!(guards < 65 * growing.relationships.len(), "{guards}");

    let mut tower = relate((1..many).map(|at| (at, at - 1)).collect());
    for at in 1..many {
        tower.nodes[at].hosted_on = Some(crate::topology::NodeId(u32::try_from(at - 1).unwrap()));
        tower.nodes[at].host = None;
    }
    assert_eq!(self::score(&tower, Weaving::Normative).steps.len(), many / 2);
}
