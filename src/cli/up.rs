//! `khor up`.

use clap::Args;

use super::Ui;

/// Up
#[derive(Debug, Args)]
pub struct UpArgs {}

/// Runs it; gives the exit code.
pub fn run(_args: UpArgs, ui: Ui) -> u8 {
    ui.fail("this verb is not built yet", None)
}
