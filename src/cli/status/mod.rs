//! `khor status [APP]`.

mod commitments;
mod forecast;
mod survey;
mod table;

use std::time::Duration;

use clap::Args;
use serde::Serialize;

pub use forecast::running;
pub use survey::{HostView, StepView, Survey, applications};
pub use table::render as table;

use super::format::{Format, FormatArgs};
use super::store::StoreArgs;
use super::words::now_ms;
use super::{FAULTS, OK, Ui};
use crate::diagnostic::did_you_mean;
use crate::store::{AnyStore, ReadError};

/// How long nothing more must come before a waiting status is read again.
pub const SETTLE: Duration = Duration::from_millis(10);

/// See how applications stand: hosts, nodes, what waits and why
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor status                        all applications of the store
  khor status web --check            exit code 1 unless every step of `web` is reached and every agent is there
  khor status web --commitments      how each step kept its promise to stay reached, and how long its dos took
  khor status web --wait 60          wait up to 60 seconds for that
  khor status --format json          the same for programs")]
pub struct StatusArgs {
    /// The application [default: all]
    #[arg(value_name = "APP")]
    application: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    /// Exit with 1 unless all is reached and every host's agent is alive
    #[arg(long)]
    check: bool,
    /// Wait up to this many seconds for all to be reached; implies --check
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
    /// Show how each step kept its promise: how long, how often broken, how long repairs and dos took
    #[arg(long)]
    commitments: bool,
    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Serialize)]
struct Report<'a> {
    applications: &'a [Survey],
}

/// Prints how things stand; gives the exit code.
pub fn run(args: &StatusArgs, ui: Ui) -> u8 {
    super::block_on(async {
        let surveys = match AnyStore::open(&args.store.url()).await {
            Ok(store) => wait(&store, args).await,
            Err(error) => Err(error.into()),
        };
        let surveys = match surveys {
            Ok(surveys) => surveys,
            Err(error) => return ui.fail(error, None),
        };
        if surveys.is_empty() {
            return nothing(args, ui).await;
        }
        match args.format.format {
            Format::Json if args.commitments => {
                ui.print(commitments::json(&surveys, now_ms()) + "\n");
            }
            Format::Json => {
                let report = serde_json::to_string_pretty(&Report {
                    applications: &surveys,
                });
                ui.print(report.expect("plain data") + "\n");
            }
            Format::Text => {
                let tables: Vec<_> = surveys
                    .iter()
                    .map(|survey| {
                        if args.commitments {
                            commitments::render(survey, ui, now_ms())
                        } else {
                            table::render(survey, ui, now_ms())
                        }
                    })
                    .collect();
                ui.print(tables.join("\n"));
            }
        }
        let open = !surveys.iter().all(|survey| survey.converged);
        if (args.check || args.wait.is_some()) && open {
            FAULTS
        } else {
            OK
        }
    })
}

/// What there is, as soon as it has converged or the time is over.
async fn wait(store: &AnyStore, args: &StatusArgs) -> Result<Vec<Survey>, ReadError> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(args.wait.unwrap_or(0));
    let mut watch = crate::store::Store::watch(store, vec![crate::role::keys::ROOT.to_owned()], None);
    loop {
        let surveys = read(store, args.application.as_deref()).await?;
        let converged = !surveys.is_empty() && surveys.iter().all(|survey| survey.converged);
        if converged || args.wait.is_none() {
            return Ok(surveys);
        }
        if tokio::time::timeout_at(deadline, watch.next()).await.is_err() {
            return Ok(surveys);
        }
        // What comes together is looked at together.
        while tokio::time::timeout(SETTLE, watch.next()).await.is_ok()
            && tokio::time::Instant::now() < deadline
        {}
    }
}

async fn read(store: &AnyStore, application: Option<&str>) -> Result<Vec<Survey>, ReadError> {
    let names = match application {
        Some(name) => vec![name.to_owned()],
        None => applications(store).await?,
    };
    let mut surveys = Vec::new();
    for name in names {
        surveys.extend(Survey::read(store, &name).await?);
    }
    Ok(surveys)
}

/// Says that the store holds no such application, or none at all.
async fn nothing(args: &StatusArgs, ui: Ui) -> u8 {
    let url = args.store.url();
    if let Some(name) = &args.application {
        return unknown_application(name, &url, ui).await;
    }
    if matches!(args.format.format, Format::Json) {
        ui.print("{\"applications\":[]}\n");
    } else {
        ui.print(format!("no application is published in {url}\n"));
    }
    if args.check || args.wait.is_some() {
        FAULTS
    } else {
        OK
    }
}

/// How one application stands. What is wrong is said already, and comes as its exit code.
pub async fn survey(application: &str, store: &StoreArgs, ui: Ui) -> Result<Survey, u8> {
    let url = store.url();
    let survey = match AnyStore::open(&url).await {
        Ok(store) => Survey::read(&store, application).await,
        Err(error) => Err(error.into()),
    };
    match survey.map_err(|error| ui.fail(error, None))? {
        Some(survey) => Ok(survey),
        None => Err(unknown_application(application, &url, ui).await),
    }
}

/// Says that the store holds no application of this name, with the near miss.
pub async fn unknown_application(name: &str, url: &str, ui: Ui) -> u8 {
    let known = match AnyStore::open(url).await {
        Ok(store) => applications(&store).await.unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    let help =
        did_you_mean(name, known.iter().map(String::as_str)).unwrap_or_else(|| match known.as_slice() {
            [] => "publish one with `khor compile FILE`".to_owned(),
            names => format!("it holds: {}", names.join(", ")),
        });
    ui.fail(format!("no application `{name}` in {url}"), Some(&help))
}

/// Says that the application has no step, and no node, of this name, with the near miss.
pub fn unknown_step(survey: &Survey, name: &str, ui: Ui) -> u8 {
    let names: Vec<_> = survey.all_steps().map(|(_, step)| step.step.as_str()).collect();
    let help = did_you_mean(name, names.iter().copied()).unwrap_or_else(|| {
        let node_of = |step: &str| step.rsplit_once('.').map(|(node, _)| node.to_owned());
        let node = node_of(name);
        let of_node = names
            .iter()
            .filter(|step| node.is_some() && node_of(step) == node);
        let of_node: Vec<_> = of_node.map(|step| format!("`{step}`")).collect();
        match of_node.as_slice() {
            [] => format!(
                "`khor status {} --format json` lists all steps",
                survey.application
            ),
            steps => format!("its node has {}", steps.join(", ")),
        }
    });
    let message = format!("no step `{name}` in {}", survey.application);
    ui.fail(message, Some(&help))
}
