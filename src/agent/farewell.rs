//! Taking leave of an application: that nothing is left of it here, and that this host has no part in it any more.

use std::sync::Arc;

use super::drive::Agent;
use super::input::{Input, PlayInput};
use super::register::back_off;
use crate::role::Goal;
use crate::store::{Farewell, Speaker, Store, StoreError, leave, unassign};

/// What there is to say to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// Nothing is left, under the pointer of this revision.
    Gone(u64),
    /// We have no part in it.
    Unassign,
}

/// How far a play is with taking leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Leave {
    /// Nothing was said since the pointer was last read.
    #[default]
    Unsaid,
    /// It is being said, or was said.
    Said,
}

impl<S: Store> Agent<S> {
    /// Takes leave of what has come to its end here.
    pub(super) fn take_leave(&mut self) {
        let Some(registration) = self.registration.as_ref().filter(|_| !self.lost && self.enlisted) else {
            return;
        };
        let fence = registration.create_revision;
        for (name, play) in &mut self.plays {
            if play.leave == Leave::Said
                || !play.synced
                || play.leaving
                || play.has_work()
                || !play.state().is_idle()
            {
                continue;
            }
            let counts = play.state().counts();
            let word = match (&play.current, play.pointer) {
                (None, _) if play.state().generation().is_none() => Word::Unassign,
                (Some(current), Some(pointer))
                    if current.goal == Goal::Absent && counts.reached == counts.steps =>
                {
                    Word::Gone(pointer)
                }
                _ => continue,
            };
            play.leave = Leave::Said;
            play.gone |= matches!(word, Word::Gone(_));
            let (store, sender, host, application) = (
                self.store.clone(),
                self.sender.clone(),
                Arc::clone(&self.host),
                Arc::clone(name),
            );
            tokio::spawn(async move {
                let speaker = Speaker { host: &host, fence };
                let result = say(&store, &application, speaker, word).await;
                let _ = sender
                    .send(Input::Play(application, PlayInput::Left(result)))
                    .await;
            });
        }
    }

    /// The store answered.
    pub(super) fn on_left(&mut self, name: &Arc<str>, result: Result<Farewell, StoreError>) {
        match result {
            Ok(Farewell::Over | Farewell::Waiting) => return,
            // Something changed meanwhile: it is read again, and decided again.
            Ok(Farewell::Stale) => {}
            Err(error) => tracing::warn!("{name}: that nothing is left of it cannot be told: {error}"),
        }
        self.with(name, |play, around| {
            play.gone = false;
            play.sync_after(around, back_off(1));
        });
    }
}

async fn say<S: Store>(
    store: &S,
    application: &str,
    speaker: Speaker<'_>,
    word: Word,
) -> Result<Farewell, StoreError> {
    match word {
        Word::Gone(pointer) => leave(store, application, speaker, pointer).await,
        Word::Unassign => Ok(if unassign(store, application, speaker).await? {
            Farewell::Over
        } else {
            Farewell::Waiting
        }),
    }
}
