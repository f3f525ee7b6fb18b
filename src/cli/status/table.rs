//! The survey as people read it.

use std::fmt::Write as _;

use super::forecast::running;
use super::survey::{HostView, NodeView, StepView, Survey};
use crate::cli::Ui;
use crate::cli::words::{ago, count, paused};
use crate::role::{Goal, NodeState, StepStatus};

/// The whole survey as text; `now` in milliseconds since 1970.
pub fn render(survey: &Survey, ui: Ui, now: u64) -> String {
    let paint = Paint(ui.color);
    let mut text = String::new();
    let goal = if survey.goal == Goal::Absent {
        ", to be gone"
    } else {
        ""
    };
    let Survey {
        application,
        generation,
        steps,
        reached,
        ..
    } = survey;
    let pause = survey.pause.as_ref();
    let pause = pause.map_or_else(String::new, |pause| {
        paint.yellow(&format!(", {}", paused(pause, now)))
    });
    let forecast = survey.forecast;
    let forecast = forecast.map_or_else(String::new, |forecast| format!(", {}", forecast.words()));
    let of = if *steps == 1 { "step" } else { "steps" };
    let _ = writeln!(
        text,
        "{} generation {generation}{goal}: {reached} of {steps} {of} reached{forecast}{pause}",
        paint.bold(application)
    );
    let width = survey
        .hosts
        .iter()
        .flat_map(|host| &host.nodes)
        .map(|node| node.node.chars().count())
        .max();
    for host in &survey.hosts {
        render_host(
            &mut text,
            survey,
            host,
            width.unwrap_or(4).clamp(4, 32),
            paint,
            now,
        );
    }
    text
}

fn render_host(text: &mut String, survey: &Survey, host: &HostView, width: usize, paint: Paint, now: u64) {
    let agent = match &host.agent {
        Some(agent) => format!("agent up for {}", ago(now.saturating_sub(agent.started))),
        None => paint.red("no agent: what stands here is the last that was told"),
    };
    let pause = host.pause.as_ref();
    let pause = pause.map_or_else(String::new, |pause| {
        paint.yellow(&format!(", {}", paused(pause, now)))
    });
    let _ = writeln!(text, "\n{}  {agent}{pause}", paint.bold(&host.host));
    for trouble in host.refused.iter().chain(&host.fault) {
        let _ = writeln!(text, "  {}", paint.red(trouble));
    }
    if host.nodes.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "  {:width$}  {:<11}  {:>7}  {:>5}",
        "NODE", "STATE", "SINCE", "STEPS"
    );
    for node in &host.nodes {
        let reached = node
            .steps
            .iter()
            .filter(|step| step.state.status == StepStatus::Reached)
            .count();
        let steps = format!("{reached}/{}", node.steps.len());
        let since = node
            .since
            .map_or_else(|| "-".to_owned(), |since| ago(now.saturating_sub(since)));
        let state = paint.state(node, &format!("{:<11}", node.state));
        let _ = write!(text, "  {:width$}  {state}  {since:>7}  {steps:>5}", node.node);
        // A node's own order makes its later steps wait for the first open one: that one says it all.
        let waits = |step: &StepView| step.state.status == StepStatus::Waiting;
        let first = node.steps.iter().position(waits).unwrap_or(node.steps.len());
        let said = node
            .steps
            .iter()
            .enumerate()
            .filter(|&(at, step)| at <= first || !waits(step));
        let said = said.map(|(_, step)| step);
        let remarks: Vec<_> = said.filter_map(|step| remark(survey, host, step, now)).collect();
        let indent = format!("\n{:1$}", "", width + 33);
        let _ = writeln!(
            text,
            "{}{}",
            if remarks.is_empty() { "" } else { "  " },
            remarks.join(&indent)
        );
    }
}

/// What there is to say of a step beyond its node's state; none for one that is simply reached, or not begun.
fn remark(survey: &Survey, host: &HostView, step: &StepView, now: u64) -> Option<String> {
    let state = &step.state;
    let name = &step.operation;
    let attempt = if state.attempt > 1 {
        format!(" (attempt {})", state.attempt)
    } else {
        String::new()
    };
    Some(match state.status {
        StepStatus::Reached if state.heals > 0 => {
            let last = state
                .healed
                .map(|at| format!(", last {} ago", ago(now.saturating_sub(at))));
            format!(
                "{name} healed {}{}",
                count(state.heals, "time"),
                last.unwrap_or_default()
            )
        }
        StepStatus::Reached => return None,
        StepStatus::Running => format!(
            "{name} running for {}{attempt}{}",
            ago(now.saturating_sub(state.since)),
            running(step, now)
        ),
        StepStatus::Waiting => match survey.waits_for(step) {
            Some(waits) => format!("{name} {waits}"),
            None if !state.reason.is_empty() => format!("{name}: {}", state.reason),
            None if host.agent.is_none() => format!("{name} needs an agent: khor agent --host {}", host.host),
            None => format!("{name} is next"),
        },
        StepStatus::Failing => {
            let retry = state
                .retry_at
                .map(|at| format!(", next try in {}", ago(at.saturating_sub(now))));
            format!(
                "{name} failing{attempt}: {}{}",
                state.reason,
                retry.unwrap_or_default()
            )
        }
        StepStatus::Blocked => {
            let after = if state.attempt > 0 {
                format!(" after {}", count(state.attempt.into(), "attempt"))
            } else {
                String::new()
            };
            format!("{name} blocked{after}: {}", state.reason)
        }
    })
}

#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    fn state(self, node: &NodeView, text: &str) -> String {
        let all = node
            .steps
            .iter()
            .all(|step| step.state.status == StepStatus::Reached);
        match node.state {
            NodeState::Error => self.with("31", text),
            _ if all => self.with("32", text),
            NodeState::Initial => self.with("2", text),
            _ => self.with("33", text),
        }
    }
}
