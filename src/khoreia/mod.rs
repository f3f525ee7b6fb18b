//! The khoreia list format: a YAML list of nodes with ids, targets, interfaces and deps.
//!
//! ```yaml
//! - id: 0
//!   name: a
//!   target: chromebook
//!   interfaces:
//!     create:
//!       check:
//!         file: { path: /tmp/khoreia/a.create }
//!       do:
//!         file: { path: /tmp/khoreia/a.create }
//!   deps:
//!     - nodes: [ 5 ]
//! ```
//!
//! An operation has a check (is it reached?) and a do (reach it), each by one engine with its arguments. With a check
//! alone, the operation waits for what others bring about. With a do alone, a `file` or `nil` is its own check, and
//! a `shell` is taken for reached from its first success on.

mod action;
mod conflict;
mod lower;
mod table;

#[cfg(test)]
mod tests;

pub(crate) use conflict::contradiction;
pub use lower::lower;

use crate::yaml::{Kind, Tree};

/// Whether the document is of this format: its root is a list.
pub fn is_khoreia(tree: &Tree) -> bool {
    tree.root().is_some_and(|root| tree.kind(root) == Kind::Sequence)
}
