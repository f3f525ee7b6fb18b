//! `khor trace APP [STEP]`: what led to what, with times, from the evidence in the states.

mod chain;

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::format::{Format, FormatArgs};
use super::status::{Survey, survey, unknown_step};
use super::store::StoreArgs;
use super::times::{clock, day};
use super::words::{ago, now_ms};
use super::{OK, Ui};
use crate::role::{StepStatus, Why};
use chain::{Act, Chain};

/// See what led to what: the causal chain of a run or of a heal, with times
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor trace web                     all that was done last for each step, in the order it happened
  khor trace web web_server.start    the chain that led to this step, from the root of it
  khor trace web page                the same for the last step of a node
  khor trace web --format json       with the revisions of the states that each host acted on

Times are of each host's own clock, in UTC. A step is told as it was acted on last: a step that was brought back begins a chain.")]
pub struct TraceArgs {
    /// The application
    #[arg(value_name = "APP")]
    application: String,
    /// The step, NODE.OPERATION; or a node [default: all steps]
    #[arg(value_name = "STEP")]
    step: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Serialize)]
struct Report<'a> {
    application: &'a str,
    generation: u64,
    /// From the first to the last.
    acts: Vec<Act<'a>>,
}

/// Prints the chain; gives the exit code.
pub fn run(args: &TraceArgs, ui: Ui) -> u8 {
    super::block_on(async {
        let survey = match survey(&args.application, &args.store, ui).await {
            Ok(survey) => survey,
            Err(code) => return code,
        };
        let chain = Chain::new(&survey);
        let acts = match &args.step {
            None => chain.all(),
            Some(name) => match survey.named(name).last() {
                Some((host, step)) => chain.of(host, step),
                None => return unknown_step(&survey, name, ui),
            },
        };
        match args.format.format {
            Format::Json => {
                let report = Report {
                    application: &survey.application,
                    generation: survey.generation,
                    acts,
                };
                ui.print(serde_json::to_string_pretty(&report).expect("plain data") + "\n");
            }
            Format::Text => ui.print(text(&survey, &acts, now_ms())),
        }
        OK
    })
}

/// A line of what it was all about, and a line for each act.
fn text(survey: &Survey, acts: &[Act<'_>], now: u64) -> String {
    let Survey {
        application,
        generation,
        ..
    } = survey;
    let mut text = format!("{application} generation {generation}: ");
    let (Some(first), Some(last)) = (acts.first(), acts.last()) else {
        text.push_str("nothing was told yet\n");
        return text;
    };
    let end = acts.iter().map(Act::end).max().unwrap_or(last.at);
    let took = ago(end.saturating_sub(first.at));
    let _ = writeln!(
        text,
        "{} in {took}, the last {} ago",
        super::words::count(acts.len() as u64, "act"),
        ago(now.saturating_sub(end))
    );
    let hosts = acts.iter().map(|act| act.host.chars().count()).max();
    let steps = acts.iter().map(|act| act.step.chars().count()).max();
    let (hosts, steps) = (hosts.unwrap_or(0), steps.unwrap_or(0).min(40));
    let mut today = String::new();
    for act in acts {
        let date = day(act.at);
        if date != today {
            let _ = writeln!(text, "\n{date} UTC");
            today = date;
        }
        let _ = writeln!(
            text,
            "  {}  {:hosts$}  {:steps$}  {}",
            clock(act.at),
            act.host,
            act.step,
            words(act, now)
        );
    }
    text
}

/// `first time, 3 ms after db.start on h1: done in 20 ms`
fn words(act: &Act<'_>, now: u64) -> String {
    let mut words = act.why.map_or("told", Why::as_str).to_owned();
    if let Some(after) = &act.after {
        let late = after.since.map(|since| ago(act.at.saturating_sub(since)) + " ");
        let _ = write!(words, ", {}after {}", late.unwrap_or_default(), after.step);
        if after.host != act.host {
            let _ = write!(words, " on {}", after.host);
        }
        if after.since.is_none() {
            words.push_str(" as it was then");
        }
    }
    let since = act.after.as_ref().and_then(|after| after.since).unwrap_or(0);
    if let Some(noticed) = act.noticed.filter(|&noticed| since < noticed && noticed < act.at) {
        let _ = write!(words, ", noticed {} before", ago(act.at - noticed));
    }
    let attempt = if act.attempt > 1 {
        format!(", attempt {}", act.attempt)
    } else {
        String::new()
    };
    let took = act.took.map(ago);
    let ended = match (act.status, took) {
        (StepStatus::Reached, Some(took)) if act.why == Some(Why::Drift) => format!("brought back in {took}"),
        (StepStatus::Reached, Some(took)) => format!("done in {took}"),
        (StepStatus::Reached, None) if act.why == Some(Why::Drift) => "came back by itself".to_owned(),
        (StepStatus::Reached, None) => "reached, with nothing to do".to_owned(),
        (StepStatus::Running, _) => format!("running for {}", ago(now.saturating_sub(act.at))),
        (status, _) => format!("{status}: {}", act.reason),
    };
    format!("{words}: {ended}{attempt}")
}
