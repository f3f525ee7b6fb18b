//! The time that decisions are made by.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, but never going back: a clock that is set back must not make a retry wait for hours. A
/// clock that is set forward, or a machine that slept, is followed.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    base: Duration,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            base: wall(),
        }
    }

    /// Now.
    pub(super) fn now(&mut self) -> u64 {
        let wall = wall();
        let steady = self.base + self.started.elapsed();
        if wall > steady + Duration::from_secs(1) {
            self.base += wall.saturating_sub(steady);
        }
        self.peek()
    }

    /// Now, without a look at the wall clock.
    pub(super) fn peek(&self) -> u64 {
        let now = self.base + self.started.elapsed();
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Since 1970; a clock before that counts as 1970.
fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
