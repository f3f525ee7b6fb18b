//! What is said to the author of a file: diagnostics with codes and places, the sink that gathers them, and one
//! renderer per output format.

mod code;
pub mod codes;
mod model;
pub mod render;
mod sink;
mod suggest;

pub use code::{Code, Severity};
pub use model::{Diagnostic, Related};
pub use sink::Sink;
pub use suggest::{did_you_mean, nearest};
