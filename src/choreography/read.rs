//! What steps read of other steps: it is put in before they are looked at, and again when it changes.
//!
//! A step of the way up reads when all that may give it something are reached, and have themselves read all that they read:
//! so that it is not done twice where a change comes over two ways. Until then, what it read before stands. An agent that was
//! just started takes what was given before also where something is being brought back, so that it can look. A step of the way
//! down reads what is there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::part::Part;
use super::state::{State, Waiters};
use super::{Command, Level, ObservationId, Outputs};
use crate::role::{RoleStep, Source, StepStatus, Why, sources};
use crate::topology::{Answer, Given, Leaf, Supply};

/// Where a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A step of this host.
    Here(u32),
    /// A cue.
    There(u32),
    /// Nowhere: there is nothing to be read.
    Nowhere,
}

/// Who reads what, and who is to read again.
#[derive(Clone, Debug, Default)]
pub(super) struct Readers {
    of_steps: Waiters,
    of_cues: Waiters,
    /// Hosts that told all they have to tell.
    heard: HashSet<String>,
    /// In the order of the role: who reads of a reader comes after it.
    again: BTreeSet<u32>,
}

impl Readers {
    /// What a step gave, or whether it is reached, may have changed.
    pub(super) fn of_step(&mut self, index: u32) {
        self.again.extend(self.of_steps.steps(index));
    }

    /// What another host tells of a step has changed.
    pub(super) fn of_cue(&mut self, index: u32) {
        self.again.extend(self.of_cues.steps(index));
    }

    /// A host told all.
    pub(super) fn heard(&mut self, host: &str) {
        if !self.heard.contains(host) {
            self.heard.insert(host.to_owned());
        }
    }

    /// The next that is to read.
    pub(super) fn next(&mut self) -> Option<u32> {
        self.again.pop_first()
    }
}

impl State {
    /// Finds what the steps of a new role read, and lets them read.
    pub(super) fn find_sources(&mut self) {
        let heard = std::mem::take(&mut self.readers.heard);
        let is_reader = |part: &Part| !part.step.reads.is_empty();
        if !self.parts.iter().any(is_reader) {
            self.readers = Readers {
                of_steps: Waiters::none(self.parts.len()),
                of_cues: Waiters::none(self.cues.len()),
                heard,
                again: BTreeSet::new(),
            };
            return;
        }
        let all = (0..).zip(&self.parts);
        let names: HashMap<String, u32> = all.map(|(at, part)| (part.step.name.clone(), at)).collect();
        let (mut here, mut there, mut again) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (index, part) in (0..).zip(&mut self.parts).filter(|(_, part)| is_reader(part)) {
            let place_of = |source: &Source| match &source.host {
                None => names.get(&source.step).map(|&at| Place::Here(at)),
                Some(host) => {
                    let steps = self.cue_index.get(host);
                    steps
                        .and_then(|steps| steps.get(&source.step))
                        .map(|&at| Place::There(at))
                }
            };
            part.sources = sources(&part.step)
                .map(|source| (source.clone(), place_of(source).unwrap_or(Place::Nowhere)))
                .collect();
            for place in part.sources.values() {
                match place {
                    Place::Here(at) => here.push((*at, index)),
                    Place::There(at) => there.push((*at, index)),
                    Place::Nowhere => {}
                }
            }
            again.insert(index);
        }
        self.readers = Readers {
            of_steps: Waiters::new(self.parts.len(), here.into_iter()),
            of_cues: Waiters::new(self.cues.len(), there.into_iter()),
            heard,
            again,
        };
    }

    /// What this host kept of what dos gave.
    pub(super) fn on_kept(&mut self, mut kept: BTreeMap<String, Outputs>) {
        for (index, part) in (0..).zip(&mut self.parts) {
            if !std::mem::replace(&mut part.is_output_known, true) {
                if let Some(outputs) = kept.remove(&part.step.name) {
                    part.outputs = outputs;
                }
                self.readers.of_step(index);
            }
        }
    }

    /// Lets a step read, if all is known that it reads.
    pub(super) fn read(&mut self, now: u64, index: u32, commands: &mut Vec<Command>) {
        let part = &self.parts[index as usize];
        if !part.active {
            return;
        }
        let up = part.step.up;
        let is_known = part
            .sources
            .iter()
            .all(|(source, place)| self.is_known(source, *place, up));
        let is_settled = is_known && part.sources.values().all(|place| self.is_settled(*place, up));
        let may_read = is_settled || is_known && part.played.is_none();
        let part = &mut self.parts[index as usize];
        if std::mem::replace(&mut part.stale, !is_settled) == is_settled {
            self.readers.of_step(index);
        }
        if !may_read {
            return;
        }
        let part = &self.parts[index as usize];
        let mut answer = |leaf: Leaf<'_, Supply<Source>>| match leaf {
            Leaf::Given(supply) => self.given(part, supply).map_or(Answer::Missing, Answer::Value),
            Leaf::Secret(_) | Leaf::File(_) => Answer::Later,
        };
        match part.step.filled(&mut answer) {
            Ok(mut filled) => {
                filled.digest = part.step.played_digest(&filled);
                let played = part.played.as_ref().map(|played| &played.digest);
                let is_same = played == Some(&filled.digest);
                let part = &mut self.parts[index as usize];
                part.unread = None;
                if is_same {
                    part.played = Some(Arc::new(filled));
                } else {
                    self.play_anew(now, index, Some(Arc::new(filled)), commands);
                }
            }
            Err(fault) => {
                let part = &mut self.parts[index as usize];
                part.unread = Some(fault.words);
                if part.played.is_some() {
                    self.play_anew(now, index, None, commands);
                }
                self.touch(index);
            }
        }
    }

    /// Whether what a source gave is not about to change, as far as this host knows.
    fn is_settled(&self, place: Place, up: bool) -> bool {
        match place {
            Place::Here(at) => {
                let part = &self.parts[at as usize];
                !up || part.held && !part.stale
            }
            Place::There(at) => !up || self.cues[at as usize].holds,
            Place::Nowhere => true,
        }
    }

    /// Whether it is known what a source gave.
    fn is_known(&self, source: &Source, place: Place, up: bool) -> bool {
        match place {
            Place::Here(at) => {
                let part = &self.parts[at as usize];
                part.is_output_known && (!up || part.held || part.was_reached)
            }
            Place::There(at) => {
                let cue = &self.cues[at as usize];
                let known = cue.known.as_ref().filter(|known| known.digest == cue.cue.digest);
                let was_reached = known
                    .is_some_and(|known| known.status == StepStatus::Reached || !known.outputs.is_empty());
                let heard = || {
                    let host = source.host.as_ref();
                    host.is_some_and(|host| self.readers.heard.contains(host))
                };
                was_reached || !up && heard()
            }
            Place::Nowhere => true,
        }
    }

    /// What is given of a supply: by the first that has it.
    fn given(&self, part: &Part, supply: &Supply<Source>) -> Option<Value> {
        let outputs = |given: &Given<Source>| match part.sources.get(&given.step)? {
            Place::Here(at) => Some(&self.parts[*at as usize].outputs),
            Place::There(at) => {
                let cue = &self.cues[*at as usize];
                let known = cue.known.as_ref();
                known
                    .filter(|known| known.digest == cue.cue.digest)
                    .map(|known| &known.outputs)
            }
            Place::Nowhere => None,
        };
        if supply.from.iter().any(|given| given.output.is_none()) {
            let all = supply.from.iter().filter_map(|given| match &given.output {
                Some(name) => outputs(given)?.get(name).cloned(),
                None => serde_json::to_value(outputs(given)?).ok(),
            });
            return Some(all.collect());
        }
        let mut all = supply.from.iter();
        all.find_map(|given| {
            let value = outputs(given)?.get(given.output.as_ref()?)?;
            (!value.is_null()).then(|| value.clone())
        })
    }

    /// What a step reads has changed, so that it is another version of it: nothing is known of it yet.
    fn play_anew(
        &mut self,
        now: u64,
        index: u32,
        played: Option<Arc<RoleStep>>,
        commands: &mut Vec<Command>,
    ) {
        let id = ObservationId(self.fresh());
        let part = &mut self.parts[index as usize];
        let before = std::mem::replace(&mut part.played, played);
        let old = std::mem::replace(&mut part.id, id);
        self.by_id.remove(&old);
        self.by_id.insert(id, index);
        if before.is_some() {
            commands.push(Command::Forget(old));
            part.was_reached = false;
            part.reached_at = None;
            part.anew |= part.held;
            part.start_anew();
            part.caused(Why::Change, now);
        }
        part.level = Level::Unknown;
        if let Some(played) = part.played.clone() {
            commands.push(Command::Observe(id, played));
        }
        if let Some(run) = part.run {
            self.cancel(run, commands);
        }
        self.set_timer(index, None);
        self.touch(index);
    }
}
