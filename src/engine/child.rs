//! Programs that run to their end: in a group of their own, with a deadline, and never waited for longer than they live.

use std::io::{self, ErrorKind};
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::net::unix::pipe::Receiver;
use tokio::process::Command;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::output::Tail;

/// How long a program may take to end after it was asked to (TERM), before it is made to (KILL).
pub(super) const GRACE: Duration = Duration::from_secs(10);
/// How long a killed program may take to go. Only one that hangs in the kernel takes longer.
const GIVE_UP: Duration = Duration::from_secs(5);
/// How often what is left of a group is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// The most that is read after the program ended, in bytes: what a daemon it left prints goes on without end.
const MOST_DRAINED: usize = 1024 * 1024;
/// How often starting is tried when the file is just being written somewhere. (Another thread that starts a program at
/// the moment our file is written holds it open until its own exec.)
const BUSY_TRIES: u32 = 40;

/// How a program ended.
#[derive(Debug)]
pub(super) enum End {
    /// By itself, or by somebody else's signal.
    Exited(ExitStatus),
    /// It was ended at its deadline.
    TimedOut,
    /// It was ended because nobody wants it any more.
    Cancelled,
    /// It was killed and did not go.
    Stuck,
}

/// Ends the group when the caller stops waiting (its task was dropped): nothing half-done is left running.
struct Group {
    pid: Option<Pid>,
}

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid {
            // It may be gone already.
            let _ = kill_process_group(pid, signal);
        }
    }

    fn is_there(&self) -> bool {
        // A group that we may not signal is there too.
        self.pid
            .is_some_and(|pid| !matches!(test_kill_process_group(pid), Err(rustix::io::Errno::SRCH)))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Runs `command` until it ends, is `deadline` old, or `cancel` is cancelled. What it prints goes into `tail`;
/// `started` is told its number as soon as it has one.
///
/// The command gets a process group of its own (which posix_spawn can give; a session would need a fork of the whole
/// agent, 41 to 200 ms for one of 500 MB) and no input. A daemon that it leaves behind is left alone, even if it keeps
/// the output open: what counts is that the program itself has ended.
pub(super) async fn run(
    mut command: Command,
    tail: &mut Tail,
    deadline: Duration,
    cancel: &CancellationToken,
    started: impl FnOnce(Pid),
) -> io::Result<End> {
    // One pipe for both, so that lines stay in their order.
    let (reader, writer) = io::pipe()?;
    let reader = Receiver::from_owned_fd(reader.into())?;
    command
        .stdin(std::process::Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0);
    let mut child = spawn(&mut command).await?;
    // It holds the writing end.
    drop(command);
    let mut group = Group {
        pid: child.id().and_then(|id| Pid::from_raw(id.cast_signed())),
    };
    if let Some(pid) = group.pid {
        started(pid);
    }
    let mut buffer = vec![0; 64 * 1024];
    let mut is_open = true;
    let mut ended_for: Option<End> = None;
    let mut is_killed = false;
    let mut next = Instant::now() + deadline;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            ready = reader.readable(), if is_open => {
                is_open = ready.is_ok() && read(&reader, &mut buffer, tail).is_none_or(|count| count > 0);
            }
            () = cancel.cancelled(), if ended_for.is_none() => {
                ended_for = Some(End::Cancelled);
                group.signal(Signal::TERM);
                next = Instant::now() + GRACE;
            }
            () = sleep_until(next) => {
                if is_killed {
                    group.pid = None;
                    return Ok(End::Stuck);
                }
                if ended_for.is_none() {
                    ended_for = Some(End::TimedOut);
                    group.signal(Signal::TERM);
                    next = Instant::now() + GRACE;
                } else {
                    is_killed = true;
                    group.signal(Signal::KILL);
                    next = Instant::now() + GIVE_UP;
                }
            }
        }
    };
    // All that it printed itself is in the pipe by now: take it, without waiting for more.
    let mut drained = 0;
    while drained < MOST_DRAINED && is_open {
        match read(&reader, &mut buffer, tail) {
            Some(count) if count > 0 => drained += count,
            _ => break,
        }
    }
    if ended_for.is_some() {
        // The program went, its children may have not.
        while group.is_there() && Instant::now() < next {
            sleep(LOOK).await;
        }
        group.signal(Signal::KILL);
    }
    group.pid = None;
    Ok(ended_for.unwrap_or(End::Exited(status)))
}

async fn spawn(command: &mut Command) -> io::Result<tokio::process::Child> {
    let mut tries = 0;
    loop {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && tries < BUSY_TRIES => {
                tries += 1;
                sleep(Duration::from_millis(u64::from(tries))).await;
            }
            spawned => return spawned,
        }
    }
}

/// Reads what is there; none if nothing is, 0 at the end.
fn read(reader: &Receiver, buffer: &mut [u8], tail: &mut Tail) -> Option<usize> {
    match reader.try_read(buffer) {
        Ok(count) => {
            tail.push(&buffer[..count]);
            Some(count)
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        Err(_) => Some(0),
    }
}
