//! How runs that went wrong are told.

use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use crate::engine::child::End;
use crate::engine::words::of_time;

/// Why `name` could not be started.
pub(super) fn of_start(name: &str, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ArgumentListTooLong => format!(
            "cannot start `{name}`: its inputs and arguments are too large for an environment (Linux takes 128 KiB for \
             one, some MiB for all); pass the path of a file instead"
        ),
        ErrorKind::NotFound => format!(
            "cannot start `{name}`: it is a program whose loader or interpreter is not on this host; was it built for \
             another system?"
        ),
        ErrorKind::PermissionDenied => {
            format!("cannot start `{name}`: {error}; is the state directory mounted `noexec`?")
        }
        ErrorKind::ExecutableFileBusy => {
            format!("cannot start `{name}`: somebody is writing to it")
        }
        // ENOEXEC has no kind of its own.
        _ if error.raw_os_error() == Some(8) => {
            format!("cannot start `{name}`: it is a program for another kind of machine or system")
        }
        _ => format!("cannot start `{name}`: {error}"),
    }
}

/// Why `name` did not end well.
pub(super) fn of_end(name: &str, end: &End, deadline: Duration) -> String {
    match end {
        End::Exited(status) => format!("`{name}` {}", of_status(*status)),
        End::TimedOut => format!(
            "`{name}` did not end within {} and was ended; if it needs longer, give the operation a `timeout`",
            of_time(deadline)
        ),
        End::Cancelled => format!("`{name}` was cancelled"),
        End::Stuck => {
            format!("`{name}` was killed, but hangs in the kernel (a device or a network file system?)")
        }
    }
}

/// How a program ended.
pub(in crate::engine) fn of_status(status: ExitStatus) -> String {
    if let Some(signal) = status.signal() {
        let name = name_of(signal);
        let hint = match signal {
            9 => "; did the host run out of memory?",
            _ => "",
        };
        return format!("was ended by signal {signal}{name}{hint}");
    }
    match status.code().unwrap_or_default() {
        126 => "ended with exit status 126: a command in it cannot be executed (see the end of its output)"
            .to_owned(),
        127 => {
            "ended with exit status 127: a command in it was not found (see the end of its output)".to_owned()
        }
        code => format!("ended with exit status {code}"),
    }
}

/// The signals that have one number on all systems.
fn name_of(signal: i32) -> &'static str {
    match signal {
        1 => " (HUP)",
        2 => " (INT)",
        3 => " (QUIT)",
        4 => " (ILL)",
        6 => " (ABRT)",
        8 => " (FPE)",
        9 => " (KILL)",
        11 => " (SEGV)",
        13 => " (PIPE)",
        14 => " (ALRM)",
        15 => " (TERM)",
        _ => "",
    }
}
