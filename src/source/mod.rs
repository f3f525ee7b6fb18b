//! Texts, and places in them: sources, byte spans, the line index, and the trait through which texts are loaded.

mod lines;
mod loader;
mod map;
mod read;
mod span;

pub use lines::{LineColumn, LineIndex};
pub use loader::{LoadError, Loader, MemoryLoader};
pub use map::{Source, SourceMap};
pub use read::ReadError;
pub use span::{SourceId, Span};
