//! Which applications are played: from assignment to role, and away again.

use std::sync::Arc;
use std::time::Duration;

use super::drive::{Agent, BURST};
use super::farewell::Leave;
use super::home::Kept;
use super::input::Input;
use super::news::Happened;
use super::play::Play;
use super::sync::{Part, Synced};
use crate::choreography::{Config, Event};
use crate::engine::{Context, Engines};
use crate::role::keys;
use crate::store::{Store, Target, Transaction};

/// How long a refused role is left alone before it is read again.
const REFUSED: Duration = Duration::from_secs(10);

impl<S: Store> Agent<S> {
    /// The play of an application; a new one if there is none. None if it cannot have one.
    pub(super) fn enlist(&mut self, application: &str) -> Option<&mut Play<S>> {
        if !self.plays.contains_key(application) {
            let (root, state) = (self.options.root.as_deref(), &self.options.state);
            let context = Context::open(application, &self.host, root, state, &self.shared);
            let context = match context {
                Ok(context) => context,
                Err(error) => {
                    tracing::error!("{application} cannot be played: {error}");
                    if self.record.refused.get(application) != Some(&error.to_string()) {
                        self.record
                            .refused
                            .insert(application.to_owned(), error.to_string());
                        self.write_record();
                    }
                    return None;
                }
            };
            let name: Arc<str> = application.into();
            let engines = Engines::new(context, self.store.clone());
            let config = Config {
                limit: self.options.limit,
                seed: fastrand::u64(..),
            };
            let mut play = Play::new(Arc::clone(&name), engines, config);
            play.pause = self.home.pause(Some(application));
            self.plays.insert(name, play);
            self.hold(application);
        }
        let play = self.plays.get_mut(application)?;
        play.leaving = false;
        Some(play)
    }

    /// The host has no part in an application any more.
    pub(super) fn dismiss(&mut self, application: &str) {
        self.home.forget(application);
        if let Some(play) = self.plays.get_mut(application) {
            tracing::info!("{application}: this host has no part in it any more");
            play.leaving = true;
            play.current = None;
            play.push(Event::Removed);
            self.with(application, Play::sync);
        }
    }

    /// Roles on disk that nobody asks for.
    pub(super) fn forget_unassigned(&self, assigned: &[String]) {
        for kept in self.home.roles() {
            if !assigned.contains(&kept.role.application) {
                self.home.forget(&kept.role.application);
            }
        }
    }

    /// Drops plays that left and have nothing to do any more.
    pub(super) fn let_go(&mut self) {
        let record = &mut self.record;
        let before = record.refused.len();
        self.plays.retain(|name, play| {
            let done = play.leaving && play.synced && play.state().is_idle() && !play.has_work();
            if done {
                record.refused.remove(&**name);
                play.forget();
            }
            !done
        });
        if record.refused.len() != before {
            self.write_record();
        }
    }

    /// What an application asks of us was read.
    pub(super) fn on_synced(&mut self, name: &Arc<str>, synced: Synced) {
        // Before anything that could start something.
        self.on_pause(name, synced.pause);
        let Some(play) = self.plays.get_mut(name) else {
            return;
        };
        play.synced = true;
        play.pointer = synced.pointer;
        play.leave = Leave::Unsaid;
        play.push(Event::Told(synced.told));
        if play.leaving {
            return;
        }
        let wishes = Event::Wishes(synced.wishes);
        let anew = matches!(synced.part, Part::Role(_));
        match synced.part {
            Part::None => {
                if play.current.take().is_some() {
                    tracing::info!("{name}: the current generation has no role for {}", self.host);
                }
                self.home.forget(name);
                play.push(Event::Removed);
            }
            Part::Same => play.push(Event::Refused(None)),
            Part::Role(role) => {
                let Some(current) = synced.current else {
                    return;
                };
                tracing::info!(
                    "{name}: playing generation {}, {} steps, {} cues",
                    role.generation,
                    role.steps.len(),
                    role.cues.len()
                );
                if let Err(error) = play.keep_only(&role) {
                    tracing::warn!("{name}: what older roles left here cannot be removed: {error}");
                }
                let kept = Kept {
                    current: current.clone(),
                    role: *role.clone(),
                };
                if let Err(error) = self.home.keep(&kept) {
                    tracing::warn!("{name}: its role cannot be kept on disk: {error}");
                }
                play.current = Some(current.clone());
                play.gone = false;
                play.cast(role, &current);
            }
            Part::Refused(reason) => {
                tracing::error!("{name}: {reason}");
                if play.current.is_none() {
                    let kept = self
                        .home
                        .roles()
                        .into_iter()
                        .find(|kept| kept.role.application == **name);
                    if let Some(kept) = kept {
                        tracing::info!("{name}: playing generation {} instead", kept.role.generation);
                        play.current = Some(kept.current.clone());
                        play.cast(Box::new(kept.role), &kept.current);
                    }
                }
                play.push(Event::Refused(Some(reason)));
                self.with(name, |play, around| play.sync_after(around, REFUSED));
            }
        }
        if let Some(play) = self.plays.get_mut(name) {
            play.push(wishes);
        }
        // The role says which hosts are watched, so it is taken at once.
        let asked = self.with(name, |play, around| {
            let asked = play.work(around, BURST);
            play.watch(around, anew);
            play.tell(around, "", Happened::Counted);
            asked
        });
        if asked.is_some_and(|asked| asked.refused_changed) {
            self.refused_changed(name);
        }
    }

    /// The record says what cannot be played.
    pub(super) fn refused_changed(&mut self, name: &Arc<str>) {
        let reason = self.plays.get(name).and_then(|play| play.state().refused());
        match reason {
            Some(reason) => self.record.refused.insert(name.to_string(), reason.to_owned()),
            None => self.record.refused.remove(&**name),
        };
        self.write_record();
    }

    pub(super) fn write_record(&mut self) {
        let Some(registration) = &mut self.registration else {
            return;
        };
        if self.record_writing || registration.record == self.record {
            return;
        }
        registration.record.clone_from(&self.record);
        self.record_writing = true;
        let key = keys::agent(&self.host);
        let value = serde_json::to_vec(&self.record).unwrap_or_default();
        let transaction = Transaction::new()
            .when(&key, Target::CreateRevision, registration.create_revision)
            .put_leased(&key, value, registration.lease.id);
        let (store, sender, session) = (self.store.clone(), self.sender.clone(), self.session);
        tokio::spawn(async move {
            let result = store.commit(transaction).await;
            let _ = sender.send(Input::RecordWritten { session, result }).await;
        });
    }

    /// Says once that the agent is registered, watches, and knows its roles.
    pub(super) fn say_ready(&mut self) {
        if !self.said_ready && self.enlisted && self.plays.values().all(|play| play.synced) {
            self.said_ready = true;
            tracing::info!("agent of {} ready", self.host);
        }
    }
}
