//! The neutral model of an application: what the score and everything above it sees. It knows neither YAML nor TOSCA.

mod action;
pub mod circle;
mod model;
mod vec_map;

pub use action::{
    Action, Artifact, FileAction, FileState, HttpAction, HttpMethod, Interpreter, ProcessAction,
    ServiceAction, ShellAction, TcpAction, TemplateAction,
};
pub use model::{
    Host, Looking, Node, NodeId, Operation, OperationName, Relationship, RelationshipOperation, Retry,
    Topology, Weaving,
};
pub use vec_map::VecMap;
