//! When it is looked again although nothing told of a change.

use std::time::Duration;

use crate::engine::Observed;
use crate::role::RoleStep;
use crate::topology::Action;

/// The first pause between two looks that nothing but time calls for; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(5);
/// The longest pause where watched files tell of changes.
const LONGEST_WATCHED: Duration = Duration::from_mins(1);
/// The longest pause while the check itself cannot be carried out.
const LONGEST_FAILED: Duration = Duration::from_secs(30);

/// Whether nothing tells of changes of what the step's check looks at.
pub(super) fn is_polled(step: &RoleStep) -> bool {
    matches!(
        step.check,
        Some(Action::Shell(_) | Action::Service(_) | Action::Tcp(_) | Action::Http(_))
    )
}

/// Pauses: as the step says, or short after a change, then longer and longer.
pub(super) struct Timer {
    fixed: Option<Duration>,
    longest: Duration,
    last: Option<Observed>,
    pause: Duration,
}

impl Timer {
    /// The timer of a step; none where only events call for a look.
    pub(super) fn of(step: &RoleStep) -> Option<Self> {
        let fixed = step.look.interval_ms.map(Duration::from_millis);
        (fixed.is_some() || is_polled(step)).then_some(Self {
            fixed,
            longest: if step.look.watch.is_empty() {
                LONGEST
            } else {
                LONGEST_WATCHED
            },
            last: None,
            pause: Duration::ZERO,
        })
    }

    /// Begins with short pauses again.
    pub(super) fn restart(&mut self) {
        self.last = None;
    }

    /// How long to wait after `seen` was seen.
    pub(super) fn pause(&mut self, seen: Observed) -> Duration {
        let longest = match seen {
            Observed::Failed(_) => self.longest.max(LONGEST_FAILED),
            _ => self.longest,
        };
        let same = self
            .last
            .as_ref()
            .is_some_and(|last| std::mem::discriminant(last) == std::mem::discriminant(&seen));
        self.pause = if same {
            (self.pause * 2).min(longest)
        } else {
            FIRST
        };
        self.last = Some(seen);
        // Spread, so that the checks of many steps do not come all at once for ever.
        self.fixed
            .unwrap_or(self.pause)
            .mul_f64(0.9 + 0.2 * fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(look: &str) -> RoleStep {
        let text = format!(
            r#"{{"name":"a","node":"a","operation":"create","up":true,"digest":"d","look":{look},
            "check":{{"engine":"tcp","port":80}},"retry":{{"min_delay_ms":1,"max_delay_ms":2}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn is_about(pause: Duration, wanted: Duration) -> bool {
        pause >= wanted * 9 / 10 && pause <= wanted * 11 / 10
    }

    /// The pause after nothing changed for long.
    fn late(timer: &mut Timer) -> Duration {
        for _ in 0..20 {
            timer.pause(Observed::Reached);
        }
        timer.pause(Observed::Reached)
    }

    #[test]
    fn pauses_grow_until_something_changes() {
        let mut timer = Timer::of(&step("{}")).unwrap();
        assert!(is_about(timer.pause(Observed::Reached), FIRST));
        assert!(is_about(late(&mut timer), LONGEST));
        assert!(is_about(timer.pause(Observed::NotReached("x".into())), FIRST));
        let mut timer = Timer::of(&step(r#"{"watch":["/x"]}"#)).unwrap();
        assert!(is_about(late(&mut timer), LONGEST_WATCHED));
    }

    #[test]
    fn a_step_may_say_its_own() {
        let mut timer = Timer::of(&step(r#"{"interval_ms":70000}"#)).unwrap();
        for _ in 0..3 {
            let seen = Observed::NotReached("x".into());
            assert!(is_about(timer.pause(seen), Duration::from_secs(70)));
        }
        let mut file = step("{}");
        file.check = None;
        assert!(Timer::of(&file).is_none());
        file.look.interval_ms = Some(50);
        assert!(Timer::of(&file).is_some());
    }
}
