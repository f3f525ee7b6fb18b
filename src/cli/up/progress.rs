//! What a play looks like while it goes on: a line per host, redrawn, on a terminal; a line per event elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::Ui;
use crate::agent::{Happened, News};
use crate::choreography::Counts;
use crate::cli::words::ago;
use crate::role::Durations;

/// How often lines are redrawn at most.
const FRAME: Duration = Duration::from_millis(50);
/// Milliseconds after which it is told anew how much time is left.
const MOMENT: u64 = 1_000;
/// Columns of a full bar.
const BAR: usize = 24;

/// One host.
#[derive(Debug, Default)]
struct HostLine {
    counts: Counts,
    /// Steps whose do runs, in the order they were started: since when, and how long it took before.
    running: Vec<(String, Instant, Durations)>,
}

/// All hosts.
#[derive(Debug)]
pub(super) struct Progress {
    ui: Ui,
    started: Instant,
    application: String,
    hosts: BTreeMap<String, HostLine>,
    /// Lines on the terminal that are ours to redraw.
    drawn: usize,
    /// Something is to be drawn at this time.
    due: Option<Instant>,
    last: Option<Instant>,
    width: usize,
}

impl Progress {
    /// Hosts come with how many steps they have.
    pub(super) fn new<'a>(
        ui: Ui,
        started: Instant,
        application: &str,
        hosts: impl Iterator<Item = (&'a str, usize)>,
    ) -> Self {
        let line = |(host, steps): (&str, usize)| {
            let counts = Counts {
                steps,
                unknown: steps,
                ..Counts::default()
            };
            let line = HostLine {
                counts,
                running: Vec::new(),
            };
            (host.to_owned(), line)
        };
        let hosts: BTreeMap<_, _> = hosts.map(line).collect();
        let width = hosts.keys().map(|host| host.chars().count()).max().unwrap_or(0);
        Self {
            ui,
            started,
            application: application.to_owned(),
            hosts,
            drawn: 0,
            due: Some(started),
            last: None,
            width,
        }
    }

    /// Every step of every host is reached.
    pub(super) fn is_reached(&self) -> bool {
        self.hosts
            .values()
            .all(|host| host.counts.reached == host.counts.steps)
    }

    /// Something is blocked, and nothing else is going on or going to.
    pub(super) fn is_stuck(&self) -> bool {
        let sum = |of: fn(&Counts) -> usize| self.hosts.values().map(|host| of(&host.counts)).sum::<usize>();
        sum(|counts| counts.blocked) > 0
            && sum(|counts| counts.running + counts.failing + counts.unknown) == 0
    }

    /// When [`Self::draw`] is to be called.
    pub(super) fn redraw_at(&self) -> Option<Instant> {
        self.due.filter(|_| self.ui.terminal)
    }

    /// Takes a piece of news.
    pub(super) fn take(&mut self, news: &News) {
        if *news.application != *self.application {
            return;
        }
        let Some(line) = self.hosts.get_mut(&*news.host) else {
            return;
        };
        line.counts = news.counts;
        let step = &*news.step;
        // A look while it runs says nothing of its end.
        if !matches!(news.happened, Happened::Slow(_) | Happened::Counted) {
            line.running.retain(|(running, ..)| running != step);
        }
        match &news.happened {
            Happened::Started(took) => line.running.push((step.to_owned(), news.at, took.clone())),
            _ if news.counts.running == 0 => line.running.clear(),
            _ => {}
        }
        if let Some((color, words)) = words(&news.happened) {
            let line = self.event(news, color, &words);
            if !self.ui.terminal {
                self.ui.print(line);
            } else if !matches!(news.happened, Happened::Reached) {
                // Failures and heals stay to be read above the lines that are redrawn.
                self.print_above(&line);
            }
        }
        let soon = self.last.map_or_else(Instant::now, |last| last + FRAME);
        self.due = Some(self.due.map_or(soon, |due| due.min(soon)));
    }

    /// `12.3 ms  bsd1  f.create  reached`
    fn event(&self, news: &News, color: &str, words: &str) -> String {
        let at = news.at.saturating_duration_since(self.started).as_secs_f64() * 1e3;
        let (color, dim, plain) = if self.ui.color {
            (color, "\x1b[2m", "\x1b[0m")
        } else {
            ("", "", "")
        };
        format!(
            "{dim}{at:>9.1} ms{plain}  {:<width$}  {}  {color}{words}{plain}\n",
            news.host,
            news.step,
            width = self.width
        )
    }

    fn print_above(&mut self, line: &str) {
        let mut text = self.erase();
        text.push_str(line);
        text.push_str(&self.lines());
        self.ui.print(text);
        self.drawn = self.hosts.len();
    }

    /// Draws all lines anew, if something changed.
    pub(super) fn draw(&mut self) {
        if !self.ui.terminal || self.due.take().is_none() {
            return;
        }
        let mut text = self.erase();
        text.push_str(&self.lines());
        self.ui.print(text);
        self.drawn = self.hosts.len();
        let now = Instant::now();
        self.last = Some(now);
        // What is left gets less although nothing happens.
        let mut running = self.hosts.values().flat_map(|line| &line.running);
        if running.any(|(.., took)| !took.is_empty()) {
            self.due = Some(now + Duration::from_millis(MOMENT));
        }
    }

    /// Draws the end; the lines stay.
    pub(super) fn finish(&mut self) {
        self.due = Some(Instant::now());
        self.draw();
        self.drawn = 0;
    }

    /// Back to the first of our lines, with everything below it gone.
    fn erase(&self) -> String {
        if self.drawn == 0 {
            return String::new();
        }
        format!("\x1b[{}A\r\x1b[J", self.drawn)
    }

    fn lines(&self) -> String {
        let (green, red, dim, plain) = if self.ui.color {
            ("\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[0m")
        } else {
            ("", "", "", "")
        };
        let mut text = String::new();
        for (name, line) in &self.hosts {
            let Counts {
                steps,
                reached,
                failing,
                blocked,
                waiting,
                ..
            } = line.counts;
            let full = (reached * BAR).checked_div(steps).unwrap_or(BAR);
            let mut notes = Vec::new();
            for (count, word) in [(blocked, "blocked"), (failing, "failing")] {
                if count > 0 {
                    notes.push(format!("{count} {word}"));
                }
            }
            if !line.running.is_empty() {
                let now = Instant::now();
                let running = line.running.iter().map(|(step, since, took)| {
                    let elapsed = now.saturating_duration_since(*since).as_millis();
                    let left = took.left(u64::try_from(elapsed).unwrap_or(u64::MAX));
                    // Less than that is over before it is read.
                    match left.filter(|&left| left >= MOMENT) {
                        Some(left) => format!("{step} (about {} left)", ago(left)),
                        None => step.clone(),
                    }
                });
                notes.push(running.collect::<Vec<_>>().join(", "));
            } else if waiting > 0 {
                notes.push(format!("{waiting} waiting"));
            }
            let color = if failing + blocked > 0 { red } else { green };
            let start = format!("{name:<width$}  ", width = self.width);
            let count = format!("  {reached}/{steps}  ");
            // What does not fit is cut, for a line that wraps could not be redrawn.
            let room = self
                .ui
                .width
                .saturating_sub(start.chars().count() + BAR + count.len() + 1);
            let notes: String = notes.join(" · ").chars().take(room).collect();
            let _ = writeln!(
                text,
                "{start}{color}{}{plain}{dim}{}{plain}{count}{notes}",
                "━".repeat(full),
                "─".repeat(BAR - full),
            );
        }
        text
    }
}

/// The colour and the words of an event; none for what is only counted.
fn words(happened: &Happened) -> Option<(&'static str, String)> {
    Some(match happened {
        Happened::Started(_) | Happened::Counted => return None,
        Happened::Slow(words) => ("\x1b[33m", words.clone()),
        Happened::Reached => ("\x1b[32m", "reached".into()),
        Happened::Healed => ("\x1b[32m", "brought back".into()),
        Happened::Drifted => ("\x1b[33m", "no longer holds".into()),
        Happened::Failed(reason) => (
            "\x1b[31m",
            format!("failed, will be tried again: {}", one_line(reason)),
        ),
        Happened::Blocked(reason) => ("\x1b[1;31m", format!("blocked: {}", one_line(reason))),
    })
}

fn one_line(reason: &str) -> String {
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_named_with_what_is_left_until_it_ends() {
        let ui = Ui {
            color: false,
            color_err: false,
            terminal: false,
            width: 100,
        };
        let mut progress = Progress::new(ui, Instant::now(), "app", [("h", 1)].into_iter());
        let news = |happened, running| News {
            at: Instant::now(),
            host: "h".into(),
            application: "app".into(),
            step: "a".into(),
            happened,
            counts: Counts {
                steps: 1,
                running,
                ..Counts::default()
            },
        };
        let mut took = Durations::default();
        took.add(3_599_000);
        progress.take(&news(Happened::Started(took), 1));
        progress.take(&news(Happened::Counted, 1));
        let lines = progress.lines();
        assert!(lines.contains("  a (about 59 min left)\n"), "{lines}");
        progress.take(&news(Happened::Counted, 0));
        assert!(!progress.lines().contains("  a "), "{}", progress.lines());
    }
}
