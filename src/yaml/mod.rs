//! YAML as an arena tree with a span on every node. Only this room knows the parser.

mod build;
mod faults;
pub mod limits;
mod line;
mod mend;
mod overlay;
mod read;
mod recover;
mod schema;
mod tree;

pub use read::{parse, read, text};
pub use schema::{Value, plain};
pub use tree::{Comment, Entry, Kind, NodeId, ScalarStyle, Tree};

#[cfg(test)]
mod tests;
