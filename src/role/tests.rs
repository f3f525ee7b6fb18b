//! Properties of roles over random acyclic topologies.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Sink;
use crate::score::compose;
use crate::score::testing::{Builder, compose_with_joins};
use crate::topology::{OperationName, RelationshipOperation, Topology, Weaving};

const HOSTS: [&str; 3] = ["x", "y", "z"];
const OPERATIONS: [&str; 5] = ["create", "configure", "start", "stop", "delete"];
const BETWEEN: [RelationshipOperation; 8] = [
    RelationshipOperation::PreConfigureSource,
    RelationshipOperation::PreConfigureTarget,
    RelationshipOperation::PostConfigureSource,
    RelationshipOperation::PostConfigureTarget,
    RelationshipOperation::AddTarget,
    RelationshipOperation::AddSource,
    RelationshipOperation::RemoveTarget,
    RelationshipOperation::RemoveSource,
];

/// Up to 14 nodes, each with some operations on some host; requirements only on nodes before, so no circle.
fn topologies() -> impl Strategy<Value = Topology> {
    let node = (
        0..HOSTS.len(),
        prop::collection::vec(any::<bool>(), OPERATIONS.len()),
    );
    let edge = (any::<u16>(), any::<u16>(), any::<u8>());
    (
        prop::collection::vec(node, 1..14),
        prop::collection::vec(edge, 0..30),
    )
        .prop_map(|(nodes, edges)| {
            let mut builder = Builder::new();
            let names: Vec<String> = (0..nodes.len()).map(|at| format!("n{at}")).collect();
            for (name, (host, has)) in names.iter().zip(&nodes) {
                let operations: Vec<&str> = OPERATIONS
                    .iter()
                    .zip(has)
                    .filter(|(_, has)| **has)
                    .map(|(name, _)| *name)
                    .collect();
                builder = builder.node(name, HOSTS[*host], &operations);
            }
            let mut seen = BTreeSet::new();
            for (source, target, operations) in edges {
                let source = usize::from(source) % names.len();
                if source == 0 {
                    continue;
                }
                let target = usize::from(target) % source;
                let between: Vec<_> = BETWEEN
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| operations >> at & 1 == 1)
                    .map(|(_, name)| *name)
                    .collect();
                if seen.insert((source, target)) {
                    builder = builder.relation(&names[source], "needs", &names[target], &between);
                }
            }
            builder.topology
        })
}

fn weavings() -> impl Strategy<Value = Weaving> {
    prop_oneof![Just(Weaving::Normative), Just(Weaving::Layered)]
}

fn cut(topology: &Topology, weaving: Weaving) -> Vec<Role> {
    let mut sink = Sink::new();
    let score = compose("app", topology, weaving, &mut sink).expect("acyclic, and every node has a host");
    roles(&score)
}

/// What must have been reached before each step by the design's table, straight from its text and without any of the
/// score's code: the closure over *all* operations, and then only those that are implemented.
fn table(topology: &Topology, weaving: Weaving) -> HashMap<String, BTreeSet<String>> {
    let mut before: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut wait = |who: String, whom: String| {
        before.entry(who).or_default().insert(whom);
    };
    let of = |node: usize, operation: &str| format!("{}.{operation}", topology.nodes[node].name);
    for node in 0..topology.nodes.len() {
        wait(of(node, "configure"), of(node, "create"));
        wait(of(node, "start"), of(node, "configure"));
        wait(of(node, "delete"), of(node, "stop"));
    }
    for edge in &topology.relationships {
        let (n, t) = (edge.source.0 as usize, edge.target.0 as usize);
        match weaving {
            Weaving::Normative => wait(of(n, "create"), of(t, "start")),
            Weaving::Layered => {
                for operation in OperationName::ALL.into_iter().filter(|name| name.is_up()) {
                    wait(of(n, operation.as_str()), of(t, operation.as_str()));
                }
            }
        }
        wait(of(t, "stop"), of(n, "stop"));
        wait(of(t, "delete"), of(n, "delete"));
        for operation in edge.operations.keys() {
            let r = format!("{}.{}", of(n, &edge.name), of(t, operation.as_str()));
            match operation.as_str() {
                "pre_configure_source" => (wait(r.clone(), of(n, "create")), wait(of(n, "configure"), r)),
                "pre_configure_target" => (wait(r.clone(), of(t, "create")), wait(of(t, "configure"), r)),
                "post_configure_source" => (wait(r.clone(), of(n, "configure")), wait(of(n, "start"), r)),
                "post_configure_target" => (wait(r.clone(), of(t, "configure")), wait(of(t, "start"), r)),
                "add_target" | "add_source" => (wait(r.clone(), of(n, "start")), wait(r, of(t, "start"))),
                _ => (wait(of(n, "stop"), r.clone()), wait(of(t, "stop"), r)),
            };
        }
    }
    let mut implemented: Vec<String> = Vec::new();
    for node in &topology.nodes {
        implemented.extend(
            node.operations
                .keys()
                .map(|operation| format!("{}.{operation}", node.name)),
        );
    }
    for edge in &topology.relationships {
        let ends = [edge.source, edge.target].map(|id| topology.node(id).name.as_str());
        let name = |operation: &RelationshipOperation| {
            format!("{}.{}.{}.{}", ends[0], edge.name, ends[1], operation.as_str())
        };
        implemented.extend(edge.operations.keys().map(name));
    }
    let all: BTreeSet<&String> = implemented.iter().collect();
    let closure = |step: &String| {
        let mut reached = BTreeSet::new();
        let mut open = vec![step.clone()];
        while let Some(next) = open.pop() {
            for whom in before.get(&next).into_iter().flatten() {
                if reached.insert(whom.clone()) {
                    open.push(whom.clone());
                }
            }
        }
        reached.into_iter().filter(|step| all.contains(step)).collect()
    };
    implemented
        .iter()
        .map(|step| (step.clone(), closure(step)))
        .collect()
}

/// Everything that each step waits for by the roles, directly or over others.
fn closures(roles: &[Role]) -> HashMap<String, BTreeSet<String>> {
    let mut direct: HashMap<&str, Vec<&str>> = HashMap::new();
    for role in roles {
        for step in &role.steps {
            let local = step
                .guards
                .iter()
                .map(|guard| role.steps[*guard as usize].name.as_str());
            let remote = step.cues.iter().map(|cue| role.cues[*cue as usize].step.as_str());
            direct.insert(&step.name, local.chain(remote).collect());
        }
    }
    let closure = |step: &str| {
        let mut reached = BTreeSet::new();
        let mut open = vec![step];
        while let Some(next) = open.pop() {
            for &whom in &direct[next] {
                if reached.insert(whom.to_owned()) {
                    open.push(whom);
                }
            }
        }
        reached
    };
    direct
        .keys()
        .map(|step| ((*step).to_owned(), closure(step)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The order that the roles demand is exactly the order that the table demands: no run that the roles allow breaks
    /// the table, and none that the table allows is forbidden.
    #[test]
    fn the_roles_wait_for_what_the_table_says(topology in topologies(), weaving in weavings()) {
        prop_assert_eq!(closures(&cut(&topology, weaving)), table(&topology, weaving));
    }

    /// So it is with joins, which small topologies have only where they are asked for.
    #[test]
    fn joins_wait_for_what_the_table_says(topology in topologies(), weaving in weavings()) {
        let roles = roles(&compose_with_joins(&topology, weaving));
        Certificate::prove(&roles).unwrap();
        let rules = table(&topology, weaving);
        let mut found = closures(&roles);
        found.retain(|step, _| rules.contains_key(step));
        for waits in found.values_mut() {
            waits.retain(|step| rules.contains_key(step));
        }
        prop_assert_eq!(found, rules);
    }

    /// Any run in which hosts play whatever is ready, in any order, ends with all steps played.
    #[test]
    fn every_run_of_the_roles_ends(topology in topologies(), weaving in weavings(), luck in any::<u64>()) {
        let roles = cut(&topology, weaving);
        let rules = table(&topology, weaving);
        let mut random = fastrand::Rng::with_seed(luck);
        let mut reached: BTreeMap<&str, &str> = BTreeMap::new();
        loop {
            let mut ready: Vec<&RoleStep> = Vec::new();
            for role in &roles {
                ready.extend(role.steps.iter().filter(|step| {
                    !reached.contains_key(step.name.as_str())
                        && step.guards.iter().all(|guard| reached.contains_key(role.steps[*guard as usize].name.as_str()))
                        && step.cues.iter().all(|cue| {
                            let cue = &role.cues[*cue as usize];
                            reached.get(cue.step.as_str()) == Some(&cue.digest.as_str())
                        })
                }));
            }
            if ready.is_empty() {
                break;
            }
            let step = ready[random.usize(..ready.len())];
            prop_assert!(rules[&step.name].iter().all(|before| reached.contains_key(before.as_str())));
            reached.insert(&step.name, &step.digest);
        }
        prop_assert_eq!(reached.len(), rules.len());
    }

    #[test]
    fn the_certificate_holds_and_counts(topology in topologies(), weaving in weavings()) {
        let roles = cut(&topology, weaving);
        let certificate = Certificate::prove(&roles).unwrap();
        prop_assert_eq!(certificate.steps + certificate.steps_down, roles.iter().map(|role| role.steps.len()).sum::<usize>());
        prop_assert_eq!(certificate.hosts, roles.len());
        let longest = closures(&roles).values().map(BTreeSet::len).max().unwrap_or(0) + 1;
        prop_assert!(certificate.longest.steps <= longest);
        prop_assert!(certificate.longest.hops < certificate.longest.steps.max(1));
    }

    #[test]
    fn a_role_comes_back_from_its_chunks(topology in topologies(), weaving in weavings()) {
        for role in cut(&topology, weaving) {
            prop_assert_eq!(&decode(&encode(&role)).unwrap(), &role);
            let chunks = split(&role);
            prop_assert_eq!(&joined(&chunks).unwrap(), &role);
        }
    }

    #[test]
    fn any_bytes_are_an_answer_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,100}") {
        prop_assert!(decode(&bytes).is_err());
        let _ = decode(text.as_bytes());
        prop_assert!(join([("0", bytes.as_slice())]).is_err());
        prop_assert!(join_blob("00", [("0", bytes.as_slice())]).is_err());
    }

    /// One byte changed anywhere: the join refuses it; the bare document is refused or is another sound role.
    #[test]
    fn a_flipped_byte_is_found(topology in topologies(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let Some(role) = cut(&topology, Weaving::Normative).into_iter().next() else { return Ok(()) };
        let mut document = encode(&role);
        let at_byte = at.index(document.len());
        document[at_byte] = to;
        if let Ok(role) = decode(&document) {
            verify::verify(&role).unwrap();
        }
        let mut chunks = split(&role);
        let length = chunks[0].len();
        let head = chunks[0].iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let spot = head + at.index(length - head);
        if chunks[0][spot] != to {
            chunks[0][spot] = to;
            prop_assert!(joined(&chunks).is_err());
        }
    }

    #[test]
    fn numbers_come_back_as_they_went_in(number in any::<f64>(), whole in any::<i64>()) {
        prop_assume!(number.is_finite());
        let mut role = sample();
        role.steps[0].inputs = BTreeMap::from([("f".into(), number.into()), ("i".into(), whole.into())]);
        prop_assert_eq!(decode(&encode(&role)).unwrap(), role);
    }
}

fn joined(chunks: &[Vec<u8>]) -> Result<Role, RoleError> {
    let keys: Vec<String> = (0..chunks.len())
        .map(|at| format!("{}{at}", keys::role("app", 3, "x")))
        .collect();
    // As a store lists them: by key, so 10 before 2.
    let mut pairs: Vec<_> = keys
        .iter()
        .map(String::as_str)
        .zip(chunks.iter().map(Vec::as_slice))
        .collect();
    pairs.sort_unstable();
    join(pairs)
}

/// Two nodes on two hosts; the role of `x` with a cue.
fn sample() -> Role {
    let topology = Builder::new()
        .node("a", "x", &["create", "start"])
        .node("b", "y", &["create"])
        .requires("a", "b")
        .topology;
    cut(&topology, Weaving::Normative).remove(0)
}

#[test]
fn a_large_role_goes_through_many_chunks() {
    let mut role = sample();
    let long: String = (0..12 * CHUNK)
        .map(|at| char::from(b'a' + u8::try_from(at % 26).unwrap()))
        .collect();
    role.steps[0].inputs = BTreeMap::from([("long".into(), long.into())]);
    let chunks = split(&role);
    assert_eq!(chunks.len(), 13);
    assert!(chunks.iter().all(|chunk| chunk.len() < (1 << 20)));
    assert_eq!(joined(&chunks).unwrap(), role);
    assert_eq!(
        joined(&chunks[..12]),
        Err(RoleError::Incomplete { have: 12, want: 13 })
    );
    assert_eq!(
        join([("1", chunks[1].as_slice())]),
        Err(RoleError::Incomplete { have: 1, want: 2 })
    );
    assert_eq!(join([("other", chunks[1].as_slice())]), Err(RoleError::Missing));
}

#[test]
fn what_is_wrong_with_a_document_is_said_in_plain_words() {
    let role = sample();
    let damage = |change: &dyn Fn(&mut Role)| {
        let mut role = role.clone();
        change(&mut role);
        decode(&encode(&role)).unwrap_err().to_string()
    };
    assert_eq!(
        damage(&|role| role.format = 7),
        format!("it has format 7, and this khor reads formats up to {FORMAT}: update khor on this host")
    );
    assert_eq!(
        damage(&|role| role.steps[0].guards = vec![0]),
        "it is damaged: the guards of its step `a.create` do not all point to steps before it"
    );
    assert_eq!(
        damage(&|role| role.steps[1].cues = vec![1]),
        "it is damaged: the cues of its step `a.start` do not all exist"
    );
    assert_eq!(
        damage(&|role| role.steps[0].digest = "../../etc".into()),
        "it is damaged: its step `a.create` has no proper digest"
    );
    assert_eq!(
        damage(&|role| role.steps[1].name = "a.create".into()),
        "it is damaged: its step `a.create` stands twice"
    );
    assert_eq!(
        damage(&|role| role.cues[0].host = "x".into()),
        "it is damaged: its cue `b.create` is a step of its own host"
    );
    assert_eq!(
        decode(b"{").unwrap_err().to_string(),
        "it is damaged: it is not JSON (line 1, column 1)"
    );
    let form = "it is damaged: it does not have the form of a role (line 1, column 12)";
    assert_eq!(decode(br#"{"format":1}"#).unwrap_err().to_string(), form);
    assert_eq!(
        decode(br#"{"format":99,"anything":"else"}"#),
        Err(RoleError::TooNew { found: 99 })
    );
    let deep = format!(r#"{{"format":1,"x":{}"#, "[".repeat(100_000));
    assert!(decode(deep.as_bytes()).is_err());
}

#[test]
fn a_digest_belongs_to_the_step_and_not_to_its_waits() {
    let build = |with_edge: bool| {
        let builder = Builder::new()
            .node("a", "x", &["create"])
            .node("b", "x", &["create"]);
        let builder = if with_edge {
            builder.requires("a", "b")
        } else {
            builder
        };
        let role = cut(&builder.topology, Weaving::Normative).remove(0);
        let digest = role_digest(&role);
        let mut steps = role.steps;
        steps.sort_by(|a, b| a.name.cmp(&b.name));
        (
            steps.into_iter().map(|step| step.digest).collect::<Vec<_>>(),
            digest,
        )
    };
    let (with, without) = (build(true), build(false));
    assert_eq!(with.0, without.0);
    assert_ne!(with.1, without.1);
    let mut numbered = sample();
    numbered.generation = 9;
    assert_eq!(role_digest(&numbered), role_digest(&sample()));
}

#[test]
fn a_join_is_a_new_step_when_what_it_joins_changes() {
    let build = |content: &str| {
        let mut builder = Builder::new().node("hub", "", &[]);
        for at in 0..40 {
            builder = builder.node(&format!("low{at}"), "x", &["create"]).node(
                &format!("high{at}"),
                "y",
                &["create"],
            );
        }
        for at in 0..40 {
            builder = builder
                .requires("hub", &format!("low{at}"))
                .requires(&format!("high{at}"), "hub");
        }
        let operation = builder.topology.nodes[1]
            .operations
            .get_mut(&OperationName::Create)
            .unwrap();
        operation.inputs.insert("content".into(), content.into());
        let roles = cut(&builder.topology, Weaving::Normative);
        Certificate::prove(&roles).unwrap();
        let join = roles[0].steps.iter().find(|step| step.node == "hub").unwrap();
        assert!(join.awaited && join.guards.len() == 40);
        assert_eq!(roles[1].cues.len(), 1);
        join.digest.clone()
    };
    assert_eq!(build("a"), build("a"));
    assert_ne!(build("a"), build("b"));
}

#[test]
fn the_certificate_finds_what_was_changed_behind_its_back() {
    let topology = Builder::new()
        .node("a", "x", &["create", "start"])
        .node("b", "y", &["create"])
        .node("c", "x", &["create"])
        .requires("a", "b")
        .requires("b", "c")
        .topology;
    let sound = cut(&topology, Weaving::Normative);
    let certificate = Certificate::prove(&sound).unwrap();
    assert_eq!(
        (certificate.steps, certificate.cues, certificate.guards),
        (4, 2, 1)
    );
    assert_eq!((certificate.longest.steps, certificate.longest.hops), (4, 2));
    assert_eq!(
        certificate.longest.path,
        ["c.create", "b.create", "a.create", "a.start"]
    );
    let flaws = |change: &dyn Fn(&mut Vec<Role>)| {
        let mut roles = sound.clone();
        change(&mut roles);
        let flaws = Certificate::prove(&roles).unwrap_err();
        flaws
            .into_iter()
            .map(|flaw| flaw.0)
            .collect::<Vec<_>>()
            .join("; ")
    };
    let step = |roles: &mut Vec<Role>, host: usize, name: &str| -> usize {
        roles[host]
            .steps
            .iter()
            .position(|step| step.name == name)
            .unwrap()
    };
    assert_eq!(
        flaws(&|roles| drop(roles.remove(1))),
        "`x` waits for `b.create` of `y`, which does not exist"
    );
    assert_eq!(
        flaws(&|roles| roles[1].steps[0].digest = "0".repeat(64)),
        "`x` waits for another version of `b.create`"
    );
    assert_eq!(
        flaws(&|roles| roles[1].steps[0].awaited = false),
        "`y` does not know that `x` waits for `b.create`"
    );
    assert_eq!(
        flaws(&|roles| roles[1].steps[0].name = "c.create".into()),
        "the state of `c.create` has two writers, `x` and `y`"
    );
    assert_eq!(
        flaws(&|roles| {
            let c = step(roles, 0, "c.create");
            roles[0].steps[c].cues = vec![0];
        }),
        "the guards are not acyclic: `c.create` waits for itself over others"
    );
    assert_eq!(
        flaws(&|roles| roles[1].application = "other".into()),
        "the role of `y` is of another application or weaving"
    );
}
