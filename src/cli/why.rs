//! `khor why APP STEP`: the guard of a step as a tree.

use std::collections::HashSet;
use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use super::format::{Format, FormatArgs};
use super::status::{StepView, Survey, unknown_application, unknown_step};
use super::store::StoreArgs;
use super::words::{ago, now_ms};
use super::{OK, Ui};
use crate::role::{StepRef, StepStatus};
use crate::store::AnyStore;

/// See why a step stands as it does: what it waits for, down to the root of it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor why web web_server.start      the guard of a step as a tree
  khor why web page                  the first step of a node that is not reached")]
pub struct WhyArgs {
    /// The application
    #[arg(value_name = "APP")]
    application: String,
    /// The step, NODE.OPERATION; or a node
    #[arg(value_name = "STEP")]
    step: String,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// Prints the tree; gives the exit code.
pub fn run(args: &WhyArgs, ui: Ui) -> u8 {
    super::block_on(async {
        let url = args.store.url();
        let survey = match AnyStore::open(&url).await {
            Ok(store) => Survey::read(&store, &args.application).await,
            Err(error) => Err(error.into()),
        };
        let survey = match survey {
            Ok(Some(survey)) => survey,
            Ok(None) => return unknown_application(&args.application, &url, ui).await,
            Err(error) => return ui.fail(error, None),
        };
        let Some(step) = find(&survey, &args.step) else {
            return unknown_step(&survey, &args.step, ui);
        };
        let mut tree = Tree {
            survey: &survey,
            seen: HashSet::new(),
            now: now_ms(),
            text: String::new(),
        };
        match args.format.format {
            Format::Json => {
                let json = serde_json::to_string_pretty(&tree.json(&step)).expect("plain data");
                ui.print(json + "\n");
            }
            Format::Text => {
                tree.write(&step, "", "");
                ui.print(tree.text);
            }
        }
        OK
    })
}

/// The step of this name; or of the node of this name the first that is not reached, else the last.
fn find(survey: &Survey, name: &str) -> Option<StepRef> {
    let reference = |host: &str, step: &StepView| StepRef {
        host: host.to_owned(),
        step: step.step.clone(),
    };
    if let Some((host, step)) = survey.all_steps().find(|(_, step)| step.step == name) {
        return Some(reference(&host.host, step));
    }
    let (host, node) = survey
        .hosts
        .iter()
        .find_map(|host| Some((host, host.nodes.iter().find(|node| node.node == name)?)))?;
    let open = node
        .steps
        .iter()
        .find(|step| step.state.status != StepStatus::Reached);
    Some(reference(&host.host, open.or(node.steps.last())?))
}

struct Tree<'a> {
    survey: &'a Survey,
    seen: HashSet<StepRef>,
    now: u64,
    text: String,
}

impl Tree<'_> {
    /// Writes the step and, as long as they are not reached, what it waits for; each step is unfolded once.
    fn write(&mut self, named: &StepRef, first: &str, rest: &str) {
        let step = self.survey.step(named);
        let _ = write!(
            self.text,
            "{first}{} on {}: {}",
            named.step,
            named.host,
            self.words(named, step)
        );
        let Some(step) = step else {
            self.text.push('\n');
            return;
        };
        if step.state.status == StepStatus::Reached && !rest.is_empty() {
            self.text.push('\n');
            return;
        }
        if !self.seen.insert(named.clone()) {
            self.text.push_str(" (see above)\n");
            return;
        }
        self.text.push('\n');
        for line in step.state.evidence.lines() {
            let _ = writeln!(self.text, "{rest}│ {line}");
        }
        for (at, guard) in (1..).zip(&step.guards) {
            let (branch, below) = if at == step.guards.len() {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            self.write(guard, &format!("{rest}{branch}"), &format!("{rest}{below}"));
        }
    }

    fn words(&self, named: &StepRef, step: Option<&StepView>) -> String {
        let agent = self
            .survey
            .host(&named.host)
            .is_some_and(|host| host.agent.is_some());
        let gone = if agent { "" } else { "; no agent runs there" };
        let Some(StepView { state, .. }) = step else {
            return format!("not in this generation{gone}");
        };
        let mut words = state.status.to_string();
        if state.since > 0 {
            let _ = write!(words, " for {}", ago(self.now.saturating_sub(state.since)));
        }
        if state.attempt > 0 && state.status != StepStatus::Reached {
            let _ = write!(words, ", attempt {}", state.attempt);
        }
        if let Some(at) = state.retry_at {
            let _ = write!(words, ", next try in {}", ago(at.saturating_sub(self.now)));
        }
        if matches!(state.status, StepStatus::Failing | StepStatus::Blocked) {
            let _ = write!(words, ": {}", state.reason);
        }
        words + gone
    }

    fn json(&mut self, named: &StepRef) -> Value {
        let agent = self
            .survey
            .host(&named.host)
            .is_some_and(|host| host.agent.is_some());
        let mut value = json!({ "step": named.step, "host": named.host, "agent": agent });
        let Some(step) = self.survey.step(named) else {
            return value;
        };
        value["state"] = serde_json::to_value(&step.state).expect("plain data");
        if step.state.status != StepStatus::Reached && self.seen.insert(named.clone()) {
            value["waits_for"] = step.guards.iter().map(|guard| self.json(guard)).collect();
        }
        value
    }
}
