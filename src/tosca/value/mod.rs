//! Values: what types they are declared with, whether they fit, and what they are as JSON.

mod builtin;
mod check;
mod coerce;
mod constraint;
mod properties;
mod scalar;
mod schema;
mod unit;

pub(super) use builtin::Builtin;
pub(super) use check::{Checker, What};
pub(super) use coerce::{coerce, infer};
pub(super) use properties::{Owner, Within, properties};
pub(super) use scalar::{bounds, scalar_json};
pub(super) use schema::{Of, Schema};
pub(super) use unit::magnitude;
