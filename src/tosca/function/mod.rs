//! Functions: how calls are written, what they stand for, and their values.

mod attribute;
mod call;
mod circle;
mod entity;
mod evaluate;
mod input;
mod inside;
mod memory;
mod path;
mod result;
mod runtime;
mod seen;
mod signature;
mod text;
mod unknown;
mod whose;

/// The interface type of the lifecycle.
pub(super) const STANDARD: &str = "tosca.interfaces.node.lifecycle.Standard";
/// The interface type of relationships.
pub(super) const CONFIGURE: &str = "tosca.interfaces.relationship.Configure";

pub(super) use call::{calls_in, failed_call, is_call, not_here};
pub(super) use evaluate::{Evaluator, Here, Plan, Stop, Term, runtime};
pub(super) use result::result;
pub(super) use seen::Group;
