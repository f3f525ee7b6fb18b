//! Programs that are to keep running, under agents that come and go.

use std::collections::BTreeMap;
use std::fs;

use camino::Utf8PathBuf;
use khor::role::{StepState, StepStatus};
use khor::topology::{Action, ProcessAction};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::theater::{Line, Theater, roles_with, until};

const SERVICE: [Line; 1] = [Line("w.start", "bsd1", &[])];

/// A theater with one service, which runs `script` in a shell.
async fn theater_of(script: impl Fn(&Theater) -> String) -> Theater {
    let theater = Theater::new().await;
    let script = script(&theater);
    let roles = roles_with(&SERVICE, |_| {
        let action = Action::Process(ProcessAction {
            command: vec!["/bin/sh".into(), "-c".into(), script.clone()],
            running: true,
            ..ProcessAction::default()
        });
        (Some(action.clone()), Some(action))
    });
    theater.publish(&roles).await;
    theater
}

fn state(states: &BTreeMap<String, StepState>, fits: impl Fn(&StepState) -> bool) -> bool {
    states.get("w.start").is_some_and(fits)
}

fn is_reached(states: &BTreeMap<String, StepState>) -> bool {
    state(states, |state| state.status == StepStatus::Reached)
}

/// The number of the process, once it has written it.
async fn number(file: &Utf8PathBuf) -> Pid {
    let read = || {
        let text = fs::read_to_string(file).unwrap_or_default();
        Pid::from_raw(text.strip_suffix('\n')?.parse().ok()?)
    };
    until("it says its number", || read().is_some()).await;
    read().unwrap()
}

#[tokio::test]
async fn what_died_without_an_agent_is_started_by_the_next() {
    let file = |theater: &Theater| theater.folder.join("pid");
    let theater = theater_of(|theater| format!("echo $$ >{}; exec sleep 600", file(theater))).await;
    let agent = theater.agent("bsd1");
    theater.until_states("it runs", is_reached).await;
    let first = number(&file(&theater)).await;
    agent.crash().await;
    assert!(
        test_kill_process(first).is_ok(),
        "the service goes on without its agent"
    );
    fs::remove_file(file(&theater)).unwrap();
    kill_process(first, Signal::KILL).unwrap();
    let agent = theater.agent("bsd1");
    let second = number(&file(&theater)).await;
    theater
        .until_states("it runs again, and that is told", |states| {
            state(states, |state| {
                state.status == StepStatus::Reached && state.heals == 1
            })
        })
        .await;
    assert_ne!(second, first);
    agent.stop().await;
    kill_process(second, Signal::KILL).unwrap();
}

#[tokio::test]
async fn one_that_dies_again_and_again_is_started_less_and_less_often() {
    let file = |theater: &Theater| theater.folder.join("starts");
    // It lives long enough to count as started.
    let theater = theater_of(|theater| format!("echo >>{}; exec sleep 0.3", file(theater))).await;
    let agent = theater.agent("bsd1");
    theater
        .until_states("it is waited before the next start", |states| {
            state(states, |state| {
                state.status == StepStatus::Failing
                    && state.retry_at.is_some()
                    && state.reason.contains("breaks again and again")
            })
        })
        .await;
    let starts = || fs::read_to_string(file(&theater)).unwrap().lines().count();
    let so_far = starts();
    assert!(so_far <= 8, "{so_far} starts before the first pause");
    // It is not given up.
    until("it is started again", || starts() > so_far).await;
    agent.stop().await;
}
