//! Which process is meant: a number is given again sooner or later, a number and a time of birth are not.
//!
//! Where `/proc` has it (Linux), birth is counted in clock ticks since the start of the system, with the system's boot
//! id; elsewhere `ps` tells it to the second. A lock that the process inherits would tell the same, but programs that
//! close all files they do not know would let go of it.

use std::process::{Command, Stdio};

use rustix::process::Pid;
use tokio::time::sleep;

use super::POLL;

/// The time of birth of a process; none if there is no such process, or if it has ended and only waits to be reaped.
pub(in crate::engine) fn born(pid: Pid) -> Result<Option<String>, String> {
    from_proc(pid).or_else(|NoProc| from_ps(pid))
}

/// There is no `/proc`, or none as on Linux.
struct NoProc;

fn from_proc(pid: Pid) -> Result<Option<String>, NoProc> {
    if !cfg!(target_os = "linux") {
        return Err(NoProc);
    }
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map_err(|_| NoProc)?;
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())) else {
        return Ok(None);
    };
    // The second field is the program's name in parentheses, and may have any in it.
    let (_, rest) = stat.rsplit_once(')').ok_or(NoProc)?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next().ok_or(NoProc)?;
    // The 22nd field of all; `state` was the third.
    let ticks = fields.nth(18).ok_or(NoProc)?;
    let ended = matches!(state, "Z" | "X" | "x");
    Ok((!ended).then(|| format!("{}/{ticks}", boot.trim())))
}

fn from_ps(pid: Pid) -> Result<Option<String>, String> {
    let output = Command::new("ps")
        .args(["-o", "stat=", "-o", "lstart=", "-p"])
        .arg(pid.as_raw_nonzero().to_string())
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot look for the process: there is neither /proc nor `ps`: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let Some((state, born)) = text.trim().split_once(char::is_whitespace) else {
        return Ok(None);
    };
    Ok((!state.starts_with('Z')).then(|| born.trim().to_owned()))
}

/// Waits until the process with this number and birth is gone.
pub(super) async fn gone(pid: Pid, birth: &str) {
    #[cfg(target_os = "linux")]
    if wait(pid, birth).await.is_some() {
        return;
    }
    let mut pause = POLL.0;
    while matches!(born(pid), Ok(Some(found)) if found == birth) {
        sleep(pause).await;
        pause = (pause * 2).min(POLL.1);
    }
}

/// Waits by the kernel's own means; none if it has none for this process.
#[cfg(target_os = "linux")]
async fn wait(pid: Pid, birth: &str) -> Option<()> {
    use rustix::process::{PidfdFlags, pidfd_open};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    let process = pidfd_open(pid, PidfdFlags::NONBLOCK).ok()?;
    // Only now the number cannot be given to another behind our back.
    if born(pid).ok()?.as_deref() != Some(birth) {
        return Some(());
    }
    #[expect(
        deprecated,
        reason = "unsound for types that let go of their descriptor, which an OwnedFd does not; the new one is unsafe"
    )]
    let process = AsyncFd::try_with_interest(process, Interest::READABLE).ok()?;
    process.readable().await.ok().map(drop)
}

/// The leader of the group that was started with `token` in its environment: how a process is found whose record was
/// not completed, because the agent ended at that very moment.
pub(super) fn find(token: &str) -> Option<Pid> {
    let mark = format!("{}={token}", super::start::MARK);
    let found = if cfg!(target_os = "linux") && std::path::Path::new("/proc/self/environ").exists() {
        in_proc(&mark)
    } else {
        in_ps(&mark)
    };
    found
        .into_iter()
        .filter_map(Pid::from_raw)
        .find(|pid| rustix::process::getpgid(Some(*pid)) == Ok(*pid))
}

fn in_proc(mark: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &i32| {
            std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
                environment
                    .split(|byte| *byte == 0)
                    .any(|variable| variable == mark.as_bytes())
            })
        })
        .collect()
}

fn in_ps(mark: &str) -> Vec<i32> {
    let output = Command::new("ps")
        .args(["axeww", "-o", "pid=", "-o", "command="])
        .stdin(Stdio::null())
        .output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .filter(|line| line.split_whitespace().any(|word| word == mark))
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_know_the_living_from_the_dead() {
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = Pid::from_raw(child.id().cast_signed()).unwrap();
        let ways: [fn(Pid) -> Option<String>; 2] = [|pid| born(pid).unwrap(), |pid| from_ps(pid).unwrap()];
        for way in ways {
            assert_eq!(way(pid), way(pid));
            assert!(way(pid).is_some());
        }
        child.kill().unwrap();
        // Not reaped yet, or just so: the same.
        rustix::process::waitid(
            rustix::process::WaitId::Pid(pid),
            rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT,
        )
        .unwrap();
        for way in ways {
            assert_eq!(way(pid), None);
        }
        child.wait().unwrap();
        for way in ways {
            assert_eq!(way(pid), None);
        }
    }

    #[test]
    fn a_process_is_found_by_its_mark() {
        use std::os::unix::process::CommandExt;
        let token = format!("test-{}", fastrand::u64(..));
        let mut child = Command::new("sleep")
            .arg("1000")
            .env(super::super::start::MARK, &token)
            .process_group(0)
            .spawn()
            .unwrap();
        let mark = format!("{}={token}", super::super::start::MARK);
        let pid = child.id().cast_signed();
        // The environment shows a little after the process.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let mut found = None;
        while found.is_none() && std::time::Instant::now() < deadline {
            found = find(&token);
            std::thread::yield_now();
        }
        let listed = in_ps(&mark);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!((found.map(Pid::as_raw_pid), listed), (Some(pid), vec![pid]));
        assert_eq!(find("no such token"), None);
    }
}
