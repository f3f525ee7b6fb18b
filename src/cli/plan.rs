//! `khor plan FILE`: what compiling it would bring about, before it happens.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::build::BuildArgs;
use super::format::{Format, FormatArgs};
use super::store::StoreArgs;
use super::words::count;
use super::{OK, Ui, publishing};
use crate::role::{Goal, HostDifference, Move, difference};
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

#[derive(Serialize)]
struct Report<'a> {
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
    let next = publishing::compose(&store, &built.application, built.asked(), &built.blobs, ui).await?;
    let hosts = match &next.before {
        None => difference(&[], Goal::Present, &next.roles),
        Some(before) => difference(&before.roles, before.current.goal, &next.roles),
    };
    let changes = |what: Move| {
        let all = hosts.iter().flat_map(|host| &host.changes);
        all.filter(|change| change.what == what).count()
    };
    let report = Report {
        application: &built.application,
        generation: next.before.as_ref().map(|before| before.current.generation),
        run: changes(Move::Run),
        again: changes(Move::Again),
        remove: changes(Move::Remove),
        stay: hosts.iter().map(|host| host.stay).sum(),
        hosts: &hosts,
    };
    match args.format.format {
        Format::Json => ui.print(serde_json::to_string_pretty(&report).expect("plain data") + "\n"),
        Format::Text => ui.print(text(&report, store.url())),
    }
    let all = report.run + report.again + report.remove;
    Ok(if all == 0 { OK } else { SOMETHING })
}

fn text(report: &Report<'_>, url: &str) -> String {
    let mut text = match report.generation {
        None => format!("{} is new to {url}\n", report.application),
        Some(generation) => format!(
            "{} against generation {generation} in {url}\n",
            report.application
        ),
    };
    let changes = report.hosts.iter().flat_map(|host| &host.changes);
    let width = changes
        .map(|change| change.step.chars().count())
        .max()
        .unwrap_or(0);
    for host in report.hosts.iter().filter(|host| !host.changes.is_empty()) {
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
    let stay = count(report.stay as u64, "step");
    let _ = match report.run + report.again + report.remove {
        0 => writeln!(text, "\nnothing to do: {stay} as before"),
        _ => writeln!(
            text,
            "\n{} to run, {} again, {} to take something away; {stay} as before",
            report.run, report.again, report.remove
        ),
    };
    text
}
