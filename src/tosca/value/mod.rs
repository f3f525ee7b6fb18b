//! Values: what types they are declared with, whether they fit, and what they are as JSON.

mod builtin;
mod check;
mod clause;
mod coerce;
mod constraint;
mod json_schema;
mod markup;
mod pattern;
mod properties;
mod scalar;
mod schema;
mod status;
mod subject;
mod timestamp;
mod typed;
mod unit;
mod version;

pub(super) use builtin::Builtin;
pub(super) use check::{Checker, What};
pub(super) use clause::{check_clause, check_constraints, check_schema, is_operator, nearest_operator};
pub(super) use coerce::{Misfit, coerce, infer};
pub(super) use constraint::broken;
pub(super) use json_schema::Schemas;
pub(super) use pattern::Patterns;
pub(super) use properties::{Owner, Within, properties};
pub(super) use scalar::{bounds, scalar_json};
pub(super) use schema::{Of, Schema, constraints_in};
pub(super) use status::check_status;
pub(super) use subject::Subject;
pub(super) use unit::magnitude;
