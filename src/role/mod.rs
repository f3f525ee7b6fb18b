//! Documents of the store: roles, states, pointers; their digests, their keys, and the difference of two generations.

mod document;
pub mod keys;
mod record;

pub use document::{Cue, FORMAT, Role, RoleStep, StepRef};
pub use record::{AgentRecord, Assignment, Current, Goal, StepState, StepStatus};
