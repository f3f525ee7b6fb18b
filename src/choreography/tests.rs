//! The rules one by one, as small plays.

use std::collections::BTreeMap;

use super::step;
use super::{
    Command, Config, Cue, Delays, Done, Event, Level, ObservationId, Pause, RunId, State, Told, Wish,
    WriteId, WriteResult,
};
use crate::role::{FORMAT, Goal, Role, RoleStep, StepState, StepStatus, Why};
use crate::topology::{Action, FileAction, ShellAction, StartLimit, Weaving};

/// A step that a file brings about.
pub(super) fn file(name: &str, guards: &[u32]) -> RoleStep {
    RoleStep {
        name: name.into(),
        check: Some(Action::File(FileAction::default())),
        apply: Some(Action::File(FileAction::default())),
        guards: guards.to_vec(),
        ..RoleStep::new(name, "create", &format!("digest of {name}"))
    }
}

pub(super) fn role(steps: Vec<RoleStep>, cues: Vec<crate::role::Cue>) -> Role {
    Role {
        format: FORMAT,
        application: "app".into(),
        generation: 1,
        host: "here".into(),
        weaving: Weaving::Layered,
        steps,
        cues,
    }
}

fn shell(name: &str) -> RoleStep {
    RoleStep {
        apply: Some(Action::Shell(ShellAction::default())),
        ..file(name, &[])
    }
}

fn cue(step: &str) -> crate::role::Cue {
    crate::role::Cue {
        host: "there".into(),
        step: step.into(),
        digest: "d".into(),
        only_present: false,
    }
}

/// States as they lie in the store, with nothing asked since.
pub(super) fn told(states: impl IntoIterator<Item = (String, StepState)>) -> Event {
    let states = states.into_iter();
    let told = states.map(|(step, state)| Told {
        step,
        state,
        outdated: None,
    });
    Event::Told(told.collect())
}

/// A write with the states and the removals it asked for.
type Writing = (WriteId, Vec<(String, StepState)>, Vec<String>);

/// A play with what it asked for and did not get yet.
struct Rehearsal {
    state: Option<State>,
    now: u64,
    observed: BTreeMap<String, ObservationId>,
    runs: BTreeMap<String, RunId>,
    looks: usize,
    cancelled: Vec<RunId>,
    started: Vec<(String, u32, bool)>,
    writes: Vec<Writing>,
    wake: Option<u64>,
    fenced_out: bool,
}

impl Rehearsal {
    fn new(role: Role) -> Self {
        let mut rehearsal = Self {
            state: Some(State::new(Config::default())),
            now: 1_000,
            observed: BTreeMap::new(),
            runs: BTreeMap::new(),
            looks: 0,
            cancelled: Vec::new(),
            started: Vec::new(),
            writes: Vec::new(),
            wake: None,
            fenced_out: false,
        };
        rehearsal.tell(Event::Told(Vec::new()));
        rehearsal.play(role);
        rehearsal
    }

    fn play(&mut self, role: Role) {
        self.tell(Event::Role(Box::new(role), Goal::Present, 0));
    }

    fn state(&self) -> &State {
        self.state.as_ref().unwrap()
    }

    fn tell(&mut self, event: Event) {
        let (state, commands) = step(self.state.take().unwrap(), self.now, event);
        self.state = Some(state);
        for command in commands {
            match command {
                Command::Observe(id, step) => {
                    self.observed.insert(step.name.clone(), id);
                }
                Command::Forget(id) => self.observed.retain(|_, other| *other != id),
                Command::Look(..) => self.looks += 1,
                Command::Apply {
                    run,
                    step,
                    attempt,
                    look_first,
                    ..
                } => {
                    let twice = self.runs.insert(step.name.clone(), run);
                    assert!(twice.is_none(), "{} runs twice at once", step.name);
                    self.started.push((step.name.clone(), attempt, look_first));
                }
                Command::Cancel(run) => self.cancelled.push(run),
                Command::Write { write, put, delete } => self.writes.push((write, put, delete)),
                Command::Wake(at) => self.wake = Some(at),
                Command::FencedOut => self.fenced_out = true,
            }
        }
    }

    fn level(&mut self, step: &str, level: Level) {
        let id = self.observed[step];
        self.tell(Event::Level(id, level));
    }

    fn absent(&mut self, steps: &[&str]) {
        for step in steps {
            self.level(step, Level::NotReached("no such file".into()));
        }
    }

    fn finish(&mut self, step: &str, ok: bool, level: Level) {
        let run = self.runs.remove(step).expect("it runs");
        let message = if ok { String::new() } else { "exit status 1".into() };
        let done = Done {
            ok,
            message,
            tail: "last words".into(),
            ..Done::default()
        };
        self.tell(Event::Finished(run, Some(done), level));
    }

    fn succeed(&mut self, step: &str) {
        self.finish(step, true, Level::Reached);
    }

    /// Lets time pass up to the moment the play asked for.
    fn wait(&mut self) {
        self.now = self.wake.take().expect("it waits for something").max(self.now);
        self.tell(Event::Timer);
    }

    /// Confirms writes until there are none; gives what was told last of each step.
    fn confirm_all(&mut self) -> BTreeMap<String, StepState> {
        let mut told = BTreeMap::new();
        self.now += Delays::CALM;
        self.tell(Event::Timer);
        while let Some((write, put, _)) = self.writes.pop() {
            told.extend(put);
            self.tell(Event::Written(write, WriteResult::Confirmed));
        }
        told
    }

    fn status(&self, name: &str) -> StepState {
        let found = self.state().standings().find(|(step, _)| step.name == name);
        found.expect("it was looked at").1
    }
}

#[test]
fn steps_run_in_the_order_of_their_guards() {
    let mut play = Rehearsal::new(role(vec![file("a", &[]), file("b", &[0])], vec![]));
    play.absent(&["b", "a"]);
    assert_eq!(play.started, [("a".into(), 1, false)]);
    assert_eq!(play.status("b").reason, "waits for a");
    play.succeed("a");
    assert_eq!(play.started.len(), 2);
    play.succeed("b");
    assert_eq!(play.state().counts().reached, 2);
    let told = play.confirm_all();
    assert!(told.values().all(|state| state.status == StepStatus::Reached));
    assert!(play.state().is_idle());
}

#[test]
fn a_cue_counts_only_with_its_digest_and_is_named_while_missing() {
    let mut waiting = file("a", &[]);
    waiting.cues = vec![0, 1, 2, 3];
    let mut play = Rehearsal::new(role(vec![waiting], vec![cue("w"), cue("x"), cue("y"), cue("z")]));
    play.absent(&["a"]);
    assert_eq!(
        play.status("a").reason,
        "waits for w on there, x on there, y on there and 1 more"
    );
    let told = |digest: &str| Cue {
        digest: digest.into(),
        status: StepStatus::Reached,
        outputs: BTreeMap::new(),
        revision: 7,
    };
    let all = |digest: &str| {
        ["w", "x", "y", "z"]
            .map(|step| (step.into(), told(digest)))
            .into()
    };
    play.tell(Event::CuesReset("there".into(), all("older")));
    assert!(play.started.is_empty());
    assert!(
        play.status("a")
            .reason
            .starts_with("waits for w on there (in this version)")
    );
    play.tell(Event::CuesReset("there".into(), all("d")));
    assert_eq!(play.started.len(), 1);
    play.succeed("a");
    // A cue that turns false again undoes nothing, but holds back the next do.
    play.tell(Event::Cues(vec![("there".into(), "w".into(), None)]));
    assert_eq!(play.status("a").status, StepStatus::Reached);
    play.absent(&["a"]);
    assert_eq!(play.started.len(), 1);
    play.tell(Event::Cues(vec![("there".into(), "w".into(), Some(told("d")))]));
    assert_eq!(play.started.len(), 2);
}

#[test]
fn a_reached_step_is_brought_back_at_once_without_a_store() {
    let mut play = Rehearsal::new(role(vec![file("a", &[]), file("b", &[0])], vec![]));
    play.level("a", Level::Reached);
    play.level("b", Level::Reached);
    play.confirm_all();
    play.tell(Event::StoreLost);
    play.absent(&["a"]);
    assert_eq!(play.started, [("a".into(), 1, true)]);
    assert_eq!(
        play.status("b").status,
        StepStatus::Reached,
        "only a do needs its guard"
    );
    play.succeed("a");
    assert_eq!(
        (play.status("a").heals, play.status("a").healed),
        (1, Some(play.now))
    );
    assert!(play.writes.is_empty());
    play.tell(Event::StoreBack);
    assert_eq!(play.writes[0].1[0].1.heals, 1);
}

#[test]
fn failures_back_off_and_end_in_blocked() {
    let mut failing = file("a", &[]);
    failing.retry.max_attempts = Some(2);
    let mut play = Rehearsal::new(role(vec![failing.clone()], vec![]));
    play.absent(&["a"]);
    play.finish("a", true, Level::NotReached("mode is 600".into()));
    let state = play.status("a");
    assert_eq!(state.status, StepStatus::Failing);
    assert_eq!(
        state.reason,
        "the do ended well, but its check does not hold: mode is 600"
    );
    let retry_at = state.retry_at.unwrap();
    assert!((play.now + 100..=play.now + 200).contains(&retry_at));
    while play.started.len() < 2 {
        play.wait();
        while let Some((write, ..)) = play.writes.pop() {
            play.tell(Event::Written(write, WriteResult::Confirmed));
        }
    }
    assert_eq!((play.now, &play.started[1]), (retry_at, &("a".into(), 2, true)));
    play.finish("a", false, Level::NotReached("mode is 600".into()));
    let state = play.status("a");
    assert_eq!((state.status, state.attempt), (StepStatus::Blocked, 2));
    assert_eq!(
        (state.reason.as_str(), state.evidence.as_str()),
        ("exit status 1", "last words")
    );
    // A new generation is a person's act: it starts anew.
    let mut next = role(vec![failing], vec![]);
    next.generation = 2;
    play.play(next);
    assert_eq!(play.started.len(), 3);
}

#[test]
fn what_breaks_again_and_again_backs_off() {
    let mut play = Rehearsal::new(role(vec![shell("a")], vec![]));
    play.absent(&["a"]);
    play.succeed("a");
    let mut at_once = 0;
    loop {
        play.now += 50;
        play.absent(&["a"]);
        if !play.runs.contains_key("a") {
            break;
        }
        play.succeed("a");
        at_once += 1;
        assert!(at_once < 20, "it spins");
    }
    assert!(at_once >= 3, "a few heals are free");
    let state = play.status("a");
    assert_eq!(state.status, StepStatus::Failing);
    assert!(state.reason.contains("again and again"), "{}", state.reason);
}

#[test]
fn what_is_undone_before_the_look_after_the_do_is_done_again_at_once() {
    let mut play = Rehearsal::new(role(vec![file("a", &[])], vec![]));
    play.absent(&["a"]);
    play.succeed("a");
    play.absent(&["a"]);
    for attempt in 2..5 {
        play.finish("a", true, Level::NotReached("no such file".into()));
        assert_eq!(play.started.last(), Some(&("a".into(), attempt, true)));
    }
    play.finish("a", false, Level::NotReached("no such file".into()));
    assert_eq!(play.status("a").status, StepStatus::Failing);
}

#[test]
fn a_turn_is_held_by_one_and_dos_are_bounded() {
    let mut steps: Vec<RoleStep> = ["a", "b", "c", "d", "e", "f", "g"]
        .map(|name| file(name, &[]))
        .into();
    steps[0].turn = Some("t".into());
    steps[1].turn = Some("t".into());
    let mut play = Rehearsal::new(role(steps, vec![]));
    play.absent(&["g", "f", "e", "d", "c", "b", "a"]);
    let names = |play: &Rehearsal| -> Vec<String> { play.runs.keys().cloned().collect() };
    assert_eq!(names(&play), ["d", "e", "f", "g"]);
    play.succeed("d");
    assert_eq!(names(&play), ["a", "e", "f", "g"]);
    play.succeed("e");
    assert_eq!(names(&play), ["a", "c", "f", "g"]);
    play.succeed("f");
    assert_eq!(names(&play), ["a", "c", "g"]);
    assert_eq!(play.status("b").reason, "its turn comes after a, which runs now");
    play.succeed("a");
    assert_eq!(names(&play), ["b", "c", "g"]);
}

#[test]
fn a_changed_step_runs_again_but_never_beside_its_older_version() {
    let mut play = Rehearsal::new(role(vec![file("a", &[]), file("b", &[])], vec![]));
    play.absent(&["a"]);
    play.level("b", Level::Reached);
    play.confirm_all();
    let mut changed = file("a", &[]);
    changed.digest = "another".into();
    let mut next = role(vec![changed], vec![]);
    next.generation = 2;
    play.play(next);
    assert_eq!(play.cancelled, [play.runs["a"]]);
    play.absent(&["a"]);
    assert_eq!(play.started.len(), 1);
    play.finish("a", false, Level::NotReached("gone".into()));
    assert_eq!(play.started[1], ("a".into(), 1, false));
    play.succeed("a");
    play.now += Delays::CALM;
    play.tell(Event::Timer);
    let (_, put, delete) = play.writes.pop().unwrap();
    assert_eq!(
        (put[0].1.digest.as_str(), delete),
        ("another", vec!["b".to_owned()])
    );
}

#[test]
fn one_write_at_a_time_and_nothing_is_lost_when_it_fails() {
    let mut first = file("a", &[]);
    first.awaited = true;
    let mut play = Rehearsal::new(role(vec![first, file("b", &[])], vec![]));
    play.level("a", Level::Reached);
    assert_eq!(play.writes.len(), 1, "others wait for it: told at once");
    play.level("b", Level::Reached);
    assert_eq!(play.writes.len(), 1);
    let (write, ..) = play.writes.pop().unwrap();
    play.tell(Event::Written(write, WriteResult::Failed));
    assert!(play.writes.is_empty());
    play.wait();
    let (write, put, _) = play.writes.pop().unwrap();
    assert_eq!(put.len(), 2);
    play.tell(Event::Written(write, WriteResult::Conflict));
    assert!(play.fenced_out);
    play.absent(&["a"]);
    assert!(play.started.is_empty(), "another agent has the host");
    play.tell(told(put.into_iter().filter(|(name, _)| name == "b")));
    assert_eq!(play.started.len(), 1);
    play.succeed("a");
    let (_, put, _) = play.writes.pop().unwrap();
    assert_eq!(put.len(), 1, "b is in the store already");
}

#[test]
fn a_restart_looks_and_keeps_what_was_counted() {
    let mut play = Rehearsal::new(role(vec![file("a", &[]), file("b", &[])], vec![]));
    play.level("a", Level::Reached);
    play.absent(&["b"]);
    play.succeed("b");
    play.absent(&["b"]);
    play.succeed("b");
    let told = play.confirm_all();
    assert_eq!(told["b"].heals, 1);
    let mut again = Rehearsal::new(role(vec![file("a", &[]), file("b", &[])], vec![]));
    again.state = Some(State::new(Config::default()));
    let mut states: Vec<_> = told.into_iter().collect();
    states.push(("gone".into(), states[0].1.clone()));
    again.tell(self::told(states));
    again.play(role(vec![file("a", &[]), file("b", &[])], vec![]));
    assert!(again.state().standings().next().is_none(), "nothing is believed");
    again.level("a", Level::Reached);
    again.absent(&["b"]);
    again.succeed("b");
    let state = again.status("b");
    assert_eq!(state.heals, 2, "it broke while no agent was there");
    again.now += Delays::CALM;
    again.tell(Event::Timer);
    let (_, put, delete) = again.writes.pop().unwrap();
    assert_eq!(put.len(), 1, "a stands as it was told");
    assert_eq!(delete, ["gone"]);
}

#[test]
fn a_step_without_a_do_says_what_it_waits_for_and_a_marker_needs_nothing() {
    let mut looked_at = file("a", &[]);
    looked_at.apply = None;
    let mut marker = file("b", &[0]);
    (marker.check, marker.apply) = (None, None);
    let mut play = Rehearsal::new(role(vec![looked_at, marker], vec![]));
    play.absent(&["a"]);
    assert_eq!(
        play.status("a").reason,
        "nothing here brings it about: waits until its check holds (no such file)"
    );
    play.level("a", Level::Reached);
    assert_eq!(play.status("b").status, StepStatus::Reached);
}

#[test]
fn a_check_that_cannot_be_carried_out_is_no_reason_to_do() {
    let mut play = Rehearsal::new(role(vec![file("a", &[])], vec![]));
    play.level("a", Level::Failed("check.sh: not found".into()));
    assert!(play.started.is_empty());
    assert_eq!(play.status("a").status, StepStatus::Failing);
    while play.looks == 0 {
        play.wait();
    }
    play.absent(&["a"]);
    assert_eq!(play.started.len(), 1);
}

#[test]
fn stopping_starts_nothing_and_tells_what_is_unsaid() {
    let mut play = Rehearsal::new(role(vec![file("a", &[]), file("b", &[0])], vec![]));
    play.absent(&["a", "b"]);
    play.tell(Event::Stop);
    play.succeed("a");
    assert_eq!(play.started.len(), 1);
    assert!(!play.state().is_idle());
    while let Some((write, ..)) = play.writes.pop() {
        play.tell(Event::Written(write, WriteResult::Confirmed));
    }
    assert!(play.state().is_idle());
    assert_eq!(play.status("b").reason, "its agent was stopped");
}

#[test]
fn a_role_that_was_taken_away_leaves_nothing_in_the_store() {
    let mut play = Rehearsal::new(role(vec![file("a", &[])], vec![]));
    play.level("a", Level::Reached);
    let (write, ..) = play.writes.pop().unwrap();
    play.tell(Event::Written(write, WriteResult::Confirmed));
    play.tell(Event::Removed);
    play.wait();
    assert_eq!(play.writes.pop().unwrap().2, ["a"]);
    assert!(play.observed.is_empty());
}

/// A step that is blocked after one attempt.
fn blocked() -> (Rehearsal, Role) {
    let mut failing = shell("a");
    failing.retry.max_attempts = Some(1);
    let role = role(vec![failing, shell("b")], vec![]);
    let mut play = Rehearsal::new(role.clone());
    play.tell(Event::Wishes(Vec::new()));
    play.absent(&["a", "b"]);
    play.finish("a", false, Level::NotReached("absent".into()));
    play.succeed("b");
    assert_eq!(play.status("a").status, StepStatus::Blocked);
    (play, role)
}

fn wish(step: Option<&str>, number: u64) -> Wish {
    let step = step.map(str::to_owned);
    Wish { step, number }
}

#[test]
fn a_wish_starts_anew_what_is_in_trouble_and_does_so_once() {
    let (mut play, _) = blocked();
    for (number, wishes) in (1..).zip([
        vec![wish(None, 7)],
        vec![wish(None, 7), wish(Some("a"), 8)],
        vec![wish(None, 9)],
    ]) {
        play.tell(Event::Wishes(wishes.clone()));
        assert_eq!(play.started.len(), 2 + number, "{wishes:?}");
        assert_eq!(play.started.last(), Some(&("a".into(), 1, true)));
        play.tell(Event::Wishes(wishes.clone()));
        play.finish("a", false, Level::NotReached("absent".into()));
        play.tell(Event::Wishes(wishes));
        assert_eq!(play.status("a").status, StepStatus::Blocked);
    }
    play.tell(Event::Wishes(vec![wish(Some("b"), 10), wish(Some("gone"), 11)]));
    assert_eq!(play.started.len(), 5, "nothing is wished of a, and b is reached");
}

#[test]
fn a_wish_does_not_wait_for_the_next_try() {
    let mut play = Rehearsal::new(role(vec![shell("a")], vec![]));
    play.tell(Event::Wishes(Vec::new()));
    play.absent(&["a"]);
    for _ in 0..3 {
        play.finish("a", false, Level::NotReached("absent".into()));
        while !play.runs.contains_key("a") {
            play.confirm_all();
        }
    }
    play.finish("a", false, Level::NotReached("absent".into()));
    assert_eq!(
        (play.status("a").status, play.status("a").attempt),
        (StepStatus::Failing, 4)
    );
    play.tell(Event::Wishes(vec![wish(None, 1)]));
    assert_eq!(play.started.last(), Some(&("a".into(), 1, true)));
}

#[test]
fn the_end_of_an_agent_helps_nothing_but_what_was_wished_meanwhile_does() {
    let (mut play, role) = blocked();
    let states = play.confirm_all();
    assert_eq!(states["a"].status, StepStatus::Blocked);
    let again = |outdated: Option<Why>| {
        let mut again = Rehearsal::new(role.clone());
        again.started.clear();
        again.state = Some(State::new(Config::default()));
        let states = states.clone().into_iter();
        let told = states.map(|(step, state)| Told {
            step,
            state,
            outdated,
        });
        again.tell(Event::Told(told.collect()));
        again.play(role.clone());
        again.tell(Event::Wishes(vec![wish(None, 7)]));
        again.absent(&["a"]);
        again.level("b", Level::Reached);
        again
    };
    let mut unasked = again(None);
    assert!(unasked.started.is_empty());
    assert_eq!(unasked.status("a"), states["a"], "as it was told");
    assert!(unasked.confirm_all().is_empty(), "so it need not be told again");
    unasked.tell(Event::Wishes(vec![wish(None, 8)]));
    assert_eq!(unasked.started.len(), 1);
    assert_eq!(again(Some(Why::Retry)).started, [("a".into(), 1, true)]);
}

#[test]
fn attempts_are_counted_on_after_a_restart() {
    let mut failing = shell("a");
    failing.retry.max_attempts = Some(2);
    let role = role(vec![failing], vec![]);
    let mut play = Rehearsal::new(role.clone());
    play.absent(&["a"]);
    play.finish("a", false, Level::NotReached("absent".into()));
    let states = play.confirm_all();
    let mut again = Rehearsal::new(role.clone());
    again.now = play.now;
    again.state = Some(State::new(Config::default()));
    again.tell(told(states));
    again.play(role);
    again.absent(&["a"]);
    while !again.runs.contains_key("a") {
        again.wait();
    }
    assert_eq!(again.started.last(), Some(&("a".into(), 2, true)));
    again.finish("a", false, Level::NotReached("absent".into()));
    assert_eq!(again.status("a").status, StepStatus::Blocked);
}

#[test]
fn a_start_limit_ends_in_blocked_whether_the_do_fails_or_what_it_did_breaks() {
    let limited = || {
        let mut step = shell("a");
        (step.retry.min_delay_ms, step.retry.max_delay_ms) = (1, 1);
        step.retry.start_limit = Some(StartLimit {
            burst: 3,
            interval_ms: 60_000,
        });
        let mut play = Rehearsal::new(role(vec![step], vec![]));
        play.tell(Event::Wishes(Vec::new()));
        play.absent(&["a"]);
        play
    };
    let mut breaking = limited();
    for _ in 0..3 {
        breaking.succeed("a");
        breaking.absent(&["a"]);
    }
    let state = breaking.status("a");
    assert_eq!((breaking.started.len(), state.status), (3, StepStatus::Blocked));
    assert_eq!(
        state.reason,
        "it was started 3 times within 1 min, which is its start limit"
    );
    breaking.tell(Event::Wishes(vec![wish(None, 1)]));
    assert_eq!(
        breaking.started.len(),
        4,
        "asked for, it is counted from the first"
    );

    let mut failing = limited();
    while failing.status("a").status != StepStatus::Blocked {
        if failing.runs.contains_key("a") {
            failing.finish("a", false, Level::NotReached("absent".into()));
        } else {
            failing.confirm_all();
        }
    }
    assert_eq!(failing.started.len(), 3);
    assert!(
        failing
            .status("a")
            .reason
            .ends_with("start limit; before, exit status 1")
    );

    // A start that is long past does not count, nor does one that found nothing to do.
    let mut slow = limited();
    for _ in 0..5 {
        slow.succeed("a");
        slow.now += 60_000;
        slow.absent(&["a"]);
        let run = slow.runs["a"];
        slow.runs.remove("a");
        slow.tell(Event::Finished(run, None, Level::Reached));
        slow.absent(&["a"]);
    }
    assert_eq!(slow.started.len(), 11);
}

#[test]
fn what_was_blocked_without_a_store_is_tried_again_if_somebody_asks_meanwhile() {
    let blocked_offline = || {
        let (mut play, _) = blocked();
        // Nothing of it was ever told; now the store is there.
        play.state.as_mut().unwrap().heeded = None;
        play.state.as_mut().unwrap().restored = false;
        play.started.clear();
        play.tell(told([]));
        assert!(play.started.is_empty());
        play
    };
    for (wishes, tries) in [
        (vec![], 0),
        (vec![wish(Some("b"), 7)], 0),
        (vec![wish(Some("a"), 7)], 1),
        (vec![wish(None, 7)], 1),
    ] {
        let mut play = blocked_offline();
        play.tell(Event::Wishes(wishes.clone()));
        play.tell(Event::Wishes(wishes));
        assert_eq!(play.started.len(), tries);
    }
}

#[test]
fn a_pause_starts_nothing_new_and_heals_only_where_that_goes_on() {
    let pause = |heal: bool| {
        let words = "paused by me".to_owned();
        Event::Pause(Some(Pause { words, heal }))
    };
    let mut turned = shell("c");
    turned.turn = Some("t".into());
    let mut healed = shell("d");
    healed.turn = Some("t".into());
    let mut play = Rehearsal::new(role(
        vec![file("a", &[]), file("b", &[0]), turned, healed],
        vec![],
    ));
    play.absent(&["a", "b"]);
    play.tell(pause(false));
    play.succeed("a");
    play.level("d", Level::Reached);
    play.absent(&["c", "d"]);
    assert_eq!(
        play.started,
        [("a".into(), 1, false)],
        "what runs goes on to its end"
    );
    for step in ["b", "c", "d"] {
        let state = play.status(step);
        assert_eq!(
            (state.status, state.reason.as_str()),
            (StepStatus::Waiting, "paused by me")
        );
    }
    play.tell(pause(true));
    assert_eq!(
        play.started.len(),
        2,
        "c has the first turn, but d alone was there before"
    );
    assert_eq!(play.started[1].0, "d");
    play.tell(pause(false));
    play.succeed("d");
    play.tell(Event::Pause(None));
    let started: Vec<_> = play.started[2..].iter().map(|(step, ..)| step.as_str()).collect();
    assert_eq!(started, ["b", "c"]);
}

#[test]
fn a_state_keeps_account_of_its_promise_over_the_end_of_its_agent() {
    let role = role(vec![shell("a")], vec![]);
    let mut play = Rehearsal::new(role.clone());
    let run = |play: &mut Rehearsal, took: u64| {
        play.now += took;
        play.succeed("a");
    };
    play.absent(&["a"]);
    run(&mut play, 30);
    let history = play.status("a").history;
    assert_eq!(
        (history.took.last, history.broken, history.kept),
        (vec![30], 0, 0)
    );
    // It holds for a second, breaks, and is brought back in 20 ms.
    play.now += 1_000;
    play.absent(&["a"]);
    assert_eq!(play.status("a").history.broken_at, Some(play.now));
    run(&mut play, 20);
    let history = play.status("a").history;
    assert_eq!(
        (history.broken, history.kept, history.broken_at),
        (1, 1_000, None)
    );
    assert_eq!(
        (&history.repairs.last, &history.took.last),
        (&vec![20], &vec![30, 20])
    );

    // Its agent ends, it breaks, and is found so by the next one.
    let reached = play.now;
    let states = play.confirm_all();
    let mut again = Rehearsal::new(role.clone());
    again.now = reached + 500;
    again.state = Some(State::new(Config::default()));
    again.tell(told(states.clone()));
    again.play(role.clone());
    again.absent(&["a"]);
    run(&mut again, 40);
    let history = again.status("a").history;
    assert_eq!((history.broken, history.kept), (2, 1_500));
    assert_eq!(
        (&history.repairs.last, &history.took.last),
        (&vec![20, 40], &vec![30, 20, 40])
    );

    // One that plays before it hears of the store adds what was told before.
    let mut offline = Rehearsal::new(role.clone());
    offline.now = again.now;
    offline.state = Some(State::new(Config::default()));
    offline.play(role.clone());
    offline.level("a", Level::Reached);
    offline.tell(told(again.confirm_all()));
    assert_eq!(offline.status("a").history, history);

    // Another version of it promises anew; how long its do takes is known.
    let mut next = role;
    next.generation = 2;
    next.steps[0].digest = "changed".into();
    offline.play(next);
    offline.absent(&["a"]);
    run(&mut offline, 50);
    let history = offline.status("a").history;
    assert_eq!((history.broken, history.kept), (0, 0));
    assert_eq!(history.took.last, [30, 20, 40, 50]);
}

#[test]
fn a_state_says_what_made_its_host_act_and_with_which_cues() {
    let mut waiting = shell("a");
    waiting.cues = vec![0];
    let mut marker = file("m", &[0]);
    (marker.check, marker.apply) = (None, None);
    marker.cues = vec![0];
    let role = role(vec![waiting, marker], vec![cue("w")]);
    let mut play = Rehearsal::new(role.clone());
    play.tell(Event::Wishes(Vec::new()));
    let begin = play.now;
    let tell = |play: &mut Rehearsal, revision: u64| {
        let reached = Cue {
            outputs: BTreeMap::new(),
            digest: "d".into(),
            status: StepStatus::Reached,
            revision,
        };
        play.tell(Event::Cues(vec![("there".into(), "w".into(), Some(reached))]));
    };
    let cause = |play: &Rehearsal, step: &str| {
        let state = play.status(step);
        let cause = state.cause.unwrap();
        (
            cause.why,
            cause.at,
            cause.began,
            state.cues.into_values().collect::<Vec<_>>(),
        )
    };
    play.absent(&["a"]);
    assert_eq!(cause(&play, "a"), (Why::First, begin, None, vec![]));
    play.now += 5;
    tell(&mut play, 7);
    play.now += 5;
    play.succeed("a");
    assert_eq!(cause(&play, "a"), (Why::First, begin, Some(begin + 5), vec![7]));
    assert_eq!(cause(&play, "m"), (Why::First, begin, None, vec![7]));
    assert!(play.status("a").cues.contains_key("there/w"));

    // What is told of the cue later was not acted on.
    tell(&mut play, 9);
    assert_eq!(cause(&play, "a").3, [7]);
    play.now += 5;
    play.absent(&["a"]);
    assert_eq!(cause(&play, "a"), (Why::Drift, play.now, Some(play.now), vec![9]));
    assert_eq!(cause(&play, "m"), (Why::Drift, play.now, None, vec![]));
    play.finish("a", false, Level::NotReached("absent".into()));
    let drifted = play.now;
    play.now += 1;
    play.tell(Event::Wishes(vec![wish(None, 1)]));
    assert_eq!(cause(&play, "a"), (Why::Retry, play.now, Some(play.now), vec![9]));
    assert!(play.now > drifted);
    play.succeed("a");

    // A check that could not be carried out, and then does not hold, has drifted since the first.
    play.level("a", Level::Failed("no such program".into()));
    let drifted = play.now;
    play.now += 1;
    play.absent(&["a"]);
    assert_eq!(cause(&play, "a"), (Why::Drift, drifted, Some(play.now), vec![9]));
    play.succeed("a");

    // A restarted agent knows it still, and what broke meanwhile has drifted.
    let states = play.confirm_all();
    let mut again = Rehearsal::new(role.clone());
    again.now = play.now;
    again.state = Some(State::new(Config::default()));
    again.tell(told(states.clone()));
    again.play(role.clone());
    again.level("a", Level::Reached);
    assert_eq!(again.status("a"), states["a"]);
    let mut again = Rehearsal::new(role.clone());
    again.state = Some(State::new(Config::default()));
    again.tell(told(states));
    again.play(role.clone());
    again.absent(&["a"]);
    assert_eq!(cause(&again, "a").0, Why::Drift);

    // A changed version of it; that it waited for the end of a pause does not make that its cause.
    let mut next = role;
    next.generation = 2;
    next.steps[0].digest = "changed".into();
    let pause = Pause {
        words: "paused".into(),
        heal: false,
    };
    play.tell(Event::Pause(Some(pause)));
    play.play(next);
    play.absent(&["a"]);
    assert_eq!(cause(&play, "a"), (Why::Change, play.now, None, vec![]));
    let changed = play.now;
    play.now += 1;
    play.tell(Event::Pause(None));
    assert_eq!(cause(&play, "a"), (Why::Change, changed, Some(play.now), vec![9]));
}
