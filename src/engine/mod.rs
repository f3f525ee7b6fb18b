//! Engines: how to see whether a step is reached, and how to reach it.
//!
//! [`Engines`] answers for all of them, by matching on a step's action. What one application needs on one host
//! (directories, root, watcher) is its [`Context`]; what a whole agent process has once is [`Shared`].

mod artifact;
mod child;
mod context;
mod engines;
mod environment;
mod file;
mod given;
mod mark;
mod model;
mod output;
mod own;
mod probe;
mod process;
mod service;
mod shell;
mod slots;
mod stamp;
mod template;
mod trust;
mod used;
mod watcher;
mod words;

pub use context::{Context, ContextError, Shared};
pub use engines::Engines;
pub use model::{Engine, Observations, Observed, Outcome, Sight};
pub use trust::trusted_roots;
pub use watcher::{Watched, Watcher};

/// Bytes in hex, as digests are written.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
