//! Carrying out a do: look first if asked to, act, look after. A panic in an engine is that do's failure.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::choreography::{Done, Level};
use crate::engine::{Engine, Observed, Outcome};
use crate::role::RoleStep;

/// How long a do may take where the step does not say.
const DEADLINE: Duration = Duration::from_mins(10);

/// What became of a do.
#[derive(Debug)]
pub(super) struct Did {
    /// How it ended; None: there was nothing to do.
    pub(super) done: Option<Done>,
    /// What the look after it saw.
    pub(super) level: Level,
    /// When the do itself ended: looks that began before are not to be believed.
    pub(super) ended: Option<Instant>,
}

/// A do under way, and how it ends.
pub(super) type Doing = Pin<Box<dyn Future<Output = Did> + Send>>;

/// The do of `step`; nothing happens until it is polled.
pub(super) fn doing<E>(engine: E, step: Arc<RoleStep>, look_first: bool, cancel: CancellationToken) -> Doing
where
    E: Engine + Send + Sync + 'static,
{
    let work = async move {
        if look_first {
            let seen = level(engine.look(&step).await);
            if !matches!(seen, Level::NotReached(_)) {
                return Did {
                    done: None,
                    level: seen,
                    ended: None,
                };
            }
        }
        let deadline = step.timeout_ms.map_or(DEADLINE, Duration::from_millis);
        let outcome = engine.apply(&step, deadline, cancel).await;
        let seen = level(engine.look(&step).await);
        Did {
            ended: outcome.ended,
            done: Some(done(outcome)),
            level: seen,
        }
    };
    Box::pin(Guarded {
        work: Box::pin(work),
        on_panic: |message| {
            let done = Done {
                message: format!("khor's engine failed in a way it must not: {message}"),
                ..Done::default()
            };
            Did {
                done: Some(done),
                level: Level::Unknown,
                ended: None,
            }
        },
    })
}

/// One look at `step`; nothing happens until it is polled.
pub(super) fn looking<E>(engine: E, step: Arc<RoleStep>) -> impl Future<Output = Level> + Send
where
    E: Engine + Send + Sync + 'static,
{
    Guarded {
        work: Box::pin(async move { level(engine.look(&step).await) }),
        on_panic: |message| Level::Failed(format!("khor's engine failed in a way it must not: {message}")),
    }
}

/// Polls once. Gives the result if it is there already, without the way over the runtime.
pub(super) fn poll_once<T>(work: &mut Pin<Box<dyn Future<Output = T> + Send>>) -> Option<T> {
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Turns a panic into a value.
struct Guarded<T> {
    work: Pin<Box<dyn Future<Output = T> + Send>>,
    on_panic: fn(String) -> T,
}

impl<T> Future for Guarded<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        // The work is dropped after a panic, so nobody sees what it may have left half-changed.
        catch_unwind(AssertUnwindSafe(|| this.work.as_mut().poll(context)))
            .unwrap_or_else(|panic| Poll::Ready((this.on_panic)(words(&*panic))))
    }
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".into())
}

/// What an engine saw, in the words of the choreography.
pub(super) fn level(seen: Observed) -> Level {
    match seen {
        Observed::Unknown => Level::Unknown,
        Observed::Reached => Level::Reached,
        Observed::NotReached(reason) => Level::NotReached(reason),
        Observed::Failed(reason) => Level::Failed(reason),
    }
}

fn done(outcome: Outcome) -> Done {
    Done {
        ok: outcome.ok,
        outputs: outcome.outputs,
        message: outcome.message,
        tail: outcome.tail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choreography::Level;
    use crate::engine::Observations;
    use crate::role::RoleStep;

    /// Panics where it is asked to.
    struct Clumsy {
        in_apply: bool,
    }

    impl Engine for Clumsy {
        fn observe(&self, _: &RoleStep) -> Observations {
            unreachable!("not asked for here")
        }

        async fn look(&self, _: &RoleStep) -> Observed {
            assert!(self.in_apply, "out of its mind");
            Observed::NotReached("absent".into())
        }

        async fn apply(&self, _: &RoleStep, _: Duration, _: CancellationToken) -> Outcome {
            panic!("cannot {}", "do this");
        }
    }

    fn step() -> Arc<RoleStep> {
        let json = r#"{"name":"a","node":"a","operation":"create","up":true,"digest":"d",
            "retry":{"min_delay_ms":1,"max_delay_ms":2}}"#;
        Arc::new(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_panic_is_that_dos_failure() {
        let mut work = doing(Clumsy { in_apply: true }, step(), true, CancellationToken::new());
        let did = poll_once(&mut work).expect("nothing to wait for");
        assert!(did.done.unwrap().message.ends_with("cannot do this"));
        assert_eq!(did.level, Level::Unknown);
        let mut look: Pin<Box<dyn Future<Output = Level> + Send>> =
            Box::pin(looking(Clumsy { in_apply: false }, step()));
        assert!(matches!(poll_once(&mut look), Some(Level::Failed(why)) if why.contains("out of its mind")));
    }
}
