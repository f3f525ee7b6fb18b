//! `khor plan FILE`: what compiling it would bring about, before it happens.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::build::BuildArgs;
use super::format::{Format, FormatArgs};
use super::publishing::Next;
use super::store::StoreArgs;
use super::words::count;
use super::{OK, Ui, publishing};
use crate::role::{HostDifference, Move};
use crate::store::{AnyStore, Store};

/// There is something to do.
const SOMETHING: u8 = 3;

/// See what compiling a topology would change, and change nothing
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor plan app.yaml                        against what is played in the embedded store of this machine
  khor plan app.yaml --store etcd://db1     against what is played in etcd
  khor plan app.yaml --input port=8080      what another input would change

A step that runs again and has a check of its own is looked at first: where the check holds already, nothing is run.
Exit codes: 0 nothing to do; 3 something to do; 1 the topology has errors; 2 wrong usage, a file or a store that cannot be used.")]
pub struct PlanArgs {
    #[command(flatten)]
    build: BuildArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// What publishing something would bring about.
#[derive(Serialize)]
pub struct Plan<'a> {
    application: &'a str,
    /// The generation that is played now; none: the application is new.
    generation: Option<u64>,
    run: usize,
    again: usize,
    remove: usize,
    stay: usize,
    hosts: &'a [HostDifference],
}

/// Builds, compares and prints; gives the exit code.
pub fn run(args: &PlanArgs, ui: Ui) -> u8 {
    super::block_on(plan(args, ui)).unwrap_or_else(|code| code)
}

async fn plan(args: &PlanArgs, ui: Ui) -> Result<u8, u8> {
    let built = args.build.build(ui, matches!(args.format.format, Format::Json))?;
    let store = AnyStore::open(&args.store.url())
        .await
        .map_err(|error| ui.fail(error, None))?;
    let (built, next) = publishing::compose_built(&store, built, &args.build.scale, ui).await?;
    let hosts = next.differences();
    let plan = Plan::new(&built.application, &next, &hosts);
    match args.format.format {
        Format::Json => ui.print(serde_json::to_string_pretty(&plan).expect("plain data") + "\n"),
        Format::Text => ui.print(plan.text(store.url())),
    }
    let all = plan.run + plan.again + plan.remove;
    Ok(if all == 0 { OK } else { SOMETHING })
}

impl<'a> Plan<'a> {
    /// What publishing `next`, which differs so from what is played, would bring about.
    pub fn new(application: &'a str, next: &Next, hosts: &'a [HostDifference]) -> Self {
        let changes = |what: Move| {
            let all = hosts.iter().flat_map(|host| &host.changes);
            all.filter(|change| change.what == what).count()
        };
        Self {
            application,
            generation: next.before.as_ref().map(|before| before.current.generation),
            run: changes(Move::Run),
            again: changes(Move::Again),
            remove: changes(Move::Remove),
            stay: hosts.iter().map(|host| host.stay).sum(),
            hosts,
        }
    }

    /// The same for people, against what is in the store of this URL.
    pub fn text(&self, url: &str) -> String {
        let mut text = match self.generation {
            None => format!("{} is new to {url}\n", self.application),
            Some(generation) => format!("{} against generation {generation} in {url}\n", self.application),
        };
        let changes = self.hosts.iter().flat_map(|host| &host.changes);
        let width = changes
            .map(|change| change.step.chars().count())
            .max()
            .unwrap_or(0);
        for host in self.hosts.iter().filter(|host| !host.changes.is_empty()) {
            let _ = writeln!(text, "\n{}", host.host);
            for change in &host.changes {
                let word = match change.what {
                    Move::Run => "run",
                    Move::Again => "again",
                    Move::Remove => "remove",
                };
                let _ = writeln!(text, "  {word:<6}  {:width$}  {}", change.step, change.because);
            }
        }
        let stay = count(self.stay as u64, "step");
        let _ = match self.run + self.again + self.remove {
            0 => writeln!(text, "\nnothing to do: {stay} as before"),
            _ => writeln!(
                text,
                "\n{} to run, {} again, {} to take something away; {stay} as before",
                self.run, self.again, self.remove
            ),
        };
        text
    }
}
