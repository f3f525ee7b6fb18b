//! Steps a second through `choreography::step`: a role of 10,000 steps played from nothing to reached, then healed.

use std::collections::VecDeque;
use std::time::Instant;

use khor::choreography::{Command, Config, Cue, Done, Event, Level, State, WriteResult, step};
use khor::role::{Goal, Role, RoleStep, StepStatus};
use khor::topology::{Action, FileAction, Weaving};

const STEPS: u32 = 10_000;
/// Guards of each step, on earlier ones.
const GUARDS: u32 = 4;

fn role() -> Role {
    let steps = (0..STEPS).map(|index| {
        let guards = (1..=GUARDS).filter_map(|back| index.checked_sub(back * back * 7));
        let mut guards: Vec<u32> = guards.collect();
        guards.sort_unstable();
        RoleStep {
            check: Some(Action::File(FileAction::default())),
            apply: Some(Action::File(FileAction::default())),
            guards,
            cues: (index % 10 == 0).then_some(index / 10).into_iter().collect(),
            awaited: index % 3 == 0,
            ..RoleStep::new(&format!("n{index}"), "create", &format!("{index:064x}"))
        }
    });
    let cue = |index: u32| khor::role::Cue {
        host: format!("h{}", index % 8),
        step: format!("c{index}"),
        digest: "d".into(),
        only_present: false,
    };
    Role {
        format: khor::role::FORMAT,
        application: "bench".into(),
        generation: 1,
        host: "here".into(),
        weaving: Weaving::Layered,
        steps: steps.collect(),
        cues: (0..STEPS / 10).map(cue).collect(),
    }
}

/// Takes events until nothing follows from them: every look sees what is there, every do and write succeeds.
fn play(mut state: State, now: u64, events: impl IntoIterator<Item = Event>, count: &mut u64) -> State {
    let mut queue: VecDeque<Event> = events.into_iter().collect();
    let mut woken = now;
    loop {
        let Some(event) = queue.pop_front() else {
            if state.is_idle() {
                return state;
            }
            woken += 1_000;
            queue.push_back(Event::Timer);
            continue;
        };
        *count += 1;
        let (next, commands) = step(state, woken, event);
        state = next;
        for command in commands {
            match command {
                Command::Observe(id, _) => {
                    queue.push_back(Event::Level(id, Level::NotReached("no such file".into())));
                }
                Command::Apply { run, .. } => {
                    let done = Done {
                        ok: true,
                        ..Done::default()
                    };
                    queue.push_back(Event::Finished(run, Some(done), Level::Reached));
                }
                Command::Write { write, .. } => {
                    queue.push_back(Event::Written(write, WriteResult::Confirmed));
                }
                _ => {}
            }
        }
    }
}

fn main() {
    let told = |host: u32| {
        let cue = Cue {
            digest: "d".into(),
            status: StepStatus::Reached,
            outputs: std::collections::BTreeMap::new(),
            revision: 7,
        };
        let of_host = (0..STEPS / 10).filter(|index| index % 8 == host);
        let all = of_host.map(|index| (format!("c{index}"), cue.clone()));
        Event::CuesReset(format!("h{host}"), all.collect())
    };
    let cues: Vec<_> = (0..8).map(told).collect();
    let role = role();
    let (mut best, mut best_heal, mut events) = (f64::MAX, f64::MAX, 0);
    for _ in 0..10 {
        let events_of = [
            Event::Told(Vec::new()),
            Event::Role(Box::new(role.clone()), Goal::Present, 0),
        ]
        .into_iter()
        .chain(cues.clone());
        events = 0;
        let started = Instant::now();
        let mut state = play(State::new(Config::default()), 0, events_of, &mut events);
        best = best.min(started.elapsed().as_secs_f64());
        assert_eq!(state.counts().reached, STEPS as usize, "all is reached");

        // Every step breaks once, one after the other, and is brought back.
        let ids: Vec<_> = (0..STEPS).filter_map(|index| state.observation(index)).collect();
        let (started, mut heals) = (Instant::now(), 0);
        for id in &ids {
            let broken = Event::Level(*id, Level::NotReached("no such file".into()));
            state = play(state, 100_000, [broken], &mut heals);
        }
        best_heal = best_heal.min(started.elapsed().as_secs_f64());
        assert_eq!(state.counts().reached, STEPS as usize, "all is brought back");
    }
    println!("steps_per_s {:.0}", f64::from(STEPS) / best);
    #[expect(clippy::cast_precision_loss, reason = "a count of some ten thousand")]
    let events = events as f64;
    println!("events_per_s {:.0}", events / best);
    println!("heals_per_s {:.0}", f64::from(STEPS) / best_heal);
}
