//! One host's part of a score, as it lies in the store (canonical JSON: sorted keys, no blanks).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Goal;
use crate::topology::{Action, Looking, Reads, Retry, Supply, Weaving};

/// The version of the role format that this khor writes. An agent refuses a higher one and keeps its last good role.
/// 2 has engines that 1 does not know, and what is read while the application runs.
pub const FORMAT: u32 = 2;

/// A step of any host.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StepRef {
    /// The host it runs on.
    pub host: String,
    /// Its name.
    pub step: String,
}

/// A step that gives what another one reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Its name.
    pub step: String,
    /// Its host; none: the reader's own. One of another host is among the role's cues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// A step of another host that this role waits for, or whose outputs it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cue {
    /// The host it runs on.
    pub host: String,
    /// Its name.
    pub step: String,
    /// The digest it must be reached with: a state left by an older generation's version does not count.
    pub digest: String,
    /// Whether it counts only while the application is to be there. Who leaves waits so for others to be brought to what they
    /// are to be; once all is to be gone, it need not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub only_present: bool,
}

/// One step as its host needs to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not one state")]
pub struct RoleStep {
    /// Its name, unique in the application.
    pub name: String,
    /// The node it belongs to.
    pub node: String,
    /// The operation's name.
    pub operation: String,
    /// Which instance of a scalable node that is, from 1; none: there is only this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<u32>,
    /// Of a relationship's step: the names of the source and the target node, in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship: Option<(String, String)>,
    /// Coming up or going away.
    pub up: bool,
    /// SHA-256 in hex over all that makes it do what it does (check, apply, inputs, timeout, what is read but not the
    /// values of that). State is kept by it.
    pub digest: String,
    /// Looks whether it is reached; none: the stamp tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Action>,
    /// Reaches it; none: it waits for its check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apply: Option<Action>,
    /// Evaluated inputs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, serde_json::Value>,
    /// What it reads while the application runs.
    #[serde(default, skip_serializing_if = "Reads::is_empty")]
    pub reads: Reads<Supply<Source>>,
    /// Deadline of a do in milliseconds; none: the agent's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// When and how long it is looked at.
    #[serde(default, skip_serializing_if = "Looking::is_default")]
    pub look: Looking,
    /// Retries.
    pub retry: Retry,
    /// Steps of this role with the same turn never run at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<String>,
    /// Steps of this same role that must be reached first, by index into [`Role::steps`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<u32>,
    /// Steps of other hosts that must be reached first, by index into [`Role::cues`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cues: Vec<u32>,
    /// Steps of the same node, by name, that are no longer done once its do has begun: their stamps go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<String>,
    /// Whether nothing of its node is left after it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ends: bool,
    /// A step of the way down of something that is no longer asked for here: it is played whatever the goal, and done for good
    /// once it was reached.
    #[serde(default, skip_serializing_if = "is_false")]
    pub leaving: bool,
    /// Whether any other host waits for it. Others need not be told in a hurry.
    #[serde(default)]
    pub awaited: bool,
}

impl RoleStep {
    /// Whether it is to be played for this goal.
    pub fn is_for(&self, goal: Goal) -> bool {
        self.leaving || self.up == (goal == Goal::Present)
    }

    /// Whether one of the two undoes the other.
    pub fn opposes(&self, other: &Self) -> bool {
        self.undoes.contains(&other.name) || other.undoes.contains(&self.name)
    }

    /// `NODE.OPERATION` of the way up, which looks at nothing, does nothing and waits for nothing.
    pub fn new(node: &str, operation: &str, digest: &str) -> Self {
        Self {
            name: format!("{node}.{operation}"),
            node: node.to_owned(),
            operation: operation.to_owned(),
            instance: None,
            relationship: None,
            up: true,
            digest: digest.to_owned(),
            check: None,
            apply: None,
            inputs: BTreeMap::new(),
            reads: Reads::default(),
            timeout_ms: None,
            look: Looking::default(),
            retry: Retry::default(),
            turn: None,
            guards: Vec::new(),
            cues: Vec::new(),
            undoes: Vec::new(),
            ends: false,
            leaving: false,
            awaited: false,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// One host's part of one generation of one application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// The application.
    pub application: String,
    /// The generation; 0 in a role that was not published yet.
    pub generation: u64,
    /// The host that plays it.
    pub host: String,
    /// How the score was woven, for people.
    pub weaving: Weaving,
    /// The steps, in an order in which each comes after the local steps it waits for.
    pub steps: Vec<RoleStep>,
    /// Remote steps that are waited for or read, without repetition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cues: Vec<Cue>,
}
