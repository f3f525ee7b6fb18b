use super::testing::Builder;
use super::*;
use crate::diagnostic::{Diagnostic, Sink};
use crate::topology::{Expression, Topology, Weaving};

fn score(topology: &Topology) -> Score {
    let mut sink = Sink::new();
    let score = compose("app", topology, Weaving::Normative, &mut sink);
    assert_eq!(sink.diagnostics(), []);
    score.expect("no fault, so a score")
}

fn faults(topology: &Topology) -> Vec<Diagnostic> {
    let mut sink = Sink::new();
    assert!(compose("app", topology, Weaving::Normative, &mut sink).is_none());
    sink.into_sorted()
}

fn step<'s>(score: &'s Score, name: &str) -> &'s Step {
    score.steps.iter().find(|step| step.name == name).unwrap()
}

/// The steps that a step waits for.
fn guards(score: &Score, name: &str) -> Vec<String> {
    let guards = step(score, name).guards.iter();
    let mut names: Vec<_> = guards.map(|id| score.step(*id).name.clone()).collect();
    names.sort();
    names
}

/// From where a step's input `x` is read: `STEP OUTPUT`.
fn sources(score: &Score, name: &str) -> Vec<String> {
    let mut input = &step(score, name).reads.inputs["x"];
    if let Expression::Optional(inner) = input {
        input = inner;
    }
    let Expression::Given(supply) = input else {
        panic!("{input:?}")
    };
    let all = supply.from.iter();
    all.map(|given| {
        format!(
            "{} {}",
            score.step(given.step).name,
            given.output.as_deref().unwrap_or("*")
        )
    })
    .collect()
}

#[test]
fn who_reads_waits_for_all_that_may_give_and_the_last_counts() {
    let topology = Builder::new()
        .node("web", "h1", &["create"])
        .node("db", "h2", &["create", "configure", "start", "stop"])
        .scripts("db")
        .reads("web.create", "x", "db", "url")
        .topology;
    let score = score(&topology);
    assert_eq!(
        guards(&score, "web.create"),
        ["db.configure", "db.create", "db.start"]
    );
    assert_eq!(
        sources(&score, "web.create"),
        ["db.start url", "db.configure url", "db.create url"]
    );
}

#[test]
fn a_mapping_says_who_gives_an_attribute_and_who_does_not() {
    let topology = Builder::new()
        .node("web", "h1", &["create", "configure"])
        .node("db", "h2", &["create", "start"])
        .node("probe", "h2", &["create"])
        .scripts("db")
        .scripts("probe")
        .gives("probe.create", "address", "db", "ip")
        .gives("db.create", "url", "probe", "other")
        .reads("web.create", "x", "db", "ip")
        .reads("web.configure", "x", "db", "url")
        .topology;
    let score = score(&topology);
    assert_eq!(sources(&score, "web.create"), ["probe.create address"]);
    assert_eq!(sources(&score, "web.configure"), ["db.start url"]);
}

#[test]
fn an_operation_reads_what_was_given_before_it() {
    let topology = Builder::new()
        .node("db", "h1", &["create", "configure", "start", "stop"])
        .scripts("db")
        .reads("db.configure", "x", "db", "url")
        .reads("db.stop", "x", "db", "url")
        .topology;
    let score = score(&topology);
    assert_eq!(sources(&score, "db.configure"), ["db.create url"]);
    assert_eq!(guards(&score, "db.configure"), ["db.create"]);
    // What goes away reads all there is, and is held up by nothing.
    assert_eq!(
        sources(&score, "db.stop"),
        ["db.start url", "db.configure url", "db.create url"]
    );
    assert_eq!(guards(&score, "db.stop"), Vec::<String>::new());
}

#[test]
fn what_is_given_only_afterwards_is_told_with_its_circle() {
    let topology = Builder::new()
        .node("web", "h1", &["create", "start"])
        .node("db", "h2", &["create"])
        .scripts("db")
        .requires("db", "web")
        .reads("web.create", "x", "db", "url")
        .topology;
    let [fault] = faults(&topology).try_into().unwrap();
    assert_eq!(
        fault.message,
        "what is read is given only after it: `web.create` -> `db.create` -> `web.start` -> `web.configure` -> `web.create`"
    );
    assert_eq!(fault.label, "`web.create` reads the attribute `url` of `db`");
    // With something else in its place it does without.
    let mut builder = Builder::new();
    builder.topology = topology;
    let reads = &mut builder.operation_of("web.create").data.reads;
    let Some(Expression::Given(wanted)) = reads.inputs.get_mut("x") else {
        panic!("it reads");
    };
    wanted.has_other = true;
    assert_eq!(
        sources(&score(&builder.topology), "web.create"),
        Vec::<String>::new()
    );
}

#[test]
fn two_that_read_of_each_other_are_told_once() {
    let topology = Builder::new()
        .node("a", "h1", &["create", "configure"])
        .node("b", "h2", &["create", "configure"])
        .scripts("a")
        .scripts("b")
        .reads("a.configure", "x", "b", "y")
        .reads("b.configure", "x", "a", "y")
        .topology;
    let [fault] = faults(&topology).try_into().unwrap();
    assert_eq!(
        fault.message,
        "what is read is given only after it: `a.configure` -> `b.configure` -> `a.configure`"
    );
    assert_eq!(fault.related.len(), 1);
    // Once it is said which operation gives them, they do not wait for each other.
    let mut builder = Builder::new();
    builder.topology = topology;
    let builder = builder
        .gives("a.create", "y", "a", "y")
        .gives("b.create", "y", "b", "y");
    let score = score(&builder.topology);
    assert_eq!(guards(&score, "a.configure"), ["a.create", "b.create"]);
}

#[test]
fn what_nobody_gives_is_told() {
    let topology = Builder::new()
        .node("web", "h1", &["create"])
        .node("db", "h2", &["create"])
        .reads("web.create", "x", "db", "url")
        .topology;
    let [fault] = faults(&topology).try_into().unwrap();
    assert_eq!(fault.message, "nothing gives the attribute `url` of `db`");
}
