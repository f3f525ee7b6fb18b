//! How much a document may ask for. Each limit has a message of its own that names it.

/// How deep lists and maps may be nested, aliases followed. Real templates stay under 20.
pub const DEPTH: usize = 128;

/// How many nodes aliases and merges may add to a document when they are followed.
pub const EXPANSION: u64 = 10_000_000;

/// How many syntax faults of one file are reported.
pub const FAULTS: usize = 50;

/// How large a file may be, in bytes: 256 MiB. Offsets are 32 bits wide.
pub const FILE_SIZE: u64 = 256 << 20;
