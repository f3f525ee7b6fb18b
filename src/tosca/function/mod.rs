//! Functions: how calls are written, what they stand for, and their values.

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
mod signature;
mod text;
mod unknown;
mod whose;

pub(super) use call::{calls_in, failed_call, is_call, not_here};
pub(super) use evaluate::{Evaluator, Here, Stop};
pub(super) use result::result;
