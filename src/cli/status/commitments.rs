//! How the steps kept their promise: to stay reached, once they are.

use std::fmt::Write as _;

use serde::Serialize;

use super::survey::{StepView, Survey};
use crate::cli::Ui;
use crate::cli::words::{ago, count};
use crate::role::{Durations, History, StepStatus};

/// One step's promise, at one moment; times in milliseconds. Also a part of the JSON.
#[derive(Debug, Serialize)]
struct Commitment<'a> {
    host: &'a str,
    step: &'a str,
    status: StepStatus,
    /// How long it was reached, up to now.
    kept_ms: u64,
    /// How long it was broken, up to now.
    broken_ms: u64,
    /// The part of that time in which it was reached, from 0 to 1; none: it never was.
    kept_share: Option<f64>,
    /// How often it was found broken.
    broken: u64,
    /// How long it took until it was reached again.
    repairs: Spread,
    /// How long its dos took that ended well.
    dos: Spread,
}

/// Durations in milliseconds; quantiles are those of the last ones.
#[derive(Debug, Serialize)]
struct Spread {
    count: u64,
    median: Option<u64>,
    p90: Option<u64>,
    longest: Option<u64>,
}

#[derive(Serialize)]
struct Report<'a> {
    applications: Vec<OfApplication<'a>>,
}

#[derive(Serialize)]
struct OfApplication<'a> {
    application: &'a str,
    generation: u64,
    commitments: Vec<Commitment<'a>>,
}

impl Spread {
    fn new(durations: &Durations) -> Self {
        Self {
            count: durations.count,
            median: durations.quantile(50),
            p90: durations.quantile(90),
            longest: (!durations.is_empty()).then_some(durations.longest),
        }
    }

    /// "20 ms, 35 ms at most"
    fn words(&self) -> String {
        match (self.median, self.longest) {
            (Some(median), Some(longest)) if median < longest => {
                format!("{}, {} at most", ago(median), ago(longest))
            }
            (_, Some(longest)) => ago(longest),
            _ => "-".to_owned(),
        }
    }
}

impl<'a> Commitment<'a> {
    fn new(host: &'a str, step: &'a StepView, now: u64) -> Self {
        let History {
            kept,
            broken,
            broken_at,
            repairs,
            took,
        } = &step.state.history;
        let status = step.state.status;
        let current = match status {
            StepStatus::Reached => now.saturating_sub(step.state.since),
            _ => 0,
        };
        let kept_ms = kept.saturating_add(current);
        let open = broken_at.map_or(0, |at| now.saturating_sub(at));
        let broken_ms = repairs.total.saturating_add(open);
        let whole = kept_ms.saturating_add(broken_ms);
        #[expect(clippy::cast_precision_loss, reason = "a share is for people")]
        let share = kept_ms as f64 / whole.max(1) as f64;
        Self {
            host,
            step: &step.step,
            status,
            kept_ms,
            broken_ms,
            kept_share: (*broken > 0 || status == StepStatus::Reached).then_some(share),
            broken: *broken,
            repairs: Spread::new(repairs),
            dos: Spread::new(took),
        }
    }
}

/// The steps that promise anything: those that something is done for, or that are looked at.
fn all(survey: &Survey, now: u64) -> Vec<Commitment<'_>> {
    let steps = survey.all_steps().filter(|(_, step)| step.has_do);
    steps
        .map(|(host, step)| Commitment::new(&host.host, step, now))
        .collect()
}

/// For programs.
pub fn json(surveys: &[Survey], now: u64) -> String {
    let applications = surveys.iter().map(|survey| OfApplication {
        application: &survey.application,
        generation: survey.generation,
        commitments: all(survey, now),
    });
    let applications = applications.collect();
    serde_json::to_string_pretty(&Report { applications }).expect("plain data")
}

/// For people.
pub fn render(survey: &Survey, ui: Ui, now: u64) -> String {
    let (bold, plain) = if ui.color {
        ("\x1b[1m", "\x1b[0m")
    } else {
        ("", "")
    };
    let Survey {
        application,
        generation,
        ..
    } = survey;
    let commitments = all(survey, now);
    let broken: u64 = commitments.iter().map(|commitment| commitment.broken).sum();
    let promises = commitments.len() as u64;
    let mut text = format!(
        "{bold}{application}{plain} generation {generation}: {}, broken {}\n",
        count(promises, "commitment"),
        count(broken, "time")
    );
    let rows: Vec<[String; 6]> = commitments.iter().map(row).collect();
    let heading = ["STEP", "KEPT", "FOR", "BROKEN", "BACK IN", "DONE IN"].map(str::to_owned);
    let widths: [usize; 6] = std::array::from_fn(|column| {
        let cells = rows
            .iter()
            .chain([&heading])
            .map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    });
    let mut last = "";
    for (commitment, row) in commitments.iter().zip(&rows) {
        if commitment.host != last {
            last = commitment.host;
            let _ = writeln!(text, "\n{bold}{last}{plain}");
            line(&mut text, &heading, widths);
        }
        line(&mut text, row, widths);
    }
    text
}

/// Words to the left, numbers to the right.
fn line(text: &mut String, cells: &[String; 6], widths: [usize; 6]) {
    let [step, kept, span, broken, back, done] = cells;
    let [w0, w1, w2, w3, w4, _] = widths;
    let row = format!("  {step:w0$}  {kept:>w1$}  {span:>w2$}  {broken:>w3$}  {back:w4$}  {done}");
    text.push_str(row.trim_end());
    text.push('\n');
}

fn row(commitment: &Commitment<'_>) -> [String; 6] {
    let kept = commitment.kept_share;
    [
        commitment.step.to_owned(),
        kept.map_or_else(|| "-".to_owned(), percent),
        kept.map_or_else(|| "-".to_owned(), |_| ago(commitment.kept_ms)),
        commitment.broken.to_string(),
        commitment.repairs.words(),
        commitment.dos.words(),
    ]
}

/// With so many digits that it is 100 only if nothing is missing.
fn percent(share: f64) -> String {
    let floor = (share * 1e5).floor() / 1e3;
    if share >= 1.0 {
        "100 %".to_owned()
    } else {
        format!("{floor:.3} %")
    }
}
