//! The neutral model of an application: what the score and everything above it sees. It knows neither YAML nor TOSCA.

mod action;
mod model;

pub use action::{Action, Artifact, FileAction, FileState, ProcessAction, ShellAction};
pub use model::{
    Bond, Host, Node, NodeId, Operation, OperationName, Relationship, RelationshipOperation, Retry, Topology,
    Weaving,
};
