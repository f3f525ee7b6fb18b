//! Ends a process that was started, with all of its group.

use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::time::{Instant, sleep, timeout};

use super::identity;
use super::record::{Folder, Record};
use crate::engine::child::GRACE;
use crate::topology::ProcessAction;

/// How a process is asked to end, and for how long.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Ending {
    signal: Signal,
    grace: Duration,
}

impl Default for Ending {
    fn default() -> Self {
        Self {
            signal: Signal::TERM,
            grace: GRACE,
        }
    }
}

impl Ending {
    /// As an action says it.
    pub(super) fn of(action: &ProcessAction) -> Result<Self, String> {
        let usual = Self::default();
        let signal = match action.stop_signal.as_deref() {
            None | Some("TERM") => usual.signal,
            Some("INT") => Signal::INT,
            Some("QUIT") => Signal::QUIT,
            Some("HUP") => Signal::HUP,
            Some("USR1") => Signal::USR1,
            Some("USR2") => Signal::USR2,
            Some("WINCH") => Signal::WINCH,
            Some("KILL") => Signal::KILL,
            Some(other) => return Err(format!("no process can be asked to end by the signal `{other}`")),
        };
        Ok(Self {
            signal,
            grace: action.stop_timeout_ms.map_or(usual.grace, Duration::from_millis),
        })
    }
}

/// How long a killed process may take to go.
const GIVE_UP: Duration = Duration::from_secs(5);
/// How often what is left of a group is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Asks it to end, makes it end after a grace (KILL), and forgets it when it is gone.
pub(super) async fn stop(folder: &Folder, record: &Record, ending: Ending) -> Result<(), String> {
    if let (Some(pid), Some(born)) = (record.pid.and_then(Pid::from_raw), &record.born)
        && !end(pid, born, ending).await?
        && is_orphaned(pid, born)
    {
        // It died, its children did not: they may hold its port, and it could not be started again.
        let _ = signal(pid, ending.signal);
        end_group(pid, ending.grace).await;
    }
    folder.remove(record)
}

/// Ends the process with this number and birth, if it lives, with all of its group. Tells whether it did live.
pub(in crate::engine) async fn end(pid: Pid, born: &str, ending: Ending) -> Result<bool, String> {
    if identity::born(pid)?.as_deref() != Some(born) {
        return Ok(false);
    }
    signal(pid, ending.signal)?;
    let begin = Instant::now();
    if timeout(ending.grace, identity::gone(pid, born)).await.is_err() {
        signal(pid, Signal::KILL)?;
        let number = pid.as_raw_nonzero();
        timeout(GIVE_UP, identity::gone(pid, born))
            .await
            .map_err(|_| format!("process {number} was killed, but hangs in the kernel"))?;
    }
    // What it started may take its time to go.
    end_group(pid, ending.grace.saturating_sub(begin.elapsed())).await;
    Ok(true)
}

fn signal(group: Pid, signal: Signal) -> Result<(), String> {
    match kill_process_group(group, signal) {
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(errno) => Err(format!(
            "cannot end process {}: {}",
            group.as_raw_nonzero(),
            std::io::Error::from(errno)
        )),
    }
}

/// Waits for the rest of a group and kills what is still there.
async fn end_group(group: Pid, grace: Duration) {
    let end = Instant::now() + grace;
    while test_kill_process_group(group).is_ok() {
        if Instant::now() >= end {
            let _ = kill_process_group(group, Signal::KILL);
            return;
        }
        sleep(LOOK).await;
    }
}

/// Whether the group of a dead leader lives on. As long as it does, its number is given to no other process, so this
/// holds if nobody has the leader's number and the system was not started again since.
fn is_orphaned(group: Pid, born: &str) -> bool {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let same_boot = born
        .split_once('/')
        .is_some_and(|(of_record, _)| of_record == boot.trim());
    same_boot && identity::born(group) == Ok(None) && test_kill_process_group(group).is_ok()
}
