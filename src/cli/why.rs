//! `khor why APP STEP`: the guard of a step as a tree.

use std::collections::HashSet;
use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use super::format::{Format, FormatArgs};
use super::status::{StepView, Survey, running, survey, unknown_step};
use super::store::StoreArgs;
use super::words::{ago, now_ms};
use super::{OK, Ui};
use crate::role::{StepRef, StepStatus};

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
        let survey = match survey(&args.application, &args.store, ui).await {
            Ok(survey) => survey,
            Err(code) => return code,
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
                let mut json = tree.json(&step);
                if let Some(pause) = &survey.pause {
                    json["application_pause"] = serde_json::to_value(pause).expect("plain data");
                }
                let json = serde_json::to_string_pretty(&json).expect("plain data");
                ui.print(json + "\n");
            }
            Format::Text => {
                tree.write(&step, None, "", "");
                if !tree.is_reached(&step) {
                    let concerned = |host: &str| tree.seen.iter().any(|named| named.host == host);
                    for waits in survey.waits_for_resume(tree.now, concerned) {
                        tree.text.push_str(&(waits + "\n"));
                    }
                }
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

/// The most guards that are named although they are reached.
const REACHED: usize = 3;

impl Tree<'_> {
    /// Writes the step, which `from` waits for, and, as long as they are not reached, what it waits for; each step is
    /// unfolded once.
    fn write(&mut self, named: &StepRef, from: Option<&StepRef>, first: &str, rest: &str) {
        let step = self.survey.step(named);
        let _ = write!(
            self.text,
            "{first}{} on {}: {}",
            named.step,
            named.host,
            self.words(named, step, from)
        );
        let Some(step) = step.filter(|step| from.is_none() || step.state.status != StepStatus::Reached)
        else {
            self.text.push('\n');
            return;
        };
        if !self.seen.insert(named.clone()) {
            self.text.push_str(" (see above)\n");
            return;
        }
        self.text.push('\n');
        for line in step.state.evidence.lines() {
            let _ = writeln!(self.text, "{rest}│ {line}");
        }
        let (open, mut reached): (Vec<_>, Vec<_>) =
            step.guards.iter().partition(|guard| !self.is_reached(guard));
        let more = reached.len();
        if more > REACHED {
            reached.clear();
        }
        let lines = open.len() + reached.len();
        for (at, guard) in (1..).zip(open.into_iter().chain(reached)) {
            let (branch, below) = if at == lines && more <= REACHED {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            self.write(
                guard,
                Some(named),
                &format!("{rest}{branch}"),
                &format!("{rest}{below}"),
            );
        }
        if more > REACHED {
            let _ = writeln!(self.text, "{rest}└─ and {more} that are reached");
        }
    }

    fn is_reached(&self, named: &StepRef) -> bool {
        let step = self.survey.step(named);
        step.is_some_and(|step| step.state.status == StepStatus::Reached)
    }

    /// How a step stands, since when and why; and what is to be known of its host, where somebody on another one waits.
    fn words(&self, named: &StepRef, step: Option<&StepView>, from: Option<&StepRef>) -> String {
        let mut words = match step {
            Some(step) => self.standing(step),
            None => "not in this generation".to_owned(),
        };
        let is_open = !self.is_reached(named);
        let Some(host) = self.survey.host(&named.host) else {
            return words;
        };
        match (&host.agent, &host.refused, &host.fault) {
            (None, ..) => words.push_str("; no agent runs there"),
            (Some(_), Some(reason), _) | (Some(_), None, Some(reason)) => {
                let _ = write!(words, "; its agent does not play this generation: {reason}");
            }
            (Some(agent), None, None) => {
                if is_open && from.is_some_and(|from| from.host != named.host) {
                    let up = ago(self.now.saturating_sub(agent.started));
                    let _ = write!(words, "; its agent is up for {up}");
                }
            }
        }
        words
    }

    fn standing(&self, step: &StepView) -> String {
        let state = &step.state;
        let mut words = state.status.to_string();
        if state.since > 0 {
            let _ = write!(words, " for {}", ago(self.now.saturating_sub(state.since)));
        } else {
            words.push_str(match step.other_version {
                Some(StepStatus::Reached) => ", told as reached only in another version",
                Some(_) => ", told only of another version",
                None => ", not told of yet",
            });
        }
        if state.status == StepStatus::Running {
            words.push_str(&running(step, self.now));
        }
        if state.attempt > 0 && state.status != StepStatus::Reached {
            let _ = write!(words, ", attempt {}", state.attempt);
        }
        if let Some(at) = state.retry_at {
            let _ = write!(words, ", next try in {}", ago(at.saturating_sub(self.now)));
        }
        // What it waits for stands below it, unless it is no step.
        let is_said =
            state.status == StepStatus::Waiting && step.guards.iter().any(|guard| !self.is_reached(guard));
        if !state.reason.is_empty() && !is_said {
            let _ = write!(words, ": {}", state.reason);
        }
        words
    }

    fn json(&mut self, named: &StepRef) -> Value {
        let host = self.survey.host(&named.host);
        let agent = host.is_some_and(|host| host.agent.is_some());
        let mut value = json!({ "step": named.step, "host": named.host, "agent": agent });
        if let Some(refused) = host.and_then(|host| host.refused.as_ref()) {
            value["refused"] = refused.as_str().into();
        }
        if let Some(pause) = host.and_then(|host| host.pause.as_ref()) {
            value["host_pause"] = serde_json::to_value(pause).expect("plain data");
        }
        let Some(step) = self.survey.step(named) else {
            return value;
        };
        value["state"] = serde_json::to_value(&step.state).expect("plain data");
        value["age_ms"] = match step.state.since {
            0 => Value::Null,
            since => self.now.saturating_sub(since).into(),
        };
        if step.state.status != StepStatus::Reached && self.seen.insert(named.clone()) {
            value["waits_for"] = step.guards.iter().map(|guard| self.json(guard)).collect();
        }
        value
    }
}
