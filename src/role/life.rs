//! The state of a node, from the states of its steps.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::StepStatus;
use crate::topology::Weaving;

/// TOSCA's node states (Simple Profile 1.3, section 3.4.1), plus `stopped` and `deleted`: `stopping` normatively leads
/// back to `configured`, which alone would not tell a node that was stopped from one that never started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words are the standard's")]
pub enum NodeState {
    Initial,
    Creating,
    Created,
    Configuring,
    Configured,
    Starting,
    Started,
    Stopping,
    Stopped,
    Deleting,
    Deleted,
    Error,
}

impl NodeState {
    /// The word, as the standard writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Creating => "creating",
            Self::Created => "created",
            Self::Configuring => "configuring",
            Self::Configured => "configured",
            Self::Starting => "starting",
            Self::Started => "started",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for NodeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The state of a node that comes up, from its steps in the order of its life: each operation's name and how it stands
/// (none: nothing told yet). With all of them reached, a normatively woven node is started even where it has no start
/// operation: an operation without an implementation is reached as soon as its guard holds.
pub fn node_state<'a>(
    weaving: Weaving,
    steps: impl IntoIterator<Item = (&'a str, Option<StepStatus>)>,
) -> NodeState {
    let mut state = NodeState::Initial;
    for (operation, status) in steps {
        let (during, after) = match operation {
            "create" => (NodeState::Creating, NodeState::Created),
            "configure" => (NodeState::Configuring, NodeState::Configured),
            "start" => (NodeState::Starting, NodeState::Started),
            "stop" => (NodeState::Stopping, NodeState::Stopped),
            "delete" => (NodeState::Deleting, NodeState::Deleted),
            // A relationship's operation: it moves the node only by failing.
            _ => (state, state),
        };
        match status {
            Some(StepStatus::Reached) => state = after,
            Some(StepStatus::Running) => return during,
            Some(StepStatus::Failing | StepStatus::Blocked) => return NodeState::Error,
            Some(StepStatus::Waiting) | None => return state,
        }
    }
    match (weaving, state) {
        (Weaving::Normative, NodeState::Initial | NodeState::Created | NodeState::Configured) => {
            NodeState::Started
        }
        _ => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StepStatus::{Failing, Reached, Running, Waiting};

    #[test]
    fn a_node_stands_where_its_first_open_step_stands() {
        let of = |weaving, steps: &[(&'static str, Option<StepStatus>)]| {
            node_state(weaving, steps.iter().copied())
        };
        let normative = |steps: &[_]| of(Weaving::Normative, steps);
        assert_eq!(normative(&[("create", None)]), NodeState::Initial);
        assert_eq!(normative(&[("create", Some(Running))]), NodeState::Creating);
        assert_eq!(
            normative(&[("create", Some(Reached)), ("start", Some(Waiting))]),
            NodeState::Created
        );
        assert_eq!(
            normative(&[("create", Some(Reached)), ("start", Some(Failing))]),
            NodeState::Error
        );
        assert_eq!(
            normative(&[("create", Some(Reached)), ("configure", Some(Reached))]),
            NodeState::Started
        );
        assert_eq!(
            of(
                Weaving::Layered,
                &[("create", Some(Reached)), ("configure", Some(Reached))]
            ),
            NodeState::Configured
        );
    }
}
