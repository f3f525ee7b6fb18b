//! Evidence with the real binary: what `khor trace`, `khor events` and `khor why` make of what the states say.

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

use khor::role::{StepStatus, Why, keys};
use serde_json::Value;
use support::khor::khor;
use support::world::{SCRIPTED, TWO_HOSTS, World};
use support::{DEADLINE, Etcd, wait_until};

/// What failed stays so until somebody asks.
const LATE: &str = "  policies:
    - late:
        type: khor.policies.Retry
        properties: { min_delay: 1 h, max_delay: 2 h }
        targets: [ db ]
";

fn world(store: Option<String>) -> World {
    World::new(&[SCRIPTED, TWO_HOSTS, LATE].concat(), store)
}

fn trace(world: &World, arguments: &[&str]) -> Value {
    let all = [&["trace", "app"], arguments, &["--format", "json"]].concat();
    serde_json::from_str(&world.khor(&all)).unwrap()
}

/// Host, step, cause, and what it came after, of each act.
fn acts(trace: &Value) -> Vec<[&str; 4]> {
    let acts = trace["acts"].as_array().unwrap().iter();
    let told = acts.map(|act| [&act["host"], &act["step"], &act["why"], &act["after"]["step"]]);
    told.map(|values| values.map(|value| value.as_str().unwrap_or("")))
        .collect()
}

/// `khor events app --follow`, line by line. Dropping it kills it.
struct Events {
    child: Child,
    lines: Receiver<String>,
}

impl Events {
    fn follow(world: &World, arguments: &[&str]) -> Self {
        let mut command = khor();
        command.args(["events", "app", "--follow", "--store", &world.store]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    /// The lines up to the first one that `is_it`.
    fn until(&self, what: &str, is_it: impl Fn(&str) -> bool) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(DEADLINE) {
                Ok(line) => seen.push(line),
                Err(error) => panic!("{error} before {what}, after {seen:#?}"),
            }
            if is_it(seen.last().unwrap()) {
                return seen;
            }
        }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A run, a heal, a retry and a change leave evidence that leads back to what caused them.
fn traced(store: Option<String>) {
    let world = world(store);
    world.compile();
    let events = Events::follow(&world, &["--format", "json"]);
    events.until("the generation", |line| line.contains("\"kind\":\"current\""));
    let [_one, _two] = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_reached();

    // The first run: each step after the last one that it waited for, with the revision that was acted on.
    let run = trace(&world, &["web"]);
    assert_eq!(
        acts(&run),
        [
            ["h1", "folder.create", "first", ""],
            ["h1", "db.create", "first", "folder.create"],
            ["h1", "db.start", "first", "db.create"],
            ["h2", "web.create", "first", "db.start"],
            ["h2", "web.start", "first", "web.create"],
        ]
    );
    let state = world.state("h2", "web.create").unwrap();
    let key = keys::below_states("h1", "db.start");
    let after = &run["acts"][3]["after"];
    assert_eq!(after["revision"].as_u64(), state.cues.get(&key).copied());
    assert_eq!(state.cause.unwrap().why, Why::First);
    let times: Vec<_> = run["acts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| act["at"].as_u64())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    let said = world.khor(&["trace", "app", "web"]);
    assert!(said.starts_with("app generation 1: 5 acts in "), "{said}");
    assert!(said.contains(" after db.start on h1: done in "), "{said}");

    // The same is told while it happens.
    let told = events.until("the last step", |line| {
        line.contains("\"step\":\"web.start\"") && line.contains("\"status\":\"reached\"")
    });
    let told: Vec<Value> = told
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let acted = told.iter().rfind(|news| news["step"] == "web.create").unwrap();
    assert_eq!(
        acted["cues"][&key].as_u64(),
        after["revision"].as_u64(),
        "{acted}"
    );
    assert!(
        told.iter().all(|news| news["revision"].as_u64().is_some()),
        "{told:?}"
    );

    // A heal is a chain of its own.
    std::fs::remove_dir(world.path("root/h1/data")).unwrap();
    let healed = events.until("the heal", |line| line.contains("\"heals\":1"));
    assert!(healed.last().unwrap().contains("\"why\":\"drift\""), "{healed:?}");
    assert_eq!(
        acts(&trace(&world, &["folder.create"])),
        [["h1", "folder.create", "drift", ""]]
    );
    let said = world.khor(&["trace", "app", "folder"]);
    assert!(
        said.contains("drift: brought back in ") || said.contains("drift, noticed "),
        "{said}"
    );

    // A change makes its own steps run again, and what depends on them.
    let changed = [SCRIPTED, TWO_HOSTS, LATE]
        .concat()
        .replace("what: start }", "what: start, port: 80 }");
    world.fail("db.start");
    world.write(&changed);
    world.compile();
    events.until("the change", |line| line.contains("\"generation\":2"));
    wait_until("the failure", || {
        world
            .state("h1", "db.start")
            .is_some_and(|state| state.status == StepStatus::Failing)
    });
    let state = world.state("h1", "db.start").unwrap();
    assert_eq!(state.cause.unwrap().why, Why::Change);
    let failed = trace(&world, &["db.start"]);
    assert_eq!(acts(&failed).last().unwrap()[2], "change");
    assert!(
        failed["acts"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("exit status 3"),
        "{failed}"
    );

    // And so does who asks for it.
    world.mend("db.start");
    world.khor(&["pause", "app"]);
    world.khor(&["retry", "app", "db"]);
    let asked = events.until("the retry", |line| line.contains("\"kind\":\"retry\""));
    assert!(
        asked.iter().any(|line| line.contains("\"kind\":\"pause\"")),
        "{asked:?}"
    );
    world.khor(&["resume", "app"]);
    world.wait_reached();
    assert_eq!(acts(&trace(&world, &["db.start"])).last().unwrap()[2], "retry");

    // `web` acted on what `db` was before: that is named, and leads no further.
    let said = world.khor(&["trace", "app", "web.create"]);
    assert!(
        said.contains("first time, after db.start on h1 as it was then"),
        "{said}"
    );
    assert_eq!(acts(&trace(&world, &["web.create"])).len(), 1, "{said}");

    // Whoever follows is told the end, and ends.
    let (code, said) = world.run(&["teardown", "app", "--wait", "30"]);
    assert_eq!(code, Some(0), "{said}");
    events.until("the end", |line| line.contains("\"kind\":\"gone\""));
    let mut events = events;
    assert!(events.child.wait().unwrap().success());
}

#[test]
fn what_led_to_what_is_told_on_the_embedded_store() {
    traced(None);
}

#[test]
fn what_led_to_what_is_told_on_etcd() {
    let etcd = Etcd::one();
    traced(Some(etcd.url()));
}

#[test]
fn why_names_what_is_missing_with_its_host_its_age_and_what_that_host_says() {
    let world = world(None);
    world.fail("db.start");
    world.compile();
    let why = world.khor(&["why", "app", "web.create"]);
    assert!(
        why.contains("\n└─ db.start on h1: waiting, not told of yet; no agent runs there\n"),
        "{why}"
    );
    let _two = world.agent("h2");
    let one = world.agent("h1");
    world.wait_status("start failing");
    let why = world.khor(&["why", "app", "web"]);
    assert!(why.contains("\n└─ db.start on h1: failing for "), "{why}");
    assert!(why.contains("exit status 3"), "{why}");
    assert!(why.contains("; its agent is up for "), "{why}");
    assert!(why.contains("│ it is in the way\n"), "{why}");

    // What the host of a cue said last stands, with its age, when its agent is gone.
    one.stop();
    wait_until("its agent is gone", || world.stored(&keys::agent("h1")).is_none());
    let why: Value = serde_json::from_str(&world.khor(&["why", "app", "web", "--format", "json"])).unwrap();
    let cue = &why["waits_for"][0];
    assert_eq!(
        (&cue["host"], &cue["agent"]),
        (&"h1".into(), &false.into()),
        "{why}"
    );
    assert!(cue["age_ms"].as_u64().is_some(), "{why}");
    assert!(
        cue["state"]["reason"].as_str().unwrap().contains("exit status 3"),
        "{why}"
    );
}

#[test]
fn events_are_told_for_people_too_and_end_where_nobody_follows() {
    let world = world(None);
    world.compile();
    let agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_reached();
    world.khor(&["pause", "app"]);
    let told = world.khor(&["events", "app"]);
    let has = |words: &str| assert!(told.contains(words), "no `{words}` in\n{told}");
    has("generation 1 is asked for\n");
    has("  h2  web.create  reached (first time, in ");
    has("  paused by ");
    drop(agents);
    for (verb, step) in [("events", None), ("trace", None), ("trace", Some("wbe"))] {
        let app = if step.is_some() { "app" } else { "ap" };
        let (code, said) = world.run(&[&[verb, app], step.as_slice()].concat());
        assert_eq!(code, Some(2), "{said}");
        assert!(
            said.contains(if step.is_some() {
                "no step `wbe`"
            } else {
                "no application `ap`"
            }),
            "{said}"
        );
    }
}

#[test]
fn who_follows_events_goes_on_after_an_outage_of_the_store() {
    let mut etcd = Etcd::one();
    let world = world(Some(etcd.url()));
    world.compile();
    let _agents = ["h1", "h2"].map(|host| world.agent(host));
    world.wait_reached();
    let events = Events::follow(&world, &["--format", "json"]);
    events.until("the last step", |line| line.contains("\"step\":\"web.start\""));
    etcd.members[0].restart();
    std::fs::remove_dir(world.path("root/h1/data")).unwrap();
    let seen = events.until("the heal", |line| line.contains("\"heals\":1"));
    let again = seen.iter().filter(|line| line.contains("\"step\":\"web.start\""));
    assert_eq!(again.count(), 0, "what was told before is no news: {seen:#?}");
}
