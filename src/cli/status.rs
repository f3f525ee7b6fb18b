//! `khor status`.

use clap::Args;

use super::Ui;

/// Status
#[derive(Debug, Args)]
pub struct StatusArgs {}

/// Runs it; gives the exit code.
pub fn run(_args: &StatusArgs, ui: Ui) -> u8 {
    ui.fail("this verb is not built yet", None)
}
