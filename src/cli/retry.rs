//! `khor retry APP [STEP]`: what is blocked, or waits for its next try, starts anew at once.

use clap::Args;
use serde::Serialize;

use super::format::{Format, FormatArgs};
use super::status::{HostView, StepView, Survey, unknown_application, unknown_step};
use super::store::StoreArgs;
use super::words::{count, now_ms};
use super::{OK, Ui, person};
use crate::role::{StepStatus, Wish};
use crate::store::{AnyStore, ReadError, retry};

/// Try again at once what is blocked, or failing and waiting for its next try
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor retry web                     all of `web` that is blocked or failing, on all its hosts
  khor retry web db.start            this step
  khor retry web db                  all steps of this node
  khor retry web && khor status web --wait 60

Attempts are counted from the first again, and so is a start limit. Each host does it once: also later, if its agent is not there
now, and never twice. Nothing else is touched: what is reached, running, or waiting for another step goes on as it is.")]
pub struct RetryArgs {
    /// The application
    #[arg(value_name = "APP")]
    application: String,
    /// The step, NODE.OPERATION; or a node [default: all]
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
    /// What starts anew; how it stood before.
    retried: Vec<Retried<'a>>,
}

#[derive(Serialize)]
struct Retried<'a> {
    host: &'a str,
    step: &'a str,
    status: StepStatus,
    attempt: u32,
    reason: &'a str,
    /// Whether an agent is there to hear of it now.
    agent: bool,
}

/// Asks; gives the exit code.
pub fn run(args: &RetryArgs, ui: Ui) -> u8 {
    super::block_on(async {
        let url = args.store.url();
        let asked = match AnyStore::open(&url).await {
            Ok(store) => ask(&store, args, ui).await,
            Err(error) => Err(error.into()),
        };
        match asked {
            Ok(Some(code)) => code,
            Ok(None) => unknown_application(&args.application, &url, ui).await,
            Err(error) => ui.fail(error, None),
        }
    })
}

/// Gives the exit code; none if there is no such application.
async fn ask(store: &AnyStore, args: &RetryArgs, ui: Ui) -> Result<Option<u8>, ReadError> {
    let Some(survey) = Survey::read(store, &args.application).await? else {
        return Ok(None);
    };
    let named: Vec<_> = match &args.step {
        Some(name) => survey.named(name).collect(),
        None => survey.all_steps().collect(),
    };
    if let Some(name) = args.step.as_ref().filter(|_| named.is_empty()) {
        return Ok(Some(unknown_step(&survey, name, ui)));
    }
    let in_trouble =
        |(_, step): &(_, &StepView)| matches!(step.state.status, StepStatus::Failing | StepStatus::Blocked);
    let troubled: Vec<_> = named.iter().copied().filter(in_trouble).collect();
    if !troubled.is_empty() {
        let wish = Wish {
            by: person::name(),
            at: now_ms(),
        };
        let steps: Vec<String> = troubled.iter().map(|(_, step)| step.step.clone()).collect();
        let steps = args.step.as_ref().map(|_| steps.as_slice());
        if !retry(store, &args.application, steps, &wish).await? {
            return Ok(None);
        }
    }
    match args.format.format {
        Format::Json => {
            let report = Report {
                application: &args.application,
                generation: survey.generation,
                retried: troubled.iter().map(|&(host, step)| retried(host, step)).collect(),
            };
            ui.print(serde_json::to_string_pretty(&report).expect("plain data") + "\n");
        }
        Format::Text => {
            ui.print(words(args, &named, &troubled));
            let concerned = |name: &str| troubled.iter().any(|(host, _)| host.host == name);
            if !troubled.is_empty() {
                for waits in survey.waits_for_resume(now_ms(), concerned) {
                    ui.print(waits + "\n");
                }
            }
        }
    }
    Ok(Some(OK))
}

fn retried<'a>(host: &'a HostView, step: &'a StepView) -> Retried<'a> {
    Retried {
        host: &host.host,
        step: &step.step,
        status: step.state.status,
        attempt: step.state.attempt,
        reason: &step.state.reason,
        agent: host.agent.is_some(),
    }
}

/// A line for each step; or why there is none.
fn words(args: &RetryArgs, named: &[(&HostView, &StepView)], troubled: &[(&HostView, &StepView)]) -> String {
    let line = |&(host, step): &(&HostView, &StepView)| {
        let after = match step.state.attempt {
            0 => String::new(),
            attempts => format!(" after {}", count(attempts.into(), "attempt")),
        };
        let agent = if host.agent.is_some() {
            ""
        } else {
            "; no agent runs there, the next one does it"
        };
        format!(
            "{} on {} starts anew: it was {}{after}{agent}\n",
            step.step, host.host, step.state.status
        )
    };
    if !troubled.is_empty() {
        return troubled.iter().map(line).collect();
    }
    match named {
        [(host, step)] => format!(
            "{} on {} is {}: there is nothing to try again\n",
            step.step, host.host, step.state.status
        ),
        _ => format!(
            "nothing of {} is blocked or failing\n",
            args.step.as_ref().unwrap_or(&args.application)
        ),
    }
}
