//! `khor agent`.

use clap::Args;

use super::Ui;

/// Agent
#[derive(Debug, Args)]
pub struct AgentArgs {}

/// Runs it; gives the exit code.
pub fn run(_args: AgentArgs, ui: Ui) -> u8 {
    ui.fail("this verb is not built yet", None)
}
