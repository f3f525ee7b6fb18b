//! What a play is told, and what it asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::role::{Goal, Role, RoleStep, StepState, StepStatus, Why};

/// Names one observed version of a step: name, digest, and what it reads. Never used again in one [`State`](super::State).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObservationId(pub u64);

/// Names one run of one do. Never used again in one [`State`](super::State).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub u64);

/// Names one write to the store. Never used again in one [`State`](super::State).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WriteId(pub u64);

/// What a do gave, by name.
pub type Outputs = BTreeMap<String, serde_json::Value>;

/// How a step's check stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Not looked at yet.
    #[default]
    Unknown,
    /// It holds.
    Reached,
    /// It does not hold, and why.
    NotReached(String),
    /// It could not be carried out, and why.
    Failed(String),
}

/// How a do ended, as it says itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Whether it succeeded.
    pub ok: bool,
    /// What it gave through `KHOR_OUTPUT`.
    pub outputs: Outputs,
    /// Why it failed; empty when ok.
    pub message: String,
    /// The tail of what it printed.
    pub tail: String,
}

/// What another host tells of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// The digest of the version it speaks of.
    pub digest: String,
    /// How it stands.
    pub status: StepStatus,
    /// What its do gave.
    pub outputs: Outputs,
    /// The revision it was told at.
    pub revision: u64,
}

/// A state of ours as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The step's name.
    pub step: String,
    /// What was told of it.
    pub state: StepState,
    /// What was asked since then that makes it start anew: failures in it do not count any more.
    pub outdated: Option<Why>,
}

/// That what is in trouble starts anew, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The step; none: all of them.
    pub step: Option<String>,
    /// Tells it from earlier wishes for the same.
    pub number: u64,
}

/// Nothing new starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Whose wish that is and how it ends, in words, as the reason of what waits for it.
    pub words: String,
    /// What was reached before is brought back all the same.
    pub heal: bool,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteResult {
    /// It is in the store.
    Confirmed,
    /// The store has another agent record than ours: we may not write.
    Conflict,
    /// It may or may not be in the store.
    Failed,
}

/// What a play is told. Any event may come twice, late, or in any order: it only wakes.
#[derive(Clone, Debug)]
pub enum Event {
    /// This role is to be played from now on. Steps whose name and digest stay keep all that is known of them.
    /// The number is how often the goal has changed ([`Current::turns`](crate::role::Current::turns)).
    Role(Box<Role>, Goal, u64),
    /// No role any more: everything is forgotten, its states are taken from the store, what runs is cancelled.
    Removed,
    /// A newer role cannot be played, and why; the last good one goes on. None: that is over.
    Refused(Option<String>),
    /// What the last dos of steps gave, by step, as this host kept it: those that are not named gave nothing.
    Kept(BTreeMap<String, Outputs>),
    /// A look at a step's check.
    Level(ObservationId, Level),
    /// A do ended (None: the look before it said that there was nothing to do), and a look after it.
    Finished(RunId, Option<Done>, Level),
    /// A host tells of its steps; None: it has no state there any more.
    Cues(Vec<(String, String, Option<Cue>)>),
    /// All that a host tells of its steps: what is not among them is unknown.
    CuesReset(String, Vec<(String, Cue)>),
    /// All states that lie in the store for this host. Comes whenever the agent has (again) the right to write.
    Told(Vec<Told>),
    /// All wishes there are. Those of before the first [`Event::Told`] are in that: it says which states they outdate.
    Wishes(Vec<Wish>),
    /// From now on nothing new starts; None: that is over.
    Pause(Option<Pause>),
    /// The store cannot be reached.
    StoreLost,
    /// It can be reached again, and our right to write stands.
    StoreBack,
    /// Another agent has this host; we have not (again) the right to play. [`Event::Told`] ends it.
    Fenced,
    /// A write ended.
    Written(WriteId, WriteResult),
    /// The time asked for has come.
    Timer,
    /// How many dos may run at once, from now on.
    Limit(usize),
    /// The agent is to end: start nothing, tell what is unsaid.
    Stop,
    /// Do not wait for what runs.
    CancelAll,
}

/// What a play asks for.
#[derive(Clone, Debug)]
pub enum Command {
    /// Look at a step's check now and whenever it may have changed.
    Observe(ObservationId, Arc<RoleStep>),
    /// Look once more, now, at a step that is observed.
    Look(ObservationId, Arc<RoleStep>),
    /// No longer.
    Forget(ObservationId),
    /// Carry out a step's do, then look, and answer with [`Event::Finished`].
    Apply {
        /// Its name in the answer.
        run: RunId,
        /// The step's name in looks.
        id: ObservationId,
        /// The step.
        step: Arc<RoleStep>,
        /// The number of the attempt, from 1.
        attempt: u32,
        /// Look first, and do nothing if the check holds: what made us act may be old.
        look_first: bool,
    },
    /// End a do early; it still answers.
    Cancel(RunId),
    /// Write states and remove others, in one transaction fenced by the agent's record.
    Write {
        /// Its name in the answer.
        write: WriteId,
        /// Step names with their states.
        put: Vec<(String, StepState)>,
        /// Names of steps whose states go.
        delete: Vec<String>,
    },
    /// Send [`Event::Timer`] at this time. The latest wish replaces earlier ones.
    Wake(u64),
    /// A write was refused: find out who has this host.
    FencedOut,
}
