//! Documents of the store: roles, states, pointers; their digests, their keys, and the difference of two generations.

mod document;
pub mod keys;
mod life;
mod record;

pub use document::{Cue, FORMAT, Role, RoleStep, StepRef};
pub use life::{NodeState, node_state};
pub use record::{AgentRecord, Assignment, Current, Goal, StepState, StepStatus};
