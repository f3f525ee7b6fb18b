//! Functions: how calls are written, what they stand for, and their values.

mod call;
mod evaluate;
mod path;
mod text;

pub(super) use call::{calls_in, is_call, result};
pub(super) use evaluate::{Evaluator, Here, Stop};
