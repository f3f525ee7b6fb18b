//! `khor outputs APP [NAME]`: what an application gives as a whole.

use std::collections::HashMap;
use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::format::{Format, FormatArgs};
use super::status::unknown_application;
use super::store::StoreArgs;
use super::{FAULTS, OK, Ui};
use crate::diagnostic::did_you_mean;
use crate::role::{Output, RoleStep, StepRef, StepStatus, output};
use crate::store::{AnyStore, Before};
use crate::topology::as_text;

/// See the outputs of an application: what its template says it gives, with what its operations gave
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor outputs web                   all, by name
  khor outputs web url               the bare value of one, for scripts
  khor outputs web --format json     all for programs

Exit codes: 0 all are known; 1 some are not known yet, or may still change; 2 there is no such application or output.")]
pub struct OutputsArgs {
    /// The application
    #[arg(value_name = "APP")]
    application: String,
    /// Only this one, as it is: texts bare, lists and maps as JSON
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// One output.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    /// Null if there is none (yet).
    value: Option<Value>,
    /// Whether it is known, and nothing is under way that may change it.
    settled: bool,
    /// Steps that may still give it something, or something else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waits_for: Vec<Open>,
    /// Why it has no value, and will have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// A step that is not reached.
#[derive(Debug, Serialize)]
struct Open {
    #[serde(flatten)]
    step: StepRef,
    status: StepStatus,
}

#[derive(Serialize)]
struct Report<'a> {
    application: &'a str,
    generation: u64,
    /// Whether all are settled.
    settled: bool,
    outputs: &'a [Row],
}

/// Prints them; gives the exit code.
pub fn run(args: &OutputsArgs, ui: Ui) -> u8 {
    super::block_on(show(args, ui)).unwrap_or_else(|code| code)
}

async fn show(args: &OutputsArgs, ui: Ui) -> Result<u8, u8> {
    let (name, url) = (&args.application, args.store.url());
    let store = AnyStore::open(&url).await.map_err(|error| ui.fail(error, None))?;
    let before = Before::read(&store, name).await;
    let Some(before) = before.map_err(|error| ui.fail(error, None))? else {
        return Err(unknown_application(name, &url, ui).await);
    };
    let mut rows = rows(&before);
    if let Some(only) = &args.name {
        let Some(at) = rows.iter().position(|row| row.name == *only) else {
            let help = unknown(only, &rows);
            return Err(ui.fail(format!("`{name}` has no output `{only}`"), Some(&help)));
        };
        rows = vec![rows.swap_remove(at)];
    }
    let settled = rows.iter().all(|row| row.settled);
    match (args.format.format, rows.as_slice()) {
        (Format::Json, rows) => {
            let report = Report {
                application: name,
                generation: before.current.generation,
                settled,
                outputs: rows,
            };
            ui.print(serde_json::to_string_pretty(&report).expect("plain data") + "\n");
        }
        (Format::Text, [row]) if args.name.is_some() => {
            if let Some(value) = &row.value {
                ui.print(written(value) + "\n");
            }
            if !row.settled {
                eprintln!("{}: {}", row.name, row.words());
            }
        }
        (Format::Text, []) => ui.print(format!("{name} has no outputs\n")),
        (Format::Text, rows) => ui.print(table(rows)),
    }
    Ok(if settled { OK } else { FAULTS })
}

fn rows(before: &Before) -> Vec<Row> {
    let roles = before.roles.iter();
    let steps = roles.flat_map(|role| role.steps.iter().map(move |step| (role.host.as_str(), step)));
    let steps: HashMap<(&str, &str), &RoleStep> = steps
        .map(|(host, step)| ((host, step.name.as_str()), step))
        .collect();
    let told = |named: &StepRef| {
        let step = steps.get(&(named.host.as_str(), named.step.as_str()))?;
        before.state(&named.host, step)
    };
    let row = |name: &String, Output { value, open, fault }: Output| Row {
        name: name.clone(),
        settled: value.is_some() && open.is_empty(),
        value,
        waits_for: (open.into_iter())
            .map(|step| Open {
                status: told(&step).map_or(StepStatus::Waiting, |state| state.status),
                step,
            })
            .collect(),
        reason: fault,
    };
    let all = before.outputs.iter();
    all.map(|(name, one)| row(name, output(one, told))).collect()
}

fn unknown(name: &str, rows: &[Row]) -> String {
    let names = rows.iter().map(|row| row.name.as_str());
    did_you_mean(name, names.clone()).unwrap_or_else(|| match rows {
        [] => "it has none; the template says under `outputs:` what an application gives".to_owned(),
        _ => format!("it has: {}", names.collect::<Vec<_>>().join(", ")),
    })
}

impl Row {
    /// Why it is not settled.
    fn words(&self) -> String {
        if let Some(reason) = &self.reason {
            return reason.clone();
        }
        let open = match self.waits_for.as_slice() {
            [] => String::new(),
            [first, more @ ..] => {
                let more = match more.len() {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                format!(
                    "{} on {} is {}{more}",
                    first.step.step, first.step.host, first.status
                )
            }
        };
        match self.value {
            Some(_) => format!("may change: {open}"),
            None => format!("not known yet: {open}"),
        }
    }
}

/// A value on one line: texts bare, unless they have several lines; lists and maps as JSON.
fn written(value: &Value) -> String {
    as_text(value).unwrap_or_else(|| value.to_string())
}

fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    rows.iter().fold(String::new(), |mut text, row| {
        let value = row.value.as_ref().map(|value| match written(value) {
            text if text.contains('\n') => value.to_string(),
            text => text,
        });
        let words = match (value, row.settled) {
            (Some(value), true) => value,
            (Some(value), false) => format!("{value}  ({})", row.words()),
            (None, _) => format!("({})", row.words()),
        };
        let _ = writeln!(text, "{:width$}  {words}", row.name);
        text
    })
}
