//! Words that several engines share.

use std::time::Duration;

/// A span of time as people say it.
pub(super) fn of_time(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..=9 if time.subsec_millis() > 0 => format!("{} ms", time.as_millis()),
        0..=119 => format!("{seconds} s"),
        _ if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{} minutes {} s", seconds / 60, seconds % 60),
    }
}
