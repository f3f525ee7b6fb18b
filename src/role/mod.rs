//! Documents of the store: roles, states, pointers; their digests, their keys, and the difference of two generations.

mod certificate;
mod cut;
mod difference;
mod digest;
mod document;
mod error;
mod from_score;
pub mod keys;
mod life;
mod record;
mod succession;
#[cfg(test)]
mod tests;
mod verify;
mod wire;

pub use certificate::{Certificate, Flaw, LongestPath};
pub use difference::{Change, HostDifference, Move, difference};
pub use digest::{canonical_json, generation_digest, role_digest, sha256_hex, step_digest};
pub use document::{Cue, FORMAT, Role, RoleStep, StepRef};
pub use error::RoleError;
pub use from_score::roles;
pub use life::{NodeState, node_state};
pub use record::{AgentRecord, Assignment, Current, GenerationRecord, Goal, StepState, StepStatus, Wish};
pub use succession::succeed;
pub use verify::artifacts;
pub use wire::{CHUNK, decode, encode, join, join_blob, split, split_blob};
