//! When it is looked again, how long a look may take, and how long a do is given to come true.

use std::fs;

use khor::engine::{Engine, Observed};
use khor::role::RoleStep;
use khor::topology::{Action, Looking, ProcessAction, ShellAction, TcpAction};

use crate::kit::{Host, eventually, is_not_reached, is_reached, step, until};
use crate::shell::publish;

/// So long that in a test it never comes.
const NEVER: u64 = 24 * 3600 * 1000;

async fn script(host: &Host, text: &str) -> Action {
    Action::Shell(ShellAction {
        artifact: publish(host, "check.sh", text).await,
        ..ShellAction::default()
    })
}

async fn checked(host: &Host, text: &str, look: Looking) -> RoleStep {
    RoleStep {
        look,
        ..step(Some(script(host, text).await), None)
    }
}

#[tokio::test]
async fn a_watched_path_calls_for_a_look() {
    let host = Host::rooted();
    let file = host.folder.join("ROOT/etc/app.conf");
    let look = Looking {
        interval_ms: Some(NEVER),
        watch: vec!["/etc/other".into(), "/etc/app.conf".into()],
        ..Looking::default()
    };
    let step = checked(&host, &format!("grep -q good {file}"), look).await;
    let mut seen = host.engines.observe(&step);
    until(&mut seen, is_not_reached).await;
    // Neither the file nor its folder was there.
    fs::create_dir(host.folder.join("ROOT/etc")).unwrap();
    fs::write(&file, "good").unwrap();
    until(&mut seen, is_reached).await;
    fs::write(&file, "bad").unwrap();
    until(&mut seen, is_not_reached).await;
}

#[tokio::test]
async fn an_interval_takes_the_place_of_growing_pauses() {
    let host = Host::new();
    let runs = host.folder.join("runs");
    let look = Looking {
        interval_ms: Some(20),
        ..Looking::default()
    };
    let step = checked(&host, &format!("echo >>{runs}"), look).await;
    let _seen = host.engines.observe(&step);
    // With growing pauses this would take some minutes.
    eventually("it runs forty times", || {
        fs::read_to_string(&runs).is_ok_and(|text| text.lines().count() >= 40)
    })
    .await;
}

#[tokio::test]
async fn a_look_takes_no_longer_than_the_step_says() {
    let host = Host::new();
    let look = Looking {
        timeout_ms: Some(200),
        ..Looking::default()
    };
    let step = checked(&host, "exec sleep 1000", look).await;
    let seen = host.look(&step).await;
    assert!(
        matches!(&seen, Observed::Failed(why) if why.contains("did not end within 200 ms")),
        "{seen:?}"
    );
}

fn process(command: &str) -> Action {
    Action::Process(ProcessAction {
        command: vec!["sh".into(), "-c".into(), command.into()],
        running: true,
        ..ProcessAction::default()
    })
}

fn stopping(start: &RoleStep) -> RoleStep {
    let stop = Action::Process(ProcessAction {
        running: false,
        ..ProcessAction::default()
    });
    RoleStep {
        name: "node.stop".to_owned(),
        look: Looking::default(),
        check: Some(stop.clone()),
        apply: Some(stop),
        ..start.clone()
    }
}

#[tokio::test]
async fn a_server_is_given_the_time_to_listen() {
    let host = Host::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let start = step(
        Some(Action::Tcp(TcpAction {
            host: "127.0.0.1".into(),
            port,
            timeout_ms: None,
        })),
        Some(process(&format!(
            "sleep 1; exec python3 -m http.server --bind 127.0.0.1 {port}"
        ))),
    );
    host.reach(&start).await;
    host.reach(&stopping(&start)).await;
}

#[tokio::test]
async fn a_process_that_runs_and_does_not_answer_is_started_again() {
    let host = Host::new();
    let starts = host.folder.join("starts");
    let mut start = step(
        Some(script(&host, &format!("test $(wc -l <{starts}) -ge 2")).await),
        Some(process(&format!("echo >>{starts}; exec sleep 1000"))),
    );
    start.look.grace_ms = Some(300);
    let outcome = host.apply(&start).await;
    assert!(outcome.ok, "{outcome:?}");
    assert!(is_not_reached(&host.look(&start).await));
    host.reach(&start).await;
    assert_eq!(fs::read_to_string(&starts).unwrap().lines().count(), 2);
    host.reach(&stopping(&start)).await;
}

#[tokio::test]
async fn one_that_dies_is_not_waited_for() {
    let host = Host::new();
    let starts = host.folder.join("starts");
    let mut start = step(
        Some(script(&host, "exit 1").await),
        Some(process(&format!("echo >>{starts}; exec sleep 1"))),
    );
    start.look.grace_ms = Some(NEVER);
    let outcome = host.apply(&start).await;
    assert!(outcome.ok, "{outcome:?}");
    let seen = host.look(&start).await;
    assert_eq!(seen, Observed::NotReached("it is no longer running".into()));
}
