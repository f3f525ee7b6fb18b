//! The neutral model of an application: what the score and everything above it sees. It knows neither YAML nor TOSCA.

mod action;
mod dataflow;
mod expression;
mod instances;
mod model;
mod scale;
mod settle;
mod vec_map;

pub use action::{
    Action, Artifact, FileAction, FileState, HttpAction, HttpMethod, Interpreter, ProcessAction,
    ServiceAction, ShellAction, TcpAction, TemplateAction,
};
pub use dataflow::{
    Attribute, Dataflow, Given, LocalFile, Mapping, OperationRef, Owner, Reads, Secret, Supply, Want, Wanted,
};
pub use expression::{Answer, Expression, Leaf, NoValue, as_text};
pub use model::{
    Bond, Host, Looking, Node, NodeId, Operation, OperationName, Relationship, RelationshipOperation, Retry,
    StartLimit, Topology, Weaving,
};
pub use scale::{Counts, Instance, MOST_INSTANCES, Scale, Spread};
pub use vec_map::VecMap;
