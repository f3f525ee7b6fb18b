//! The small documents beside the roles.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::TopologyOutputs;
use super::cause::lenient;
use super::{Cause, History};

/// What an application is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// To be there, started.
    #[default]
    Present,
    /// To be gone.
    Absent,
}

/// `apps/<app>/current`: the one generation that is played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// The generation.
    pub generation: u64,
    /// What is asked for.
    pub goal: Goal,
    /// SHA-256 over the digests of its roles.
    pub digest: String,
    /// The hosts that have a role, sorted.
    pub hosts: Vec<String>,
    /// How often the goal has changed. What was told of a way down in an earlier farewell, after which all came back, counts
    /// no more: a host that is cut off may have brought all back without being able to say so.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub turns: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// `apps/<app>/current/retry` and `apps/<app>/current/retry/<step>`: that what is in trouble starts anew. The revision at
/// which it was written is its number: what a host told later, it told knowing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Who asked, as `USER@HOST`.
    #[serde(default)]
    pub by: String,
    /// When, in milliseconds since 1970.
    #[serde(default)]
    pub at: u64,
}

/// `apps/<app>/current/pause` and `hosts/<host>/pause`: nothing new starts, of this application or on this host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Who asked, as `USER@HOST`.
    #[serde(default)]
    pub by: String,
    /// When, in milliseconds since 1970.
    #[serde(default)]
    pub at: u64,
    /// Whether what was reached before is still brought back.
    #[serde(default)]
    pub heal: bool,
}

impl Pause {
    /// The pause that a store's value says. One that cannot be read is one all the same: somebody wanted it quiet.
    pub fn read(value: &[u8]) -> Self {
        serde_json::from_slice(value).unwrap_or_default()
    }
}

/// `apps/<app>/generations/<generation>`: whose a generation is and what it consists of. Written when a publisher takes
/// the number, completed when the generation becomes the current one; the last to go when it is swept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationRecord {
    /// The publisher's own id, new for every publication.
    pub publisher: String,
    /// When its number was taken, in milliseconds since 1970.
    pub begun: u64,
    /// When it became the current one, in milliseconds since 1970; none: it never did (yet).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<u64>,
    /// What was asked for with it.
    pub goal: Goal,
    /// As in [`Current::digest`].
    pub digest: String,
    /// The artifacts it needs, by SHA-256: they stay for as long as it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blobs: Vec<String>,
    /// What the application gives as a whole.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: TopologyOutputs,
    /// The digest of the draft that it is made of, which is among the artifacts; none: its nodes are one each, for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
}

/// `hosts/<host>/apps/<app>`: tells a host's agent that an application has, or had, a role for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The generation that last named this host.
    pub generation: u64,
}

/// `hosts/<host>/agent`: who plays the host's roles; it stands under the agent's lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRecord {
    /// The agent's own id; kept in its state directory, so that it knows its own record again after a crash.
    pub agent: String,
    /// khor's version.
    pub version: String,
    /// When it started, in milliseconds since 1970.
    pub started: u64,
    /// What it could not play, by application: the reason, as `khor status` shows it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<String, String>,
}

/// How a step stands. The words mean the same everywhere khor shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepStatus {
    /// On a guard or a cue.
    Waiting,
    /// Its do is under way.
    Running,
    /// Its check holds.
    Reached,
    /// Its do failed and will be tried again.
    Failing,
    /// It failed too often; a person is needed.
    Blocked,
}

impl StepStatus {
    /// The word, as everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Reached => "reached",
            Self::Failing => "failing",
            Self::Blocked => "blocked",
        }
    }
}

impl fmt::Display for StepStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `apps/<app>/state/<host>/<step>`: what a host tells of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// The digest of the step this is the state of.
    pub digest: String,
    /// How it stands.
    pub status: StepStatus,
    /// Attempts of the do since it was last reached.
    #[serde(default)]
    pub attempt: u32,
    /// Since when it stands so, in milliseconds since 1970.
    pub since: u64,
    /// Why it stands so, in words: what it waits for, how the do failed; empty when reached.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How often it was brought back after its check had turned false.
    #[serde(default)]
    pub heals: u64,
    /// When it was last brought back, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healed: Option<u64>,
    /// When it will be tried again, in milliseconds since 1970; only when failing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<u64>,
    /// The tail of what the last do printed, redacted; only when failing or blocked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    /// What made its host act on it the last time.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub cause: Option<Cause>,
    /// The states of other hosts that were acted on then: their keys below `state/`, and their revisions. Where there were
    /// more than [`Self::MOST_CUES`], the newest of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cues: BTreeMap<String, u64>,
    /// How it kept its promise, and how long its dos took.
    #[serde(default, skip_serializing_if = "History::is_empty")]
    pub history: History,
    /// What the do gave through `KHOR_OUTPUT`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, serde_json::Value>,
    /// Of the way down, of what is not leaving: [`Current::turns`], as its host knew it then.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub turns: u64,
}

impl StepState {
    /// The most cues that a state names.
    pub const MOST_CUES: usize = 16;

    /// A state without history.
    pub fn new(digest: &str, status: StepStatus, since: u64) -> Self {
        Self {
            digest: digest.to_owned(),
            status,
            attempt: 0,
            since,
            reason: String::new(),
            heals: 0,
            healed: None,
            retry_at: None,
            evidence: String::new(),
            cause: None,
            cues: BTreeMap::new(),
            history: History::default(),
            outputs: BTreeMap::new(),
            turns: 0,
        }
    }
}
