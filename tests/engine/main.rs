//! Engines on real files and real processes. Nothing sleeps: every wait is for a condition, with a deadline.

mod artifact;
mod file;
mod kit;
mod looking;
mod probe;
mod process;
mod shell;
mod template;
mod watcher;
