//! What a host does next: a pure function of what it knows. The agent drives it, and so do the simulator and the tests.
//!
//! One [`State`] plays one application on one host. [`step`] takes it, the time and one [`Event`], and gives back the
//! state and [`Command`]s. The rules:
//!
//! * *Level-triggered.* A step is reached while its check holds, whoever brought that about. A do starts only when the
//!   check was seen not to hold, and after it the check has the last word.
//! * *Guards.* A do starts only while all steps of its guard are reached: local ones by what was just seen here, cues by
//!   the last state their host told, with the digest that the role names.
//! * *Only a do needs its guard.* A step that is reached stays reached when a step below it turns false; it is neither
//!   undone nor run again. The lower step is brought back, and what was not reached yet waits for it.
//! * *Heal first, then tell.* A reached step whose check turns false is brought back at once, with or without a store.
//!   What breaks again and again has a budget ([`heal`](HealBudget)); beyond it, it backs off like a failure.
//! * *One transaction at a time.* What becomes true while one is in flight goes into the next. A step that another host
//!   waits for is told at once, the rest within [`telling`](Delays) delays, so that it costs the dance no time.
//! * *What is read is put in before a step is looked at.* When it changes, that is another version of the step: only its own
//!   looks count, and it is done again if they say so. Who waits for it waits; who reads of it reads again.
//! * *Work is proportional to what changed*: counts of missing guards and a reverse index, no scan over all steps.

mod agenda;
mod backoff;
mod event;
mod finish;
mod part;
mod promise;
mod read;
mod recast;
mod state;
mod tell;
mod wish;

#[cfg(test)]
mod audit;
#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod tests;

pub use backoff::HealBudget;
pub use event::{
    Command, Cue, Done, Event, Level, ObservationId, Outputs, Pause, RunId, Told, Wish, WriteId, WriteResult,
};
pub use state::{Config, Counts, State};
pub use tell::Delays;

/// One step of the dance: what the host does about `event` at `now` (milliseconds since 1970; it need not be monotonic).
///
/// ```
/// use khor::choreography::{Config, Event, State, step};
/// let (state, commands) = step(State::new(Config::default()), 0, Event::StoreLost);
/// assert!(commands.is_empty() && state.is_idle());
/// ```
pub fn step(mut state: State, now: u64, event: Event) -> (State, Vec<Command>) {
    let mut commands = Vec::new();
    state.on(now, event, &mut commands);
    (state, commands)
}
