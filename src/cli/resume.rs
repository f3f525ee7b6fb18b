//! `khor resume APP | --host HOST`: the end of a pause.

use clap::Args;

use super::Ui;
use super::format::FormatArgs;
use super::pause::ScopeArgs;
use super::store::StoreArgs;
use super::words::{now_ms, paused};

/// Go on with an application or a host that was paused
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor resume web
  khor resume --host bsd1

Where both an application and a host of it are paused, both have to be resumed.")]
pub struct ResumeArgs {
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// Asks; gives the exit code.
pub fn run(args: &ResumeArgs, ui: Ui) -> u8 {
    let now = now_ms();
    let name = args.scope.name();
    let ask = args.scope.ask(
        None,
        &args.store,
        args.format.format,
        ui,
        |_, before| match before {
            Some(before) => format!("{name} goes on; it was {}\n", paused(before, now)),
            None => format!("{name} is not paused\n"),
        },
    );
    super::block_on(ask)
}
