//! `khor history APP`: the generations of an application that are kept.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::format::{Format, FormatArgs};
use super::status::unknown_application;
use super::store::StoreArgs;
use super::words::{ago, now_ms};
use super::{OK, Ui};
use crate::role::{Current, Goal};
use crate::store::{AnyStore, ReadError, generations, read_current, read_roles};

/// See the generations of an application that are kept
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor history web                   its generations, the newest first
  khor history web --format json     the same for programs

The last five that were published are kept; `khor rollback` brings one of them back.")]
pub struct HistoryArgs {
    /// The application
    #[arg(value_name = "APP")]
    application: String,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// One generation.
#[derive(Debug, Serialize)]
struct Row {
    generation: u64,
    /// When it became the current one, in milliseconds since 1970; none: it never did.
    published: Option<u64>,
    /// Whether it is the current one.
    current: bool,
    /// What is asked for, of the current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
    digest: String,
    hosts: Vec<String>,
    /// Steps of coming up.
    steps: usize,
}

#[derive(Serialize)]
struct Report<'a> {
    application: &'a str,
    generations: &'a [Row],
}

/// Prints them; gives the exit code.
pub fn run(args: &HistoryArgs, ui: Ui) -> u8 {
    super::block_on(async {
        let store = match AnyStore::open(&args.store.url()).await {
            Ok(store) => store,
            Err(error) => return ui.fail(error, None),
        };
        let rows = match read_current(&store, &args.application).await {
            Ok(None) => return unknown_application(&args.application, &args.store.url(), ui).await,
            Ok(Some(current)) => read(&store, &args.application, &current).await,
            Err(error) => Err(error),
        };
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => return ui.fail(error, None),
        };
        match args.format.format {
            Format::Json => {
                let report = Report {
                    application: &args.application,
                    generations: &rows,
                };
                ui.print(serde_json::to_string_pretty(&report).expect("plain data") + "\n");
            }
            Format::Text => ui.print(table(&rows, now_ms())),
        }
        OK
    })
}

async fn read(store: &AnyStore, application: &str, current: &Current) -> Result<Vec<Row>, ReadError> {
    let mut rows = Vec::new();
    for (generation, record) in generations(store, application).await? {
        let Some(record) = record else { continue };
        let (roles, _) = read_roles(store, application, generation).await?;
        let is_current = generation == current.generation;
        let steps = roles.iter().flat_map(|role| &role.steps);
        rows.push(Row {
            generation,
            published: record.published,
            current: is_current,
            goal: is_current.then_some(current.goal),
            digest: record.digest,
            steps: steps.filter(|step| step.up).count(),
            hosts: roles.into_iter().map(|role| role.host).collect(),
        });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.generation));
    Ok(rows)
}

fn table(rows: &[Row], now: u64) -> String {
    let mut text = format!(
        "{:>10}  {:<16}  {:>5}  {:<12}  HOSTS\n",
        "GENERATION", "PUBLISHED", "STEPS", "DIGEST"
    );
    for row in rows {
        let published = match row.published {
            Some(at) => format!("{} ago", ago(now.saturating_sub(at))),
            None => "never".to_owned(),
        };
        let note = match row.goal {
            Some(Goal::Present) => "  (current)",
            Some(Goal::Absent) => "  (current, to be gone)",
            None => "",
        };
        let digest = row.digest.get(..12).unwrap_or(&row.digest);
        let _ = writeln!(
            text,
            "{:>10}  {published:<16}  {:>5}  {digest:<12}  {}{note}",
            row.generation,
            row.steps,
            row.hosts.join(", ")
        );
    }
    text
}
