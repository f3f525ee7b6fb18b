//! `khor scale APP NODE=N`: more or fewer instances, without the template at hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::build::Parts;
use super::counts::{self, Count};
use super::format::{Format, FormatArgs};
use super::plan::Plan;
use super::publishing::Asked;
use super::status::unknown_application;
use super::store::StoreArgs;
use super::words::count;
use super::{OK, Ui, publishing};
use crate::score::Draft;
use crate::store::{AnyStore, Published, Store};
use crate::topology::Counts;

/// See or change how many instances the nodes of an application have
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor scale shop                      its scalable nodes, and how many instances each has
  khor scale shop web=3                three instances of web, and of all that is hosted on it
  khor scale shop web=3 worker=0       of several nodes at once, as one change
  khor scale shop web=default          as many as the template says
  khor scale shop web=1 --dry-run      see which steps that would bring about

A node is scalable by its capability `scalable`, whose properties say how many instances there may be. It
works on what was compiled last: no template is needed. New instances come up under guards and are called
web-1, web-2 and so on; with fewer, the last ones leave in good order, as with `khor compile`. Compiling again
keeps the numbers, unless --scale NODE=N gives others.

Exit codes: 0 done, or nothing to do; 1 what would come of it cannot be composed; 2 wrong usage, no such node
or a number that it does not allow, a store that cannot be used, or somebody else published at the same time.")]
pub struct ScaleArgs {
    /// The application
    #[arg(value_name = "APP")]
    application: String,
    /// A scalable node and the number of its instances; `default`: as many as it begins with
    #[arg(value_name = "NODE=N")]
    counts: Vec<Count>,
    /// Change nothing, and show what would be
    #[arg(long, requires = "counts")]
    dry_run: bool,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// One scalable node.
#[derive(Debug, Serialize)]
struct Row {
    node: String,
    /// How many instances are asked for.
    instances: u32,
    /// How many were before.
    before: u32,
    min: u32,
    max: u32,
    /// How many it begins with.
    default: u32,
}

#[derive(Serialize)]
struct Report<'a> {
    application: &'a str,
    /// The generation that is current now.
    generation: u64,
    /// Whether that is a new one.
    changed: bool,
    nodes: &'a [Row],
    /// With `--dry-run`: what would happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a Plan<'a>>,
}

/// Publishes it; gives the exit code.
pub fn run(args: &ScaleArgs, ui: Ui) -> u8 {
    super::block_on(scale(args, ui)).unwrap_or_else(|code| code)
}

async fn scale(args: &ScaleArgs, ui: Ui) -> Result<u8, u8> {
    let name = &args.application;
    let url = args.store.url();
    let store = AnyStore::open(&url).await.map_err(|error| ui.fail(error, None))?;
    let Some(before) = publishing::before(&store, name, ui).await? else {
        return Err(unknown_application(name, &url, ui).await);
    };
    let Some(digest) = before.draft.as_deref() else {
        let help = "give a node the capability `scalable` with a `max_instances` above 1, and compile that";
        return Err(ui.fail(format!("`{name}` has no node that is scalable"), Some(help)));
    };
    let Some(mut draft) = publishing::draft(&store, name, Some(digest)).await else {
        let help = "compile its template again";
        return Err(ui.fail(format!("`{name}` cannot be scaled"), Some(help)));
    };
    if !before.is_present() && !args.counts.is_empty() {
        let help = "compile its template to have it again; `--scale NODE=N` says in how many instances";
        return Err(ui.fail(
            format!("`{name}` is to be gone: there is nothing to scale"),
            Some(help),
        ));
    }
    let counts = counts::settle(&draft.topology, &draft.counts, &args.counts);
    let counts = counts.map_err(|refusals| counts::refuse(&refusals, ui))?;
    let rows = rows(&draft, &counts);
    let mut report = Report {
        application: name,
        generation: before.current.generation,
        changed: false,
        nodes: &rows,
        plan: None,
    };
    if counts == draft.counts {
        ui.print(match args.format.format {
            Format::Json => json(&report),
            Format::Text if args.counts.is_empty() => table(&rows),
            Format::Text => changes(&report),
        });
        return Ok(OK);
    }
    draft.counts = counts;
    let parts = Parts::of(draft.clone(), name, ui)?;
    let asked = Asked::new(&parts, Some(draft));
    let next = publishing::compose(&store, name, Some(before), asked, &BTreeMap::new(), ui).await?;
    if args.dry_run {
        let hosts = next.differences();
        let plan = Plan::new(name, &next, &hosts);
        report.plan = Some(&plan);
        ui.print(match args.format.format {
            Format::Json => json(&report),
            Format::Text => plan.text(store.url()),
        });
        return Ok(OK);
    }
    let published = next.publish(&store, name, ui).await?;
    report.generation = published.generation();
    report.changed = matches!(published, Published::New { .. });
    ui.print(match args.format.format {
        Format::Json => json(&report),
        Format::Text => changes(&report),
    });
    Ok(OK)
}

fn rows(draft: &Draft, counts: &Counts) -> Vec<Row> {
    let scalable = draft.topology.scalable();
    let rows = scalable.map(|(name, scale)| Row {
        node: name.to_owned(),
        instances: scale.count(counts.get(name).copied()),
        before: scale.count(draft.counts.get(name).copied()),
        min: scale.min,
        max: scale.max,
        default: scale.default,
    });
    rows.collect()
}

fn json(report: &Report<'_>) -> String {
    serde_json::to_string_pretty(report).expect("plain data") + "\n"
}

fn table(rows: &[Row]) -> String {
    let width = rows
        .iter()
        .map(|row| row.node.chars().count())
        .max()
        .unwrap_or(0)
        .max(4);
    let mut text = format!(
        "{:width$}  {:>9}  {:>4}  {:>4}  {:>7}\n",
        "NODE", "INSTANCES", "MIN", "MAX", "DEFAULT"
    );
    for row in rows {
        let _ = writeln!(
            text,
            "{:width$}  {:>9}  {:>4}  {:>4}  {:>7}",
            row.node, row.instances, row.min, row.max, row.default
        );
    }
    text
}

/// What has changed, a line per node.
fn changes(report: &Report<'_>) -> String {
    let mut text = String::new();
    for row in report.nodes.iter().filter(|row| row.instances != row.before) {
        let instances = count(row.instances.into(), "instance");
        let _ = writeln!(
            text,
            "{} has {instances} from now on; it had {}",
            row.node, row.before
        );
    }
    if text.is_empty() {
        text.push_str("all nodes have as many instances already\n");
    }
    let _ = writeln!(
        text,
        "{}: generation {} is current",
        report.application, report.generation
    );
    text
}
