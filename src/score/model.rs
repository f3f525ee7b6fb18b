//! Steps and the graph they form.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;

use crate::source::Span;
use crate::topology::{Action, Expression, Looking, NodeId, Reads, Retry, Supply, Weaving};

/// Names a step of one [`Score`]: its place in [`Score::steps`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub u32);

/// One operation of one node or relationship, on one host. Operations without an implementation are woven away: who
/// waited for them waits for what they waited for.
#[derive(Clone, Debug)]
pub struct Step {
    /// Unique in the score: `NODE.OPERATION`, or `SOURCE.REQUIREMENT.TARGET.OPERATION` of a relationship.
    pub name: String,
    /// The operation's own name: `create`, `pre_configure_source`, ….
    pub operation: String,
    /// The node it belongs to (of a relationship: the node whose side it runs on).
    pub node: NodeId,
    /// That node's name.
    pub node_name: String,
    /// Which instance of a scalable node that is; none: there is only this one.
    pub instance: Option<u32>,
    /// Of a relationship's step: the names of the source and the target node, in this order.
    pub relationship: Option<(String, String)>,
    /// The host it runs on.
    pub host: String,
    /// Whether it belongs to coming up (goal present) or to going away (goal absent).
    pub up: bool,
    /// Looks whether it is reached; none: the stamp tells.
    pub check: Option<Action>,
    /// Reaches it; none: it waits for its check.
    pub apply: Option<Action>,
    /// Evaluated inputs.
    pub inputs: BTreeMap<String, serde_json::Value>,
    /// What it reads while the application runs.
    pub reads: Reads<Supply<StepId>>,
    /// Deadline of a do; none: the agent's default.
    pub timeout: Option<Duration>,
    /// When and how long it is looked at.
    pub look: Looking,
    /// Retries.
    pub retry: Retry,
    /// Steps with the same turn on one host never run at once (the nodes of one host node).
    pub turn: Option<String>,
    /// Whether it does nothing but stand for all that it waits for: where an operation without an implementation would
    /// hand many waits on to many steps, it stays as a join instead.
    pub join: bool,
    /// The steps that must be reached before its do may start; sorted, without repetition.
    pub guards: Vec<StepId>,
    /// The steps of the same node that are no longer done once its do has begun; sorted.
    pub undoes: Vec<StepId>,
    /// Whether nothing of its node is left after it.
    pub ends: bool,
    /// Where the operation is given.
    pub span: Span,
}

/// All steps of one application.
#[derive(Clone, Debug)]
pub struct Score {
    /// The application's name.
    pub application: String,
    /// How it was woven.
    pub weaving: Weaving,
    /// The steps; a [`StepId`] is an index.
    pub steps: Vec<Step>,
    /// What the application as a whole gives.
    pub outputs: IndexMap<String, Expression<Supply<StepId>>>,
}

impl Score {
    /// The step of this id.
    pub fn step(&self, id: StepId) -> &Step {
        &self.steps[id.0 as usize]
    }

    /// The steps with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (StepId, &Step)> {
        (0..).map(StepId).zip(&self.steps)
    }
}
