//! Grammar as data: what keynames an entity has, of what kind, since and until which version; and the one walker that
//! holds a tree against such tables. Both front ends bring tables, neither brings a walker.
//!
//! The walker finds what can be said without knowing any name that the document itself declares: keynames that do not
//! exist or are missing, values of the wrong kind, words outside an enumeration. What names mean is the front ends'.
//! They read the tree as the walker mended it, so that one fault is told once.

mod entity;
mod mending;
mod number;
mod report;
mod slip;
mod walk;
mod words;

pub use entity::{Edition, Entity, Keyname, Need, Value, key};
pub use mending::Mending;
pub use number::{boolean, integer};
pub use walk::check;

#[cfg(test)]
mod tests;
