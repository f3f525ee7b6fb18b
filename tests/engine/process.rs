//! The process engine: programs that outlive their agent and are found again.

use std::fs;
use std::process::Command;

use camino::Utf8PathBuf;
use khor::engine::{Engine, Observed};
use khor::role::RoleStep;
use khor::topology::{Action, ProcessAction};

use crate::kit::{Host, eventually, is_not_reached, is_reached, step, until};

/// A process step and the step that stops it.
fn steps(command: &[&str]) -> (RoleStep, RoleStep) {
    let of = |name: &str, running| {
        let action = Action::Process(ProcessAction {
            command: command.iter().map(|&part| part.to_owned()).collect(),
            running,
            ..ProcessAction::default()
        });
        let mut step = step(Some(action.clone()), Some(action));
        name.clone_into(&mut step.operation);
        step.name = format!("node.{name}");
        step
    };
    (of("start", true), of("stop", false))
}

fn record_path(host: &Host) -> Utf8PathBuf {
    host.engines
        .context()
        .state
        .join("processes/node/node.start.json")
}

fn record(host: &Host) -> serde_json::Value {
    serde_json::from_slice(&fs::read(record_path(host)).unwrap()).unwrap()
}

fn pid(host: &Host) -> String {
    record(host)["pid"].to_string()
}

fn kill(signal: &str, pid: &str) -> bool {
    Command::new("kill")
        .args([signal, pid])
        .output()
        .unwrap()
        .status
        .success()
}

#[tokio::test]
async fn a_process_is_started_watched_healed_and_stopped() {
    let host = Host::new();
    let (start, stop) = steps(&["sleep", "1000"]);
    let (mut up, mut down) = (host.engines.observe(&start), host.engines.observe(&stop));
    until(&mut up, is_not_reached).await;
    until(&mut down, is_reached).await;
    host.reach(&start).await;
    until(&mut up, is_reached).await;
    until(&mut down, is_not_reached).await;
    let first = pid(&host);
    host.reach(&start).await;
    assert_eq!(pid(&host), first, "it is not started twice");
    assert!(kill("-9", &first));
    until(&mut up, is_not_reached).await;
    host.reach(&start).await;
    until(&mut up, is_reached).await;
    let second = pid(&host);
    assert_ne!(second, first);
    host.reach(&stop).await;
    until(&mut down, is_reached).await;
    until(&mut up, is_not_reached).await;
    eventually("the process is gone", || !kill("-0", &second)).await;
    host.reach(&stop).await;
}

#[tokio::test]
async fn it_outlives_its_agent_and_is_found_again() {
    let host = Host::new();
    let (start, stop) = steps(&["sleep", "1000"]);
    host.reach(&start).await;
    let first = pid(&host);
    let after = host.restarted();
    assert_eq!(after.look(&start).await, Observed::Reached);
    let mut seen = after.observe(&start);
    until(&mut seen, is_reached).await;
    // The agent ended before it could note the number.
    let mut half = record(&host);
    half["pid"] = serde_json::Value::Null;
    half["born"] = serde_json::Value::Null;
    fs::write(record_path(&host), half.to_string()).unwrap();
    assert_eq!(host.restarted().look(&start).await, Observed::Reached);
    assert_eq!(pid(&host), first);
    assert!(kill("-9", &first));
    until(&mut seen, is_not_reached).await;
    host.reach(&stop).await;
}

#[tokio::test]
async fn another_process_with_the_same_number_is_neither_taken_for_it_nor_ended() {
    let host = Host::new();
    let (start, stop) = steps(&["sleep", "1000"]);
    host.reach(&start).await;
    let ours = pid(&host);
    let mut other = Command::new("sleep").arg("1000").spawn().unwrap();
    let mut forged = record(&host);
    forged["pid"] = other.id().into();
    fs::write(record_path(&host), forged.to_string()).unwrap();
    assert!(is_not_reached(&host.look(&start).await));
    host.reach(&stop).await;
    assert!(other.try_wait().unwrap().is_none(), "it was not ours");
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(kill("-9", &ours));
}

#[tokio::test]
async fn a_changed_command_replaces_the_old_process() {
    let host = Host::new();
    let (start, _) = steps(&["sleep", "1000"]);
    host.reach(&start).await;
    let first = pid(&host);
    let (mut changed, stop) = steps(&["sleep", "1001"]);
    assert!(
        matches!(host.look(&changed).await, Observed::NotReached(why) if why.contains("another command"))
    );
    host.reach(&changed).await;
    eventually("the process is gone", || !kill("-0", &first)).await;
    let second = pid(&host);
    // A longer timeout is no reason to start it again.
    changed.digest = "d2".into();
    changed.timeout_ms = Some(1);
    host.reach(&changed).await;
    assert_eq!(pid(&host), second);
    host.reach(&stop).await;
}

#[tokio::test]
async fn one_that_ends_at_once_is_a_failure_with_its_last_words() {
    let host = Host::new();
    let (mut start, _) = steps(&["sh", "-c", "echo port is taken by $TOKEN; exit 7"]);
    if let Some(Action::Process(action)) = &mut start.apply {
        action.environment.insert("TOKEN".into(), "abcdef".into());
    }
    let outcome = host.apply(&start).await;
    assert_eq!(
        outcome.message,
        "`sh` ended with exit status 7 as soon as it was started"
    );
    assert_eq!(outcome.tail, "port is taken by [redacted]");
    let (start, _) = steps(&["true"]);
    host.refuse(&start, "must stay in the foreground").await;
    for (command, words) in [
        (&["nosuchprogram"][..], "no program `nosuchprogram` in PATH"),
        (&["/nosuch/program"], "no program `/nosuch/program` on this host"),
        (&["/etc/passwd"], "cannot be executed"),
        (&[], "has no command"),
    ] {
        host.refuse(&steps(command).0, words).await;
    }
    let (mut start, _) = steps(&["sleep", "1000"]);
    if let Some(Action::Process(action)) = &mut start.apply {
        action.directory = Some("/nosuch".into());
    }
    host.refuse(&start, "working directory `/nosuch` is not there")
        .await;
    assert!(is_not_reached(&host.look(&start).await));
}

/// Says how it is to be stopped in both steps.
fn stopping(
    mut both: (RoleStep, RoleStep),
    signal: Option<&str>,
    timeout_ms: Option<u64>,
) -> (RoleStep, RoleStep) {
    for step in [&mut both.0, &mut both.1] {
        for action in [&mut step.check, &mut step.apply] {
            if let Some(Action::Process(action)) = action {
                action.stop_signal = signal.map(str::to_owned);
                action.stop_timeout_ms = timeout_ms;
            }
        }
    }
    both
}

#[tokio::test]
async fn it_is_asked_to_end_by_the_signal_that_is_said() {
    let host = Host::new();
    let (ready, mark) = (host.folder.join("ready"), host.folder.join("mark"));
    let text = format!(
        "trap '' TERM; trap 'echo quit >{mark}; exit 0' QUIT; echo >{ready}; while :; do sleep 0.05; done"
    );
    let plain = steps(&["sh", "-c", &text]);
    host.reach(&plain.0).await;
    let first = pid(&host);
    eventually("it listens to signals", || ready.exists()).await;
    let (start, stop) = stopping(plain, Some("QUIT"), None);
    // How it is stopped is no reason to start it again.
    host.reach(&start).await;
    assert_eq!(pid(&host), first);
    host.reach(&stop).await;
    assert_eq!(fs::read_to_string(&mark).unwrap(), "quit\n");
    let (_, stop) = stopping(steps(&["true"]), Some("NOSUCH"), None);
    host.refuse(&stop, "by the signal `NOSUCH`").await;
}

#[tokio::test]
async fn it_is_killed_when_its_own_grace_is_over() {
    let host = Host::new();
    let ready = host.folder.join("ready");
    let text = format!("trap '' TERM; echo >{ready}; while :; do sleep 0.05; done");
    let (start, stop) = stopping(steps(&["sh", "-c", &text]), None, Some(100));
    host.reach(&start).await;
    eventually("it ignores the signal", || ready.exists()).await;
    let first = pid(&host);
    host.reach(&stop).await;
    eventually("the process is gone", || !kill("-0", &first)).await;
}

/// Takes the grace of ten seconds.
#[tokio::test]
async fn one_that_ignores_the_polite_signal_is_killed_with_its_children() {
    let host = Host::new();
    let child = host.folder.join("child");
    let text = format!("trap '' TERM; sleep 1000 & echo $! >{child}; while :; do wait; done");
    let (start, stop) = steps(&["sh", "-c", &text]);
    host.reach(&start).await;
    eventually("the child runs", || {
        fs::read_to_string(&child).is_ok_and(|text| text.ends_with('\n'))
    })
    .await;
    let child = fs::read_to_string(&child).unwrap();
    host.reach(&stop).await;
    eventually("the child is gone", || !kill("-0", child.trim())).await;
}

#[tokio::test]
async fn children_of_a_process_that_died_do_not_stand_in_its_way() {
    let host = Host::new();
    let child = host.folder.join("child");
    let (start, stop) = steps(&["sh", "-c", &format!("sleep 1000 & echo $! >{child}; wait")]);
    host.reach(&start).await;
    eventually("the child runs", || {
        fs::read_to_string(&child).is_ok_and(|text| text.ends_with('\n'))
    })
    .await;
    let orphan = fs::read_to_string(&child).unwrap();
    assert!(kill("-9", &pid(&host)));
    let mut seen = host.engines.observe(&start);
    until(&mut seen, is_not_reached).await;
    host.reach(&start).await;
    if cfg!(target_os = "linux") {
        eventually("the orphan is gone", || !kill("-0", orphan.trim())).await;
    }
    host.reach(&stop).await;
}

#[tokio::test]
async fn a_damaged_record_is_told() {
    let host = Host::new();
    let (start, stop) = steps(&["sleep", "1000"]);
    host.reach(&start).await;
    let whole = fs::read(record_path(&host)).unwrap();
    fs::write(record_path(&host), "{").unwrap();
    assert!(matches!(host.look(&start).await, Observed::Failed(why) if why.contains("damaged")));
    host.refuse(&start, "damaged").await;
    fs::write(record_path(&host), whole).unwrap();
    host.reach(&stop).await;
}
