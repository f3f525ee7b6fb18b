//! Nodes, relationships, operations, placement.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{Action, Artifact, Dataflow, Expression, Instance, Scale, Spread, VecMap, Wanted};
use crate::source::Span;

/// Names a node of one [`Topology`]: its place in [`Topology::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeId(pub u32);

/// How the steps of neighbours wait for each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weaving {
    /// A node is created once all it depends on is started (TOSCA).
    #[default]
    Normative,
    /// Operation k of a node waits for operation k of each node it depends on (khoreia).
    Layered,
}

/// The operations of a node's life, in the order of that life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationName {
    /// Bring into being.
    Create,
    /// Set up what was created.
    Configure,
    /// Let it run.
    Start,
    /// End the running.
    Stop,
    /// Take away what was created.
    Delete,
}

impl OperationName {
    /// All, in order.
    pub const ALL: [Self; 5] = [
        Self::Create,
        Self::Configure,
        Self::Start,
        Self::Stop,
        Self::Delete,
    ];

    /// The name as both formats write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Configure => "configure",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Delete => "delete",
        }
    }

    /// Whether it belongs to coming up (goal present) rather than to going away (goal absent).
    pub fn is_up(self) -> bool {
        matches!(self, Self::Create | Self::Configure | Self::Start)
    }
}

impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The operations of the normative Configure interface of a relationship; `pre_configure_source` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationshipOperation {
    /// On the source's host, before the source is configured.
    PreConfigureSource,
    /// On the target's host, before the target is configured.
    PreConfigureTarget,
    /// On the source's host, after the source is configured.
    PostConfigureSource,
    /// On the target's host, after the target is configured.
    PostConfigureTarget,
    /// On the source's host, once both are started.
    AddTarget,
    /// On the target's host, once both are started.
    AddSource,
    /// On the source's host, when the target's attributes changed.
    TargetChanged,
    /// On the source's host, before the target goes away.
    RemoveTarget,
    /// On the target's host, before the source goes away.
    RemoveSource,
}

impl RelationshipOperation {
    /// All, in order.
    pub const ALL: [Self; 9] = [
        Self::PreConfigureSource,
        Self::PreConfigureTarget,
        Self::PostConfigureSource,
        Self::PostConfigureTarget,
        Self::AddTarget,
        Self::AddSource,
        Self::TargetChanged,
        Self::RemoveTarget,
        Self::RemoveSource,
    ];

    /// The name as TOSCA writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreConfigureSource => "pre_configure_source",
            Self::PreConfigureTarget => "pre_configure_target",
            Self::PostConfigureSource => "post_configure_source",
            Self::PostConfigureTarget => "post_configure_target",
            Self::AddTarget => "add_target",
            Self::AddSource => "add_source",
            Self::TargetChanged => "target_changed",
            Self::RemoveTarget => "remove_target",
            Self::RemoveSource => "remove_source",
        }
    }

    /// Whether it belongs to coming up (goal present) rather than to going away (goal absent).
    pub fn is_up(self) -> bool {
        !matches!(self, Self::RemoveTarget | Self::RemoveSource)
    }
}

/// One operation: how to see that it is reached, and how to reach it. Nodes of one type share their actions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// Looks whether it is reached. None: the step's stamp tells (it was done with this very digest).
    pub check: Option<Arc<Action>>,
    /// Reaches it. None: nothing is done; with a check, the operation waits for that check to hold.
    pub apply: Option<Arc<Action>>,
    /// Inputs, evaluated; given to shell actions as environment variables.
    pub inputs: VecMap<String, serde_json::Value>,
    /// What it reads and gives while the application runs.
    pub data: Dataflow,
    /// The longest a do may take; none for the agent's default of 10 minutes.
    pub timeout: Option<Duration>,
    /// When and how long it is looked at.
    pub look: Looking,
    /// Where the operation is given.
    #[serde(skip)]
    pub span: Span,
}

/// How often and how fast a failing do is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts before a step is blocked and a person is needed; none for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// The first delay, in milliseconds; later ones double, with full jitter.
    pub min_delay_ms: u64,
    /// The longest delay, in milliseconds.
    pub max_delay_ms: u64,
    /// How often it may be started at all, whether that went well or not; none for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_limit: Option<StartLimit>,
}

/// A do that was started `burst` times within `interval_ms` milliseconds is not started once more: the step is blocked, and
/// a person is needed. As systemd's `StartLimitBurst` and `StartLimitIntervalSec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartLimit {
    /// How often.
    pub burst: u32,
    /// Within how long, in milliseconds.
    pub interval_ms: u64,
}

impl Default for StartLimit {
    fn default() -> Self {
        Self {
            burst: 5,
            interval_ms: 10_000,
        }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: None,
            min_delay_ms: 100,
            max_delay_ms: 60_000,
            start_limit: None,
        }
    }
}

/// When a check is carried out, and how long it may take. None of it changes what a step brings about, so it is no part
/// of its digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looking {
    /// The pause between two looks, in milliseconds; none: the agent's own, which grows while nothing changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_ms: Option<u64>,
    /// The longest that a look may take, in milliseconds; none: the agent's default of 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// How long after a do its check may take to hold, in milliseconds; none: the engine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_ms: Option<u64>,
    /// Paths on the host: it is looked again as soon as something happens to one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watch: Vec<Utf8PathBuf>,
}

impl Looking {
    /// Whether nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The host that a node's operations run on, and what decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The host's name, as in `khor agent --host NAME`.
    pub name: String,
    /// Where that is said; none for the command line.
    #[serde(skip)]
    pub span: Option<Span>,
    /// Where the instances of a node go that has several.
    pub spread: Spread,
}

/// One node of the application.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Node {
    /// Its name, unique in the topology.
    pub name: String,
    /// The type's name, for people; empty where the format has none.
    pub type_name: String,
    /// Its host; none where nothing places it (a fault only if it has operations).
    pub host: Option<Host>,
    /// The node it is hosted on, directly.
    pub hosted_on: Option<NodeId>,
    /// Its operations, in the order of [`OperationName`]; those without implementation are absent.
    pub operations: VecMap<OperationName, Operation>,
    /// Retries of its operations.
    pub retry: Retry,
    /// In how many instances it may be played; none: it is one and stays one.
    pub scale: Option<Scale>,
    /// Which instance it is of a node; none: there is only this one.
    pub instance: Option<Instance>,
    /// Where its name stands.
    #[serde(skip)]
    pub span: Span,
}

/// What a relationship says about the order of its ends, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bond {
    /// The source stands on the target or is fixed to it (TOSCA's `HostedOn`, `AttachesTo`, `BindsTo`): without the target
    /// there is no source, whatever the two do.
    Place,
    /// The source needs the target, which is there before it does anything.
    Need,
    /// The two are connected, as peers may be (TOSCA's `ConnectsTo`): none of them has to be there first.
    Connection,
}

/// An edge: `source` requires `target`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Relationship {
    /// The requirement's name ("host", "database"); "dependency" where the format has none.
    pub name: String,
    /// The node that requires.
    pub source: NodeId,
    /// The node that is required.
    pub target: NodeId,
    /// What it says about which of the two is there first.
    pub bond: Bond,
    /// Operations of the Configure interface, each on its own side's host.
    pub operations: VecMap<RelationshipOperation, Operation>,
    /// Where the requirement stands.
    #[serde(skip)]
    pub span: Span,
}

/// An application as described. It is kept in the store, as a part of drafts: new members of it and of what is in it have a
/// default, so that an older one can be read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Topology {
    /// What the file calls itself (TOSCA's template_name), if it does; an application's default name.
    pub name: Option<String>,
    /// How steps are woven unless the user says otherwise.
    pub weaving: Weaving,
    /// The nodes; a [`NodeId`] is an index.
    pub nodes: Vec<Node>,
    /// The edges.
    pub relationships: Vec<Relationship>,
    /// Values of the topology's outputs.
    pub outputs: IndexMap<String, Expression<Wanted>>,
}

impl Topology {
    /// The node of this id.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The files that travel with it, to be filled in, each with the operation that names it.
    pub fn artifacts_mut(&mut self) -> impl Iterator<Item = (Span, &mut Artifact)> {
        let nodes = self.nodes.iter_mut();
        let nodes = nodes.flat_map(|node| node.operations.values_mut());
        let edges = self.relationships.iter_mut();
        let edges = edges.flat_map(|edge| edge.operations.values_mut());
        nodes.chain(edges).flat_map(|operation| {
            let span = operation.span;
            let actions = operation.check.iter_mut().chain(&mut operation.apply);
            let actions = actions.flat_map(|action| Arc::make_mut(action).artifacts_mut());
            let reads = operation.data.reads.iter_mut();
            let files = reads
                .flat_map(Expression::files_mut)
                .map(|file| &mut file.artifact);
            actions.chain(files).map(move |artifact| (span, artifact))
        })
    }

    /// The nodes with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0..).map(NodeId).zip(&self.nodes)
    }
}
