//! Documents of the store: roles, states, pointers; their digests, their keys, and the difference of two generations.

mod cause;
mod certificate;
mod cut;
mod difference;
mod digest;
mod document;
mod error;
mod fill;
mod from_score;
mod history;
pub mod keys;
mod life;
mod link;
mod outputs;
mod record;
mod succession;
#[cfg(test)]
mod tests;
mod verify;
mod wire;

pub use cause::{Cause, Why};
pub use certificate::{Certificate, Flaw, LongestPath};
pub use difference::{Change, HostDifference, Move, difference};
pub use digest::{canonical_json, generation_digest, reading_digest, role_digest, sha256_hex, step_digest};
pub use document::{Cue, FORMAT, Role, RoleStep, Source, StepRef};
pub use error::RoleError;
pub use fill::ReadLeaf;
pub use from_score::roles;
pub use history::{Durations, History};
pub use life::{NodeState, node_state};
pub use link::{sources, supplies};
pub use outputs::{Output, TopologyOutputs, output, outputs};
pub use record::{
    AgentRecord, Assignment, Current, GenerationRecord, Goal, Pause, StepState, StepStatus, Wish,
};
pub use succession::succeed;
pub use verify::artifacts;
pub use wire::{CHUNK, decode, encode, join, join_blob, split, split_blob};
