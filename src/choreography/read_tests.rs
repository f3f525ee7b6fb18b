//! Hosts that do what they are told at once: steps read what others give, by chance.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{file, role};
use super::{
    Command, Config, Cue, Done, Event, Level, ObservationId, Outputs, State, Told, WriteResult, step,
};
use crate::role::{Goal, Role, RoleStep, Source, StepState, StepStatus, sha256_hex};
use crate::topology::{Action, Expression, Given, ShellAction, Supply};

/// A host and its agent.
struct Actor {
    role: Role,
    goal: Goal,
    state: State,
    /// What was done, with which digest.
    stamps: BTreeMap<String, String>,
    kept: BTreeMap<String, Outputs>,
    observed: BTreeMap<ObservationId, Arc<RoleStep>>,
    told: BTreeMap<String, StepState>,
    wake: Option<u64>,
}

/// Some hosts and the store between them.
struct Stage {
    now: u64,
    actors: Vec<Actor>,
    events: VecDeque<(usize, Event)>,
    /// What each step gives beside what it was given.
    gives: BTreeMap<String, Value>,
    /// What ran, with the inputs it had.
    ran: Vec<(String, BTreeMap<String, Value>)>,
}

fn host(at: usize) -> String {
    format!("h{at}")
}

fn script(name: &str) -> RoleStep {
    RoleStep {
        check: None,
        apply: Some(Action::Shell(ShellAction::default())),
        digest: sha256_hex(name.as_bytes()),
        ..file(name, &[])
    }
}

/// A read of an output of these steps, the first that has it.
fn read(output: &str, from: &[(&str, Option<&str>)]) -> Expression<Supply<Source>> {
    let from = from.iter().map(|&(step, host)| Given {
        step: Source {
            step: step.to_owned(),
            host: host.map(str::to_owned),
        },
        output: Some(output.to_owned()),
    });
    Expression::Given(Supply {
        what: format!("output `{output}`"),
        from: from.collect(),
    })
}

impl Stage {
    fn new(roles: Vec<Role>) -> Self {
        let actors = roles.into_iter().map(|role| Actor {
            role,
            goal: Goal::Present,
            state: State::new(Config::default()),
            stamps: BTreeMap::new(),
            kept: BTreeMap::new(),
            observed: BTreeMap::new(),
            told: BTreeMap::new(),
            wake: None,
        });
        let mut stage = Self {
            now: 1_000,
            actors: actors.collect(),
            events: VecDeque::new(),
            gives: BTreeMap::new(),
            ran: Vec::new(),
        };
        for at in 0..stage.actors.len() {
            stage.start(at);
        }
        stage
    }

    /// Starts the agent (again): it knows what it kept, and what the store has.
    fn start(&mut self, at: usize) {
        let actor = &mut self.actors[at];
        actor.state = State::new(Config {
            seed: 7,
            ..Config::default()
        });
        actor.observed.clear();
        actor.wake = None;
        self.events.retain(|(of, _)| *of != at);
        let told = self.actors[at]
            .told
            .clone()
            .into_iter()
            .map(|(step, state)| Told {
                step,
                state,
                outdated: None,
            });
        let told = told.collect();
        self.events.push_back((at, Event::Told(told)));
        self.cast(at);
    }

    fn cast(&mut self, at: usize) {
        let (role, goal) = (Box::new(self.actors[at].role.clone()), self.actors[at].goal);
        let kept = self.actors[at].kept.clone();
        self.events.push_back((at, Event::Role(role, goal, 0)));
        self.events.push_back((at, Event::Kept(kept)));
        for other in (0..self.actors.len()).filter(|other| *other != at) {
            let all = self.actors[other].told.iter();
            let all = all.map(|(name, state)| (name.clone(), cue(state))).collect();
            self.events.push_back((at, Event::CuesReset(host(other), all)));
        }
    }

    /// Plays until nothing happens any more.
    fn play(&mut self) {
        for _ in 0..100_000 {
            if let Some((at, event)) = self.events.pop_front() {
                self.tell(at, event);
                continue;
            }
            let wakes = self.actors.iter().enumerate();
            let next = wakes.filter_map(|(at, actor)| Some((actor.wake?, at))).min();
            let Some((wake, at)) = next else { return };
            self.now = self.now.max(wake);
            self.actors[at].wake = None;
            self.tell(at, Event::Timer);
        }
        panic!("it never comes to rest");
    }

    fn tell(&mut self, at: usize, event: Event) {
        let state = std::mem::replace(&mut self.actors[at].state, State::new(Config::default()));
        let (state, commands) = step(state, self.now, event);
        state.audit();
        self.actors[at].state = state;
        for command in commands {
            self.carry_out(at, command);
        }
    }

    fn carry_out(&mut self, at: usize, command: Command) {
        let actor = &mut self.actors[at];
        match command {
            Command::Observe(id, step) => {
                actor.observed.insert(id, Arc::clone(&step));
                let level = self.level(at, &step);
                self.events.push_back((at, Event::Level(id, level)));
            }
            Command::Forget(id) => drop(actor.observed.remove(&id)),
            Command::Look(..) | Command::Cancel(_) => {}
            Command::Apply { run, step, .. } => {
                let inputs = step.inputs.clone();
                let text = format!("{} {:?} {inputs:?}", step.name, self.gives.get(&step.name));
                let sum = &sha256_hex(text.as_bytes())[..8];
                let own = self.gives.get(&step.name).cloned().unwrap_or(json!("none"));
                let given = Outputs::from([("sum".to_owned(), json!(sum)), ("own".to_owned(), own)]);
                self.ran.push((step.name.clone(), inputs));
                let actor = &mut self.actors[at];
                actor.stamps.insert(step.name.clone(), step.digest.clone());
                actor.kept.insert(step.name.clone(), given.clone());
                let done = Done {
                    ok: true,
                    outputs: given,
                    ..Done::default()
                };
                self.events
                    .push_back((at, Event::Finished(run, Some(done), Level::Reached)));
            }
            Command::Write { write, put, delete } => {
                let mut changes = Vec::new();
                for (name, state) in put {
                    changes.push((host(at), name.clone(), Some(cue(&state))));
                    actor.told.insert(name, state);
                }
                for name in delete {
                    actor.told.remove(&name);
                    changes.push((host(at), name, None));
                }
                self.events
                    .push_back((at, Event::Written(write, WriteResult::Confirmed)));
                for other in (0..self.actors.len()).filter(|other| *other != at) {
                    self.events.push_back((other, Event::Cues(changes.clone())));
                }
            }
            Command::Wake(time) => actor.wake = Some(time),
            Command::FencedOut => unreachable!("nobody else has the host"),
        }
    }

    fn level(&self, at: usize, step: &RoleStep) -> Level {
        match self.actors[at].stamps.get(&step.name) {
            Some(digest) if *digest == step.digest => Level::Reached,
            _ => Level::NotReached("not done".into()),
        }
    }

    /// Somebody undid a step.
    fn undo(&mut self, at: usize, name: &str) {
        self.actors[at].stamps.remove(name);
        let observed = self.actors[at].observed.iter();
        let ids: Vec<_> = observed
            .filter(|(_, step)| step.name == name)
            .map(|(id, _)| *id)
            .collect();
        let level = || Level::NotReached("gone".into());
        self.events
            .extend(ids.into_iter().map(|id| (at, Event::Level(id, level()))));
    }

    /// The steps that ran since the last time, in their order.
    fn ran(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ran)
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    }

    fn status(&self, at: usize, name: &str) -> StepState {
        let mut all = self.actors[at].state.standings();
        all.find(|(step, _)| step.name == name)
            .expect("it has a status")
            .1
    }
}

fn cue(state: &StepState) -> Cue {
    Cue {
        revision: 7,
        digest: state.digest.clone(),
        status: state.status,
        outputs: state.outputs.clone(),
    }
}

fn stage(roles: Vec<(Vec<RoleStep>, Vec<crate::role::Cue>)>) -> Stage {
    let roles = roles.into_iter().enumerate().map(|(at, (steps, cues))| Role {
        host: host(at),
        ..role(steps, cues)
    });
    Stage::new(roles.collect())
}

fn cue_on(step: &str, at: usize) -> crate::role::Cue {
    crate::role::Cue {
        host: host(at),
        step: step.to_owned(),
        digest: sha256_hex(step.as_bytes()),
        only_present: false,
    }
}

/// `db` of h0, and `web` of h1, whose input reads what `db` gives.
fn two_hosts() -> Stage {
    let mut db = script("db");
    db.awaited = true;
    let mut web = script("web");
    web.reads
        .inputs
        .insert("url".into(), read("own", &[("db", Some("h0"))]));
    web.cues = vec![0];
    let mut after = script("after");
    after.guards = vec![0];
    let mut stage = stage(vec![
        (vec![db], vec![]),
        (vec![web, after, script("other")], vec![cue_on("db", 0)]),
    ]);
    stage.gives.insert("db".into(), json!("http://db"));
    stage
}

#[test]
fn what_another_host_gave_is_an_input() {
    let mut stage = two_hosts();
    stage.play();
    let web = stage.ran.iter().find(|(name, _)| name == "web").unwrap();
    assert_eq!(json!(web.1), json!({"url": "http://db"}));
    assert_eq!(
        stage.status(1, "web").digest,
        sha256_hex(b"web"),
        "who waits for it need not know"
    );
}

#[test]
fn when_it_changes_who_reads_it_runs_again_and_nobody_else() {
    let mut stage = two_hosts();
    stage.play();
    stage.ran();
    stage.undo(0, "db");
    stage.play();
    assert_eq!(stage.ran(), ["db"], "it gave what it gave before");
    stage.gives.insert("db".into(), json!("http://other"));
    stage.undo(0, "db");
    stage.play();
    assert_eq!(stage.ran(), ["db", "web"]);
    assert_eq!(stage.status(1, "web").heals, 0, "it was not broken");
}

#[test]
fn after_a_restart_nothing_is_done_again() {
    let mut stage = two_hosts();
    stage.play();
    stage.ran();
    for at in [1, 0] {
        stage.start(at);
        stage.play();
    }
    assert_eq!(stage.ran(), Vec::<String>::new());
    assert_eq!(stage.status(1, "web").status, StepStatus::Reached);
    // The change comes while the agent is away.
    stage.gives.insert("db".into(), json!("http://other"));
    stage.undo(0, "db");
    stage.start(0);
    stage.play();
    assert_eq!(stage.ran(), ["db", "web"]);
}

#[test]
fn what_was_never_given_needs_a_person() {
    let mut stage = two_hosts();
    stage.actors[1].role.steps[0]
        .reads
        .inputs
        .insert("more".into(), read("no", &[("db", Some("h0"))]));
    stage.start(1);
    stage.play();
    assert_eq!(stage.ran(), ["db", "other"]);
    let web = stage.status(1, "web");
    assert_eq!(
        (web.status, web.reason.as_str()),
        (StepStatus::Blocked, "output `no` has no value")
    );
    assert_eq!(stage.status(1, "after").reason, "waits for web");
}

#[test]
fn who_goes_away_reads_what_was_given_when_it_came() {
    let mut stage = two_hosts();
    for (at, source) in [(0, None), (1, Some("h0"))] {
        let mut stop = script("stop");
        stop.name = format!("stop{at}");
        stop.up = false;
        let url = Expression::Optional(Box::new(read("own", &[("db", source)])));
        stop.reads.inputs.insert("url".into(), url);
        let no = Expression::Optional(Box::new(read("no", &[("db", source)])));
        stop.reads.inputs.insert("no".into(), no);
        stage.actors[at].role.steps.push(stop);
        stage.start(at);
    }
    stage.play();
    stage.ran();
    for at in [0, 1] {
        stage.actors[at].goal = Goal::Absent;
        stage.cast(at);
    }
    stage.actors[0].stamps.remove("db");
    // Agents are started again in the middle of it: one has all it kept, the other has what the first still tells.
    stage.start(0);
    stage.play();
    stage.ran.clear();
    let told = &stage.actors[0].told["db"];
    assert_eq!((told.status, told.outputs.len()), (StepStatus::Waiting, 2));
    for at in [0, 1] {
        let name = format!("stop{at}");
        stage.actors[at].stamps.remove(&name);
        stage.start(at);
    }
    stage.play();
    let all: Vec<_> = stage
        .ran
        .iter()
        .map(|(name, inputs)| (name.as_str(), json!(inputs)))
        .collect();
    let with = json!({"url": "http://db"});
    assert!(
        all.contains(&("stop0", with.clone())) && all.contains(&("stop1", with)),
        "{all:?}"
    );
    assert_eq!(all.len(), 2);
}

/// A step of a world by chance: its host, and the earlier steps that it reads, each with whether it passes on what it
/// reads.
type Plan = Vec<(usize, Vec<(usize, bool)>)>;

fn plans(hosts: usize) -> impl Strategy<Value = Plan> {
    let step = (
        0..hosts,
        prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..3),
    );
    prop::collection::vec(step, 2..12).prop_map(|steps| {
        let steps = steps.into_iter().enumerate();
        let of = |(at, (host, reads)): (usize, (usize, Vec<(prop::sample::Index, bool)>))| {
            let reads = reads.into_iter().filter(|_| at > 0);
            let mut reads: Vec<_> = reads.map(|(index, sum)| (index.index(at.max(1)), sum)).collect();
            reads.sort_unstable();
            reads.dedup_by_key(|(index, _)| *index);
            (host, reads)
        };
        steps.map(of).collect()
    })
}

/// The roles of a plan; a step waits for what it reads.
fn cast(plan: &Plan, hosts: usize) -> Stage {
    let mut roles: Vec<(Vec<RoleStep>, Vec<crate::role::Cue>)> = vec![(vec![], vec![]); hosts];
    let mut places = Vec::new();
    for (at, (on, reads)) in plan.iter().enumerate() {
        let mut step = script(&format!("s{at}"));
        step.awaited = true;
        for (from, sum) in reads {
            let (there, place): (usize, u32) = places[*from];
            let name = format!("s{from}");
            let output = if *sum { "sum" } else { "own" };
            let away = host(there);
            let source = (name.as_str(), (there != *on).then_some(away.as_str()));
            step.reads
                .inputs
                .insert(format!("i{from}"), read(output, &[source]));
            if there == *on {
                step.guards.push(place);
            } else {
                let cues = &mut roles[*on].1;
                let known = cues.iter().position(|cue| cue.step == name);
                let cue = known.unwrap_or_else(|| {
                    cues.push(cue_on(&name, there));
                    cues.len() - 1
                });
                step.cues.push(u32::try_from(cue).unwrap());
            }
        }
        step.guards.sort_unstable();
        step.cues.sort_unstable();
        places.push((*on, u32::try_from(roles[*on].0.len()).unwrap()));
        roles[*on].0.push(step);
    }
    let mut stage = stage(roles);
    for at in 0..plan.len() {
        stage.gives.insert(format!("s{at}"), json!(at));
    }
    stage
}

/// The steps that are to run when step `changed` gives something else: it, and who reads a value that changed.
fn touched(plan: &Plan, changed: usize) -> BTreeSet<String> {
    // `own` of a step is what it gives by itself, `sum` depends on its inputs too.
    let mut sums = BTreeSet::from([changed]);
    for (at, (_, reads)) in plan.iter().enumerate() {
        let reads_change = |&(from, sum): &(usize, bool)| from == changed || sum && sums.contains(&from);
        if reads.iter().any(reads_change) {
            sums.insert(at);
        }
    }
    sums.into_iter().map(|at| format!("s{at}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn on_one_host_exactly_those_run_again_that_read_what_changed(
        plan in plans(1),
        which in any::<prop::sample::Index>(),
    ) {
        let mut stage = cast(&plan, 1);
        stage.play();
        prop_assert_eq!(stage.ran().len(), plan.len(), "each once");
        let changed = which.index(plan.len());
        stage.gives.insert(format!("s{changed}"), json!("new"));
        stage.undo(0, &format!("s{changed}"));
        stage.play();
        let ran = stage.ran();
        let expected: Vec<_> = touched(&plan, changed).into_iter().collect();
        let mut sorted = ran.clone();
        sorted.sort();
        prop_assert_eq!(sorted, expected, "{:?}", ran);
    }

    #[test]
    fn on_several_hosts_nobody_else_runs_and_all_end_with_what_was_given_last(
        plan in plans(3),
        which in any::<prop::sample::Index>(),
    ) {
        let mut stage = cast(&plan, 3);
        stage.play();
        prop_assert_eq!(stage.ran().len(), plan.len(), "each once");
        let changed = which.index(plan.len());
        stage.gives.insert(format!("s{changed}"), json!("new"));
        stage.undo(plan[changed].0, &format!("s{changed}"));
        stage.play();
        let last: BTreeMap<_, _> = std::mem::take(&mut stage.ran).into_iter().collect();
        let ran: BTreeSet<_> = last.keys().cloned().collect();
        prop_assert_eq!(ran, touched(&plan, changed));
        for (name, inputs) in &last {
            let at: usize = name[1..].parse().unwrap();
            for (from, sum) in &plan[at].1 {
                let output = if *sum { "sum" } else { "own" };
                let given = &stage.actors[plan[*from].0].kept[&format!("s{from}")][output];
                prop_assert_eq!(&inputs[&format!("i{from}")], given, "{} reads s{}", name, from);
            }
        }
        // Whoever is started again finds it as it is.
        for at in 0..3 {
            stage.start(at);
            stage.play();
        }
        prop_assert_eq!(stage.ran(), Vec::<String>::new());
    }
}

#[test]
fn who_is_told_of_a_change_is_told_that_its_readers_are_not_done_with_it() {
    let mut db = script("db");
    db.awaited = true;
    let mut web = script("web");
    web.reads
        .inputs
        .insert("url".into(), read("own", &[("db", None)]));
    web.guards = vec![0];
    // Nothing is told in a hurry only because all is reached.
    let never = RoleStep {
        apply: None,
        ..file("never", &[])
    };
    let mut stage = stage(vec![(vec![db, web, never], vec![])]);
    stage.gives.insert("db".into(), json!(1));
    stage.play();
    assert_eq!(stage.actors[0].told["web"].status, StepStatus::Reached);
    stage.gives.insert("db".into(), json!(2));
    stage.undo(0, "db");
    while stage.actors[0].told["db"].outputs["own"] != json!(2) {
        if let Some((at, event)) = stage.events.pop_front() {
            stage.tell(at, event);
        } else {
            stage.now = stage.actors[0].wake.take().expect("something is still told");
            stage.tell(0, Event::Timer);
        }
    }
    let web = &stage.actors[0].told["web"];
    assert_eq!(web.status, StepStatus::Waiting);
    assert_eq!(web.reason, "what it reads has changed");
    stage.play();
    assert_eq!(stage.actors[0].told["web"].status, StepStatus::Reached);
}
