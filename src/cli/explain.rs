//! `khor explain`.

use clap::Args;

use super::Ui;

/// Explain
#[derive(Debug, Args)]
pub struct ExplainArgs {}

/// Runs it; gives the exit code.
pub fn run(_args: ExplainArgs, ui: Ui) -> u8 {
    ui.fail("this verb is not built yet", None)
}
