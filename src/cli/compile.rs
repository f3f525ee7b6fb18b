//! `khor compile`.

use clap::Args;

use super::Ui;

/// Compile
#[derive(Debug, Args)]
pub struct CompileArgs {}

/// Runs it; gives the exit code.
pub fn run(_args: CompileArgs, ui: Ui) -> u8 {
    ui.fail("this verb is not built yet", None)
}
