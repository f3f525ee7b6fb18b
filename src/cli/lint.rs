//! `khor lint`.

use clap::Args;

use super::Ui;

/// Lint
#[derive(Debug, Args)]
pub struct LintArgs {}

/// Runs it; gives the exit code.
pub fn run(_args: LintArgs, ui: Ui) -> u8 {
    ui.fail("this verb is not built yet", None)
}
