//! The shell engine: what scripts get, what they give, and every way in which they go wrong.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use khor::engine::{Engine, Observed};
use khor::role::{RoleStep, keys};
use khor::store::{Store, Transaction};
use khor::topology::{Action, Artifact, Interpreter, ShellAction};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::kit::{Host, LONG, eventually, is_not_reached, is_reached, step, until};

/// Publishes a file as the compiler does, in chunks.
pub async fn publish(host: &Host, name: &str, content: impl AsRef<[u8]>) -> Artifact {
    let content = content.as_ref();
    let sha256 = Sha256::digest(content)
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let prefix = keys::blob("app", &sha256);
    let mut transaction = Transaction::new();
    for (number, chunk) in content.chunks(content.len().div_ceil(12).max(1)).enumerate() {
        transaction = transaction.put(format!("{prefix}{number}"), chunk);
    }
    host.store.commit(transaction).await.unwrap();
    Artifact {
        name: name.to_owned(),
        sha256,
        size: content.len() as u64,
        ..Artifact::default()
    }
}

async fn action(host: &Host, name: &str, content: impl AsRef<[u8]>) -> Action {
    Action::Shell(ShellAction {
        artifact: publish(host, name, content).await,
        ..ShellAction::default()
    })
}

/// A step that does `script` and has no check.
async fn script(host: &Host, script: &str) -> RoleStep {
    step(None, Some(action(host, "scripts/do.sh", script).await))
}

#[tokio::test]
async fn a_script_gets_its_inputs_and_who_it_is_about() {
    let host = Host::rooted();
    let mut step = script(
        &host,
        "#!/bin/sh\nenv | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^HOME= -e ^LANG= -e ^LC_ALL= -e ^TZ= -e ^TMPDIR= | cut -d= -f1 | sort >&2\n\
         printf 'bare=%s\\nlist=%s\\nnumber=%s\\nself=%s\\nhost=%s\\nsource=%s\\ntarget=%s\\nroot=%s\\narg=%s\\nname=%s\\npwd=%s\\n' \
         \"$bare\" \"$list\" \"$number\" \"$SELF\" \"$HOST\" \"$SOURCE\" \"$TARGET\" \"$KHOR_ROOT\" \"$2\" \"${0##*/scripts/}\" \"$(pwd -P)\" >\"$KHOR_OUTPUT\"\n",
    )
    .await;
    step.inputs = BTreeMap::from([
        ("bare".into(), json!("a \"b\" $c")),
        ("list".into(), json!([1, {"k": "v"}])),
        ("number".into(), json!(1.5)),
    ]);
    step.relationship = Some(("web".into(), "db".into()));
    if let Some(Action::Shell(action)) = &mut step.apply {
        action.args = vec!["one".into(), "two words".into()];
    }
    let outcome = host.apply(&step).await;
    assert!(outcome.ok, "{outcome:?}");
    let work = host.engines.context().work();
    assert_eq!(
        json!(outcome.outputs),
        json!({
            "bare": "a \"b\" $c", "list": r#"[1,{"k":"v"}]"#, "number": "1.5", "self": "node", "host": "host",
            "source": "web", "target": "db", "root": host.folder.join("ROOT"), "arg": "two words",
            "name": "do.sh", "pwd": work,
        })
    );
    let names: Vec<_> = outcome.tail.lines().collect();
    assert_eq!(
        names,
        [
            "HOST",
            "KHOR_APPLICATION",
            "KHOR_OPERATION",
            "KHOR_OUTPUT",
            "KHOR_ROOT",
            "PATH",
            "SELF",
            "SOURCE",
            "TARGET",
            "bare",
            "list",
            "number"
        ],
        "nothing of the agent's own environment"
    );
}

#[tokio::test]
async fn a_stamp_tells_that_it_was_done_until_it_changes_or_fails() {
    let host = Host::new();
    let mut step = script(&host, "echo run >>runs; test ! -e broken").await;
    let mut seen = host.engines.observe(&step);
    until(&mut seen, is_not_reached).await;
    host.reach(&step).await;
    until(&mut seen, is_reached).await;
    assert_eq!(
        host.restarted().look(&step).await,
        Observed::Reached,
        "a restart forgets nothing"
    );
    step.digest = "d2".into();
    assert!(is_not_reached(&host.look(&step).await));
    step.digest = "d1".into();
    fs::write(host.engines.context().work().join("broken"), "").unwrap();
    host.refuse(&step, "exit status 1").await;
    until(&mut seen, is_not_reached).await;
    assert_eq!(
        fs::read_to_string(host.engines.context().work().join("runs")).unwrap(),
        "run\nrun\n"
    );
}

#[tokio::test]
async fn the_type_tells_the_interpreter_where_the_first_line_does_not() {
    let host = Host::new();
    for (interpreter, text, said) in [
        (Interpreter::Python, "print(1 + 1)", "2"),
        (Interpreter::Bash, "a=(x y); echo ${a[1]}", "y"),
        (Interpreter::Python, "#!/bin/sh\necho by line", "by line"),
    ] {
        let action = ShellAction {
            artifact: publish(&host, "do", text).await,
            interpreter: Some(interpreter),
            ..ShellAction::default()
        };
        let outcome = host.apply(&step(None, Some(Action::Shell(action)))).await;
        assert!(outcome.ok && outcome.tail == said, "{outcome:?}");
    }
}

#[tokio::test]
async fn files_beside_the_script_are_there() {
    let host = Host::new();
    let action = ShellAction {
        artifact: publish(
            &host,
            "../scripts/do.sh",
            "#!/bin/sh\n. \"$(dirname \"$0\")/lib/more.sh\"; \"$(dirname \"$0\")/../tool\"",
        )
        .await,
        dependencies: vec![
            publish(&host, "../scripts/lib/more.sh", "echo from more").await,
            publish(&host, "../tool", "#!/bin/sh\necho from tool").await,
        ],
        args: Vec::new(),
        interpreter: None,
    };
    let outcome = host.apply(&step(None, Some(Action::Shell(action)))).await;
    assert!(outcome.ok, "{outcome:?}");
    assert_eq!(outcome.tail, "from more\nfrom tool");
}

#[tokio::test]
async fn interpreters_are_found_by_line_by_ending_or_sh() {
    let host = Host::new();
    for (name, text, says) in [
        ("a.py", "import sys; print('python', len(sys.argv))", "python 1"),
        ("b", "echo plain", "plain"),
        ("c.txt", "#!/usr/bin/env python3\nprint('line')", "line"),
    ] {
        let outcome = host
            .apply(&step(None, Some(action(&host, name, text).await)))
            .await;
        assert_eq!((outcome.ok, outcome.tail.as_str()), (true, says), "{outcome:?}");
    }
    let binary = fs::read("/bin/true").unwrap();
    host.reach(&step(None, Some(action(&host, "true", binary).await)))
        .await;
    let zsh = step(None, Some(action(&host, "x", "#!/usr/bin/nosuch -f\n").await));
    host.refuse(&zsh, "asks for /usr/bin/nosuch, which is not there")
        .await;
}

#[tokio::test]
async fn what_is_not_what_the_role_names_is_never_run() {
    let host = Host::new();
    let mut artifact = publish(&host, "do.sh", "echo one; touch ran").await;
    let whole = artifact.clone();
    let of = |artifact: &Artifact| {
        step(
            None,
            Some(Action::Shell(ShellAction {
                artifact: artifact.clone(),
                ..ShellAction::default()
            })),
        )
    };
    // Another content under the same digest.
    let key = format!("{}0", keys::blob("app", &artifact.sha256));
    let real = host.store.get(&key).await.unwrap().unwrap().value;
    host.store
        .commit(Transaction::new().put(&key, "echo two"))
        .await
        .unwrap();
    host.refuse(&of(&artifact), "in the store is not the one that the role names")
        .await;
    host.store.commit(Transaction::new().delete(&key)).await.unwrap();
    host.refuse(&of(&artifact), "missing in the store").await;
    host.store
        .commit(Transaction::new().put(&key, real))
        .await
        .unwrap();
    for bad in ["", "..", "a/..", "x/"] {
        artifact.name = bad.into();
        host.refuse(&of(&artifact), "is not that of a file").await;
    }
    artifact.name = "do.sh".into();
    artifact.sha256 = "../../x".into();
    host.refuse(&of(&artifact), "SHA-256").await;
    assert!(!host.engines.context().work().join("ran").exists());

    // A damaged copy, or a link in its place, is put right before it runs.
    let outcome = host.apply(&of(&whole)).await;
    assert_eq!(outcome.tail, "one");
    let artifacts = host.engines.context().state.join("artifacts");
    let placed = fs::read_dir(&artifacts)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("do.sh");
    assert_eq!(fs::metadata(&placed).unwrap().permissions().mode() & 0o777, 0o700);
    fs::write(&placed, "echo evil").unwrap();
    assert_eq!(host.apply(&of(&whole)).await.tail, "one");
    fs::remove_file(&placed).unwrap();
    std::os::unix::fs::symlink("/bin/true", &placed).unwrap();
    assert_eq!(host.apply(&of(&whole)).await.tail, "one");
}

#[tokio::test]
async fn failures_are_told_with_the_tail_and_without_secrets() {
    let host = Host::new();
    let mut failing = script(&host, "echo connecting with $db_password; echo oops >&2; exit 3").await;
    failing.inputs = BTreeMap::from([("db_password".into(), json!("hunter22"))]);
    let outcome = host.apply(&failing).await;
    assert_eq!(outcome.message, "`scripts/do.sh` ended with exit status 3");
    assert_eq!(outcome.tail, "connecting with [redacted]\noops");
    for (text, words) in [
        ("nosuchcommand", "127: a command in it was not found"),
        ("kill -KILL $$", "signal 9 (KILL)"),
        (
            "echo nonsense >$KHOR_OUTPUT",
            "line 1 of what it wrote to KHOR_OUTPUT",
        ),
        ("head -c 100000 /dev/zero >$KHOR_OUTPUT", "more than 65536 bytes"),
        ("rm $KHOR_OUTPUT; mkdir $KHOR_OUTPUT", "no longer a file"),
    ] {
        host.refuse(&script(&host, text).await, words).await;
        let given = host.engines.context().state.join("outputs/node.create");
        let _ = fs::remove_dir(given);
    }
    let mut odd = script(&host, ":").await;
    odd.inputs = BTreeMap::from([("not-a-name".into(), json!(1))]);
    host.refuse(&odd, "`not-a-name` cannot be an environment variable")
        .await;
    odd.inputs = BTreeMap::from([("huge".into(), json!("x".repeat(3_000_000)))]);
    host.refuse(&odd, "too large for an environment").await;
}

#[tokio::test]
async fn gigabytes_are_drained_in_bounded_memory() {
    let host = Host::new();
    let step = script(
        &host,
        "yes 0123456789012345678901234567890123456789 | head -c 200000000; echo; echo the end",
    )
    .await;
    let outcome = host.apply(&step).await;
    assert!(
        outcome.ok && outcome.tail.ends_with("the end"),
        "{}",
        outcome.message
    );
    assert!(outcome.tail.len() <= 8192);
}

#[tokio::test]
async fn a_daemon_that_keeps_the_output_open_is_not_waited_for_and_lives() {
    let host = Host::new();
    let pid_file = host.folder.join("pid");
    let step = script(&host, &format!("sleep 1000 & echo $! >{pid_file}; echo started")).await;
    let outcome = host.apply(&step).await;
    assert_eq!((outcome.ok, outcome.tail.as_str()), (true, "started"));
    let pid = fs::read_to_string(&pid_file).unwrap();
    let kill = |signal: &str| {
        let status = std::process::Command::new("kill")
            .args([signal, pid.trim()])
            .status();
        status.unwrap().success()
    };
    assert!(kill("-0"), "it was left alone");
    assert!(kill("-9"));
}

/// A script that hangs, with a child; it writes the numbers of both.
async fn hanging(host: &Host, trap: &str) -> RoleStep {
    let pids = host.folder.join("pids");
    script(
        host,
        &format!("{trap}\nsleep 1000 & echo $$ $! >{pids}.new; mv {pids}.new {pids}\nwhile :; do wait; done"),
    )
    .await
}

fn all_gone(host: &Host) -> bool {
    let pids = fs::read_to_string(host.folder.join("pids")).unwrap();
    let mut pids = pids.split_whitespace();
    pids.all(|pid| {
        !std::process::Command::new("kill")
            .args(["-0", pid])
            .output()
            .unwrap()
            .status
            .success()
    })
}

#[tokio::test]
async fn what_hangs_is_ended_with_all_its_children() {
    let host = Host::new();
    let step = hanging(&host, "").await;
    let deadline = Duration::from_millis(300);
    let outcome = host
        .engines
        .apply(&step, deadline, CancellationToken::new())
        .await;
    assert!(
        !outcome.ok && outcome.message.contains("did not end within 300 ms"),
        "{outcome:?}"
    );
    eventually("all are gone", || all_gone(&host)).await;
}

/// Takes the grace of ten seconds.
#[tokio::test]
async fn what_ignores_the_polite_signal_is_killed() {
    let host = Host::new();
    let step = hanging(&host, "trap '' TERM").await;
    let outcome = host
        .engines
        .apply(&step, Duration::from_millis(300), CancellationToken::new())
        .await;
    assert!(!outcome.ok, "{outcome:?}");
    eventually("all are gone", || all_gone(&host)).await;
}

#[tokio::test]
async fn cancelling_and_dropping_leave_nothing_running() {
    let host = Host::new();
    for drop_it in [false, true] {
        let step = hanging(&host, "").await;
        let cancel = CancellationToken::new();
        let (engines, token) = (host.engines.clone(), cancel.clone());
        let running = tokio::spawn(async move { engines.apply(&step, LONG, token).await });
        eventually("it runs", || host.folder.join("pids").exists()).await;
        if drop_it {
            running.abort();
        } else {
            cancel.cancel();
            assert!(running.await.unwrap().message.contains("cancelled"));
        }
        eventually("all are gone", || all_gone(&host)).await;
        fs::remove_file(host.folder.join("pids")).unwrap();
    }
}

#[tokio::test]
async fn a_check_is_run_again_and_tells_levels() {
    let host = Host::new();
    let mark = host.folder.join("mark");
    let check = action(
        &host,
        "check.sh",
        format!("test -e {mark} || {{ echo no mark; exit 1; }}"),
    )
    .await;
    let step = step(
        Some(check),
        Some(action(&host, "do.sh", format!("touch {mark}")).await),
    );
    let mut seen = host.engines.observe(&step);
    until(&mut seen, |level| {
        *level == Observed::NotReached("exit status 1: no mark".into())
    })
    .await;
    host.reach(&step).await;
    until(&mut seen, is_reached).await;
    // Nothing tells of this: the next run does.
    fs::remove_file(&mark).unwrap();
    until(&mut seen, is_not_reached).await;
}

#[tokio::test]
async fn many_checks_never_run_all_at_once_and_one_never_overlaps() {
    let host = Host::new();
    let folder = host.folder.join("running");
    fs::create_dir(&folder).unwrap();
    let text = format!("cd {folder} && : >$$ && ls | wc -l >>../most && sleep 0.05; rm $$");
    let check = action(&host, "check.sh", text).await;
    let all: Vec<_> = (0..24)
        .map(|number| {
            let mut step = step(Some(check.clone()), None);
            // Three ask for each step.
            step.name = format!("node{}.create", number / 3);
            let engines = host.engines.clone();
            tokio::spawn(async move { engines.look(&step).await })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap(), Observed::Reached);
    }
    let most = fs::read_to_string(host.folder.join("most")).unwrap();
    let counts: Vec<usize> = most.lines().map(|line| line.trim().parse().unwrap()).collect();
    assert!(counts.iter().max() <= Some(&4), "{counts:?}");
    assert!(
        counts.len() <= 16,
        "those who wait share a run: {} runs",
        counts.len()
    );
}

/// As when an agent is killed in the middle of a do: the script goes on, and the next agent does it again.
#[tokio::test]
async fn a_do_of_a_killed_agent_does_not_run_beside_the_next() {
    let host = Host::new();
    let lines = host.folder.join("lines");
    let text = format!("echo $$ >>{lines}; test $(wc -l <{lines}) -gt 1 || exec sleep 1000");
    let step = script(&host, &text).await;
    // A runtime that is forgotten never drops its tasks, as a killed process does not.
    let first = tokio::runtime::Runtime::new().unwrap();
    let (engines, of_first) = (host.restarted(), step.clone());
    first.spawn(async move { engines.apply(&of_first, LONG, CancellationToken::new()).await });
    let noted = host.engines.context().state.join("running/node.create");
    eventually("it runs", || lines.exists() && noted.exists()).await;
    host.reach(&step).await;
    let pids = fs::read_to_string(&lines).unwrap();
    let leftover = pids.lines().next().unwrap();
    let alive = std::process::Command::new("kill")
        .args(["-0", leftover])
        .output()
        .unwrap();
    assert!(!alive.status.success());
    first.shutdown_background();
}

#[tokio::test]
async fn what_no_step_needs_any_more_is_forgotten() {
    let host = Host::new();
    let old = script(&host, "echo old").await;
    let mut new = script(&host, "echo new").await;
    new.name = "other.create".into();
    host.reach(&old).await;
    host.reach(&new).await;
    host.engines.keep_only([&new]).unwrap();
    assert_eq!(host.look(&new).await, Observed::Reached);
    assert!(is_not_reached(&host.look(&old).await));
    let artifacts = host.engines.context().state.join("artifacts");
    assert_eq!(fs::read_dir(artifacts).unwrap().count(), 1);
    host.reach(&old).await;
}

/// A node may be no longer asked for, and be asked for again before it was taken away.
#[tokio::test]
async fn what_a_step_gave_is_kept_until_it_is_undone() {
    let host = Host::new();
    let create = script(&host, "echo url=here >$KHOR_OUTPUT").await;
    let mut delete = script(&host, "true").await;
    delete.name = "node.delete".into();
    delete.up = false;
    delete.undoes = vec![create.name.clone()];
    host.reach(&create).await;
    host.engines.keep_only([&delete]).unwrap();
    host.engines.keep_only([&create, &delete]).unwrap();
    assert_eq!(host.look(&create).await, Observed::Reached);
    assert_eq!(host.engines.given([&create])[&create.name]["url"], "here");
}
