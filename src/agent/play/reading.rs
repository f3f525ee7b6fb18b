//! What a play reads from the store: its role, and what other hosts tell.

use std::sync::Arc;
use std::time::Duration;

use super::{Around, Play, Watching};
use crate::agent::input::{Input, PlayInput};
use crate::agent::{cues, sync};
use crate::choreography::Event;
use crate::role::keys;
use crate::store::{Store, WatchEvent};

impl<S: Store> Play<S> {
    pub(super) fn on_pointer(&mut self, around: &Around<'_, S>, place: usize, event: WatchEvent) {
        match event {
            WatchEvent::Reset { pairs, .. } => {
                let asked = sync::asked(&pairs);
                // After an outage the store may not be what it was: then everything is read again.
                if std::mem::take(&mut self.watching[place].lost) || self.seen.as_ref() != Some(&asked) {
                    self.sync(around);
                }
            }
            WatchEvent::Changes { .. } => {
                self.watching[place].lost = false;
                self.sync(around);
            }
            WatchEvent::Progress { .. } => {}
            WatchEvent::Lost { .. } => self.watching[place].lost = true,
        }
    }

    pub(super) fn on_cues(&mut self, host: String, event: WatchEvent) {
        let application = &self.application;
        match event {
            WatchEvent::Reset { pairs, .. } => {
                let told = pairs.iter().filter_map(|pair| {
                    let (_, step, cue) = cues::told(application, pair)?;
                    Some((step, cue))
                });
                let event = Event::CuesReset(host, told.collect());
                self.push(event);
            }
            WatchEvent::Changes { changes, .. } => {
                let changed = changes.iter();
                let changed = changed.filter_map(|change| cues::changed(application, change));
                let event = Event::Cues(changed.collect());
                self.push(event);
            }
            WatchEvent::Progress { .. } | WatchEvent::Lost { .. } => {}
        }
    }

    /// Reads pointer, role and told states; a reading that is under way is followed by another one.
    pub(in crate::agent) fn sync(&mut self, around: &Around<'_, S>) {
        if self.syncing {
            self.sync_again = true;
            return;
        }
        self.syncing = true;
        let (store, inputs, host) = (
            around.store.clone(),
            around.inputs.clone(),
            Arc::clone(around.host),
        );
        let (application, played, session) = (
            Arc::clone(&self.application),
            self.current.clone(),
            around.session,
        );
        tokio::spawn(async move {
            let result = sync::sync(store, &application, &host, played.as_ref()).await;
            let input = PlayInput::Synced {
                session,
                result: result.map(Box::new),
            };
            let _ = inputs.send(Input::Play(application, input)).await;
        });
    }

    /// A reading ended. Gives what was read, if it is of use, and reads again if it has to.
    pub(in crate::agent) fn on_synced(
        &mut self,
        around: &Around<'_, S>,
        session: u64,
        result: Result<Box<sync::Synced>, crate::store::StoreError>,
    ) -> Option<sync::Synced> {
        self.syncing = false;
        let again = std::mem::take(&mut self.sync_again);
        if session != around.session || around.fence.is_none() {
            if around.fence.is_some() {
                self.sync(around);
            }
            return None;
        }
        match result {
            Ok(synced) => {
                self.sync_failures = 0;
                self.seen = Some(synced.asked.clone());
                if again {
                    self.sync(around);
                }
                Some(*synced)
            }
            Err(error) => {
                tracing::warn!("{}: its role cannot be read: {error}", self.application);
                self.sync_failures = self.sync_failures.saturating_add(1);
                self.sync_after(around, crate::agent::register::back_off(self.sync_failures));
                None
            }
        }
    }

    /// Reads again after a while.
    pub(in crate::agent) fn sync_after(&self, around: &Around<'_, S>, wait: Duration) {
        let (inputs, application) = (around.inputs.clone(), Arc::clone(&self.application));
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let _ = inputs.send(Input::Play(application, PlayInput::SyncNow)).await;
        });
    }

    /// Watches the pointer and the states of the hosts that the role has cues on. After a new role (`anew`) the watches
    /// of hosts begin again: what they told so far was kept only as far as the old role had a cue for it.
    pub(in crate::agent) fn watch(&mut self, around: &Around<'_, S>, anew: bool) {
        if anew {
            self.watching.retain(|watching| watching.host.is_none());
        }
        let cue_hosts = self.state.cue_hosts().into_iter().map(Some);
        let wanted: Vec<Option<String>> = std::iter::once(None).chain(cue_hosts).collect();
        self.watching.retain(|watching| wanted.contains(&watching.host));
        for host in wanted {
            if self.watching.iter().any(|watching| watching.host == host) {
                continue;
            }
            let prefix = match &host {
                None => keys::current(&self.application),
                Some(host) => keys::host_states(&self.application, host),
            };
            self.watches += 1;
            let number = self.watches;
            let mut watch = around.store.watch(vec![prefix], None);
            let (inputs, application) = (around.inputs.clone(), Arc::clone(&self.application));
            let task = tokio::spawn(async move {
                while let Some(event) = watch.next().await {
                    let input = PlayInput::Watched { watch: number, event };
                    let input = Input::Play(Arc::clone(&application), input);
                    if inputs.send(input).await.is_err() {
                        return;
                    }
                }
            });
            self.watching.push(Watching {
                host,
                number,
                lost: false,
                task,
            });
        }
    }
}
