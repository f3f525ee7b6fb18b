//! Texts, and places in them: sources, byte spans, the line index, the trait through which texts are loaded, and the
//! archives they may lie in.

mod archive;
mod lines;
mod loader;
mod map;
mod path;
mod read;
mod span;
mod url;

pub use archive::{Archive, ArchiveError, PACKED};
pub use lines::{LineColumn, LineIndex};
pub use loader::{LoadError, Loader, MemoryLoader};
pub use map::{Source, SourceMap};
pub use path::normal;
pub use read::ReadError;
pub use span::{SourceId, Span};
pub use url::{is_url, join_url, normal_url, url_folder};
