//! Whether this agent has its host, and what the store tells of it.

use std::sync::Arc;

use tokio::spawn;

use super::drive::Agent;
use super::input::Input;
use super::play::Play;
use super::register::{Registration, register};
use crate::choreography::Event;
use crate::role::{Pause, keys};
use crate::store::{Change, Pair, Store, WatchEvent};

impl<S: Store> Agent<S> {
    /// Begins to become the agent of this host (again).
    pub(super) fn register(&mut self) {
        self.give_up_registration();
        self.session += 1;
        self.registering = Some(spawn(register(
            self.store.clone(),
            self.options.host.clone(),
            self.record.clone(),
            self.options.ttl,
            self.session,
            self.sender.clone(),
        )));
    }

    pub(super) fn give_up_registration(&mut self) {
        for task in [self.registering.take(), self.host_watch.take()]
            .into_iter()
            .flatten()
        {
            task.abort();
        }
        self.registration = None;
        self.enlisted = false;
    }

    /// There is no store: what was played last is played on.
    pub(super) fn on_offline(&mut self, reason: &str) {
        tracing::warn!("{reason}; healing what is local, and trying again");
        self.each(&Event::StoreLost);
        for kept in self.home.roles() {
            if let Some(play) = self.enlist(&kept.role.application.clone())
                && play.current.is_none()
            {
                tracing::info!(
                    "{}: playing generation {} as kept on disk",
                    kept.role.application,
                    kept.role.generation
                );
                play.current = Some(kept.current.clone());
                play.cast(Box::new(kept.role), &kept.current);
            }
        }
    }

    pub(super) fn on_registered(&mut self, registration: Registration) {
        if registration.session != self.session {
            return;
        }
        tracing::debug!("registered as the agent of {}", self.host);
        let (mut lost, session) = (registration.lease.lost.clone(), self.session);
        let sender = self.sender.clone();
        spawn(async move {
            // An error means that the lease was given up on purpose.
            if lost.wait_for(|lost| *lost).await.is_ok() {
                let _ = sender.send(Input::LeaseLost { session }).await;
            }
        });
        // Assignments and our own record lie side by side.
        let mut watch = self.store.watch(vec![keys::host(&self.host)], None);
        let sender = self.sender.clone();
        self.host_watch = Some(spawn(async move {
            while let Some(event) = watch.next().await {
                if sender.send(Input::Host { session, event }).await.is_err() {
                    return;
                }
            }
        }));
        self.lost = false;
        self.registration = Some(registration);
        for play in self.plays.values_mut() {
            play.synced = false;
        }
    }

    /// What the watch of assignments and of our own record tells.
    pub(super) fn on_host(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Reset { pairs, .. } => {
                self.is_back();
                let key = keys::agent(&self.host);
                let own = pairs.iter().find(|pair| pair.key == key);
                if !self.is_ours(own) {
                    return self.register();
                }
                let key = keys::host_pause(&self.host);
                let pause = pairs.iter().find(|pair| pair.key == key);
                self.on_host_pause(pause.map(|pair| Pause::read(&pair.value)));
                let assigned: Vec<String> = pairs
                    .iter()
                    .filter_map(|pair| keys::assigned_application(&pair.key))
                    .collect();
                let gone: Vec<Arc<str>> = self
                    .plays
                    .keys()
                    .filter(|name| !assigned.iter().any(|other| **other == ***name))
                    .cloned()
                    .collect();
                for name in gone {
                    self.dismiss(&name);
                }
                let first = !std::mem::replace(&mut self.enlisted, true);
                for application in &assigned {
                    let known = self.plays.contains_key(application.as_str());
                    if self.enlist(application).is_some() && (first || !known) {
                        self.with(application, Play::sync);
                    }
                }
                self.forget_unassigned(&assigned);
                self.say_ready();
            }
            WatchEvent::Changes { changes, .. } => {
                self.is_back();
                for change in changes {
                    self.on_host_change(&change);
                }
            }
            WatchEvent::Progress { .. } => {}
            WatchEvent::Lost { reason } => {
                if !std::mem::replace(&mut self.lost, true) {
                    tracing::warn!("{reason}; healing what is local, and trying again");
                    self.each(&Event::StoreLost);
                }
            }
        }
    }

    pub(super) fn on_host_change(&mut self, change: &Change) {
        if change.key() == keys::agent(&self.host) {
            let ours = match change {
                Change::Put { pair, .. } => self.is_ours(Some(pair)),
                Change::Delete { .. } => false,
            };
            if !ours {
                tracing::warn!("this agent's record is gone from the store: registering again");
                self.register();
            }
        } else if change.key() == keys::host_pause(&self.host) {
            self.on_host_pause(match change {
                Change::Put { pair, .. } => Some(Pause::read(&pair.value)),
                Change::Delete { .. } => None,
            });
        } else if let Some(application) = keys::assigned_application(change.key()) {
            match change {
                Change::Put { .. } => {
                    let known = self
                        .plays
                        .get(application.as_str())
                        .is_some_and(|play| !play.leaving);
                    if self.enlist(&application).is_some() && !known {
                        self.with(&application, Play::sync);
                    }
                }
                Change::Delete { .. } => self.dismiss(&application),
            }
        }
    }

    /// Whether the record in the store is the one that our registration wrote.
    pub(super) fn is_ours(&self, record: Option<&Pair>) -> bool {
        match (&self.registration, record) {
            (Some(registration), Some(pair)) => pair.create_revision == registration.create_revision,
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    /// The store tells again.
    pub(super) fn is_back(&mut self) {
        if std::mem::take(&mut self.lost) {
            tracing::info!("the store {} is back", self.store.url());
            if self.registration.is_some() {
                self.each(&Event::StoreBack);
            }
        }
    }
}
