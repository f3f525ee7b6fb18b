//! `khor why`.

use clap::Args;

use super::Ui;

/// Why
#[derive(Debug, Args)]
pub struct WhyArgs {}

/// Runs it; gives the exit code.
pub fn run(_args: &WhyArgs, ui: Ui) -> u8 {
    ui.fail("this verb is not built yet", None)
}
