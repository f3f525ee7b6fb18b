//! What must hold, whatever goes wrong.

use std::collections::BTreeSet;

use super::plan::{has_way_down, node_of};
use super::{HEAL_BOUND, World};
use crate::choreography::State;
use crate::role::{Goal, History, RoleStep, StepState, StepStatus, keys};

impl World {
    /// No do starts with a guard that the host knows to be false.
    pub(super) fn guards_hold(&self, host: usize, step: &RoleStep) {
        let this = &self.hosts[host];
        // The role that the agent plays may be older than the newest one: it is in the state.
        let state = this.state.as_ref().expect("it just spoke");
        for guard in &step.guards {
            let guard = &state.parts[*guard as usize];
            if !guard.active || guard.gone {
                // Of the other goal, or gone for good: nothing is to be waited for.
                continue;
            }
            let guard = &guard.step;
            let seen = this.knowledge.levels.get(&guard.name);
            assert_eq!(
                seen,
                Some(&(guard.digest.clone(), true)),
                "{} before {}",
                step.name,
                guard.name
            );
            let running = this.doing.values().any(|doing| doing.step.name == guard.name);
            assert!(!running, "{} while {} runs", step.name, guard.name);
        }
        for index in &step.cues {
            let wanted = &state.cues[*index as usize].cue;
            let goal = state.header.as_ref().map(|header| header.goal);
            if wanted.only_present && goal == Some(Goal::Absent) {
                continue;
            }
            let known = this
                .knowledge
                .cues
                .get(&(wanted.host.clone(), wanted.step.clone()));
            let holds =
                known.is_some_and(|cue| cue.status == StepStatus::Reached && cue.digest == wanted.digest);
            assert!(holds, "{} before its cue {}", step.name, wanted.step);
        }
    }

    /// No do starts of what a host knows to be paused, but for what is brought back where that goes on.
    pub(super) fn is_not_paused(&self, host: usize, step: &RoleStep) {
        let this = &self.hosts[host];
        let state = this.state.as_ref().expect("it just spoke");
        let was_reached = state
            .parts
            .iter()
            .any(|part| part.step.name == step.name && part.was_reached);
        match this.knowledge.paused {
            None => {}
            Some(heal) => assert!(heal && was_reached, "{} although it is paused", step.name),
        }
    }

    /// What a state says it was acted on with was told as reached, at that revision.
    pub(super) fn evidence_holds(&self, step: &str, state: &StepState) {
        for (key, revision) in &state.cues {
            let (host, cue) = keys::parts_below_states(key).expect("a key");
            let host = self.names.iter().position(|name| *name == host).expect("a host");
            let is_it = |told: &&super::Tell| told.0 == *revision && told.1 == cue;
            let told = self.told[host].iter().find(is_it);
            let status = told.and_then(|told| told.2.as_ref()).map(|state| state.status);
            assert_eq!(
                status,
                Some(StepStatus::Reached),
                "{step} acted on {cue} at {revision}"
            );
        }
        let is_reached = state.status == StepStatus::Reached;
        let History {
            broken,
            broken_at,
            repairs,
            ..
        } = &state.history;
        assert!(
            !is_reached || broken_at.is_none(),
            "{step} is reached, and broken"
        );
        let open = u64::from(broken_at.is_some());
        // What was mended while there was no store may have no known beginning.
        assert!(
            *broken >= repairs.count + open,
            "{step} was mended more often than it broke"
        );
        let began = state.cause.and_then(|cause| cause.began);
        let runs = state.status == StepStatus::Running;
        assert!(began.is_some() || !runs, "{step} runs, but was never begun");
    }

    /// The store does not say reached for long where it is not so.
    pub(super) fn hold_to_the_heal_bound(&self) {
        for (host, this) in self.hosts.iter().enumerate() {
            if this.state.is_none() || this.cut || self.fences[host] != this.fence {
                continue;
            }
            for (name, since) in &this.broken {
                let told = self.states[host].get(name);
                let mut steps = this.role.steps.iter().filter(|step| step.is_for(self.goal));
                let step = steps.find(|step| step.name == *name && !step.leaving);
                let says_reached = told.zip(step).is_some_and(|(told, step)| {
                    told.status == StepStatus::Reached && told.digest == step.digest
                });
                let since = (*since).max(this.disturbed);
                assert!(
                    !says_reached || self.now <= since + HEAL_BOUND,
                    "{name} is told as reached, but has been broken since {since}, and it is {}",
                    self.now
                );
            }
        }
    }

    pub(super) fn has_converged(&self) -> bool {
        self.hosts.iter().enumerate().all(|(host, this)| {
            let reached = |step: &RoleStep| {
                let told = self.states[host].get(&step.name);
                self.is_there(host, step)
                    && told
                        .is_some_and(|told| told.status == StepStatus::Reached && told.digest == step.digest)
            };
            let asked = || this.role.steps.iter().filter(|step| step.is_for(self.goal));
            this.state.as_ref().is_some_and(State::is_idle)
                && asked().all(reached)
                && self.states[host].len() == asked().count()
                && this.reality.keys().all(|name| self.may_stay(host, name))
        })
    }

    /// Whether what a step of the way up stands for may be there in the end: it is asked for, or nothing takes it away.
    fn may_stay(&self, host: usize, name: &str) -> bool {
        let mut steps = self.hosts[host].role.steps.iter();
        let is_asked = steps.any(|step| step.name == name && step.is_for(self.goal));
        is_asked || !has_way_down(node_of(name))
    }

    /// Says what is not as it should be in the end.
    pub(super) fn explain(&self) -> ! {
        for (host, this) in self.hosts.iter().enumerate() {
            for step in &this.role.steps {
                let there = self.is_there(host, step);
                let told = self.states[host].get(&step.name);
                let told = told.map(|told| (told.status, told.digest == step.digest, &told.reason));
                eprintln!(
                    "{} of {}: there {there}, told {told:?}",
                    step.name, self.names[host]
                );
            }
            let keys: BTreeSet<_> = self.states[host].keys().collect();
            eprintln!(
                "asked for: {:?}; there on {}: {:?}",
                self.goal, self.names[host], this.reality
            );
            eprintln!("keys of {}: {keys:?}, state {:?}", self.names[host], this.state);
        }
        panic!("it does not converge");
    }
}
