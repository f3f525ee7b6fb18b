//! `khor teardown APP`: asks for an application to be gone, and follows until it is.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::time::{Instant, timeout, timeout_at};

use super::format::{Format, FormatArgs};
use super::status::{SETTLE, Survey, unknown_application};
use super::store::StoreArgs;
use super::words::{ago, count, now_ms};
use super::{FAULTS, OK, Ui};
use crate::role::{Current, Goal, StepStatus, keys};
use crate::store::{AnyStore, Asked, ReadError, Store, Watch, ask};

/// Stop and delete an application on all its hosts
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor teardown web                 stop and delete it, in the reverse of the order it came up in, and follow that
  khor teardown web --wait 60       exit code 1 if it is not gone within a minute; it goes on all the same
  khor teardown web --no-wait       only ask for it

Each host stops and deletes what it has, once all that depends on it is gone. When nothing is left, neither is a key of it in the
store. Ctrl-C does not stop a teardown: to have the application back, compile it again, even in the middle.")]
pub struct TeardownArgs {
    /// The application
    #[arg(value_name = "APP")]
    application: String,
    #[command(flatten)]
    store: StoreArgs,
    /// How long to follow it [default: until it is gone]
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
    /// Ask for it, and do not follow
    #[arg(long, conflicts_with = "wait")]
    no_wait: bool,
    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Serialize)]
struct Report<'a> {
    application: &'a str,
    generation: u64,
    /// Whether nothing of it is left, on its hosts and in the store.
    gone: bool,
    /// What is left to do, where it is not gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<&'a Survey>,
}

/// Asks, and follows; gives the exit code.
pub fn run(args: &TeardownArgs, ui: Ui) -> u8 {
    super::block_on(async {
        let store = match AnyStore::open(&args.store.url()).await {
            Ok(store) => store,
            Err(error) => return ui.fail(error, None),
        };
        let current = match ask(&store, &args.application, Goal::Absent).await {
            Ok(Asked::Done(current) | Asked::Already(current)) => current,
            Ok(Asked::Conflict) => {
                return ui.fail(
                    format!(
                        "`{}` was published or torn down by somebody else at the same time",
                        args.application
                    ),
                    Some("look at it with `khor status`, and ask again if it is still to be gone"),
                );
            }
            Ok(Asked::Unknown) => return unknown_application(&args.application, &args.store.url(), ui).await,
            Err(error) => return ui.fail(error, None),
        };
        match follow(&store, args, &current, ui).await {
            Ok(left) => end(args, &current, left.as_ref(), ui),
            Err(error) => ui.fail(
                error,
                Some("the teardown goes on; `khor status` shows how far it is"),
            ),
        }
    })
}

/// Shows what is done until nothing is left, or the time is over. Gives what is left.
async fn follow(
    store: &AnyStore,
    args: &TeardownArgs,
    current: &Current,
    ui: Ui,
) -> Result<Option<Survey>, ReadError> {
    let begun = Instant::now();
    let prefixes = vec![keys::application(&args.application), keys::hosts()];
    let mut watch = store.watch(prefixes, None);
    let deadline = args.wait.map(|seconds| begun + Duration::from_secs(seconds));
    let mut shown = Shown::new(ui, begun, args.format.format);
    loop {
        let survey = Survey::read(store, &args.application).await?;
        match &survey {
            Some(survey) => shown.take(survey),
            None if is_unassigned(store, args, current).await? => {
                shown.rest();
                return Ok(None);
            }
            None => {}
        }
        let is_off = survey.as_ref().is_some_and(|survey| survey.goal != Goal::Absent);
        if args.no_wait || is_off || !changed(&mut watch, deadline).await {
            return Ok(survey);
        }
    }
}

/// Whether no host is told any more that it has a part in the application. The agents see to that, a moment after its
/// keys are gone.
async fn is_unassigned(store: &AnyStore, args: &TeardownArgs, current: &Current) -> Result<bool, ReadError> {
    for host in &current.hosts {
        if store
            .get(&keys::assignment(host, &args.application))
            .await?
            .is_some()
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Waits until something changes; false when the time is over. What comes together is taken together.
async fn changed(watch: &mut Watch, deadline: Option<Instant>) -> bool {
    let next = watch.next();
    let came = match deadline {
        Some(deadline) => timeout_at(deadline, next).await.is_ok(),
        None => next.await.is_some(),
    };
    while came
        && deadline.is_none_or(|deadline| Instant::now() < deadline)
        && timeout(SETTLE, watch.next()).await.is_ok()
    {}
    came
}

/// What was shown of the steps so far: a line for each that was reached, or that failed.
struct Shown {
    ui: Ui,
    begun: Instant,
    quiet: bool,
    lines: BTreeSet<(String, String, StepStatus)>,
    /// It was said that all waits for the end of a pause.
    paused: bool,
    /// Steps that are still to be reached.
    open: BTreeSet<(String, String)>,
}

impl Shown {
    fn new(ui: Ui, begun: Instant, format: Format) -> Self {
        Self {
            ui,
            begun,
            quiet: matches!(format, Format::Json),
            lines: BTreeSet::new(),
            paused: false,
            open: BTreeSet::new(),
        }
    }

    /// Shows what is new in `survey`.
    fn take(&mut self, survey: &Survey) {
        // A role that cannot be read is one that was taken away while we read.
        if survey.hosts.iter().any(|host| host.fault.is_some()) {
            return;
        }
        let waits = survey.waits_for_resume(now_ms(), |_| true);
        let said = std::mem::replace(&mut self.paused, !waits.is_empty());
        if !said && !self.quiet {
            for words in waits {
                self.ui.print(words + "\n");
            }
        }
        self.open.clear();
        for (host, step) in survey.all_steps() {
            let named = (host.host.clone(), step.step.clone());
            let status = step.state.status;
            if status != StepStatus::Reached {
                self.open.insert(named.clone());
            }
            let word = match status {
                StepStatus::Reached => "reached".to_owned(),
                StepStatus::Failing => format!("failing: {}", step.state.reason),
                StepStatus::Blocked => format!("blocked: {}", step.state.reason),
                StepStatus::Waiting | StepStatus::Running => continue,
            };
            if self.lines.insert((named.0.clone(), named.1.clone(), status)) {
                self.line(&named, &word);
            }
        }
    }

    /// The keys are gone, so all that was open was reached.
    fn rest(&mut self) {
        for named in std::mem::take(&mut self.open) {
            self.line(&named, "reached");
        }
    }

    fn line(&self, (host, step): &(String, String), word: &str) {
        if !self.quiet {
            let at = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.ui.print(format!("{:>8}  {host}  {step}  {word}\n", ago(at)));
        }
    }
}

/// The last words.
fn end(args: &TeardownArgs, current: &Current, left: Option<&Survey>, ui: Ui) -> u8 {
    let name = &args.application;
    if matches!(args.format.format, Format::Json) {
        let report = Report {
            application: name,
            generation: current.generation,
            gone: left.is_none(),
            left,
        };
        ui.print(serde_json::to_string_pretty(&report).expect("plain data") + "\n");
    } else if let Some(survey) = left {
        if survey.goal != Goal::Absent {
            ui.print(format!(
                "{name} is asked for again: generation {}\n",
                survey.generation
            ));
        } else if args.no_wait {
            ui.print(format!(
                "{name} is asked to go; `khor status {name}` shows how far that is\n"
            ));
        } else {
            let steps = count((survey.steps - survey.reached) as u64, "step");
            ui.print(format!(
                "{name} is not gone yet: {steps} to go; `khor status {name}` says why\n"
            ));
        }
    } else {
        ui.print(format!("{name} is gone\n"));
    }
    if left.is_none() || args.no_wait {
        OK
    } else {
        FAULTS
    }
}
