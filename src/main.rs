//! The binary: arguments in, exit code out. Everything else is the library's.

use std::process::ExitCode;

/// A template is read into many small pieces: with the system's allocator a fifth of a lint is spent on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    khor::cli::run()
}
