//! `khor completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:
  khor completions bash > ~/.local/share/bash-completion/completions/khor")]
pub struct CompletionsArgs {
    /// bash, zsh, fish, elvish or powershell
    shell: Shell,
}

/// Prints the script.
pub fn run(args: &CompletionsArgs) -> u8 {
    clap_complete::generate(
        args.shell,
        &mut super::Cli::command(),
        "khor",
        &mut std::io::stdout(),
    );
    super::OK
}
