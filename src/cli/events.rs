//! `khor events APP`: what the hosts tell, as it comes.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::format::{Format, FormatArgs};
use super::status::unknown_application;
use super::store::StoreArgs;
use super::times::{clock, day};
use super::words::{ago, paused};
use super::{OK, Ui};
use crate::role::{Cause, Current, Goal, Pause, StepState, StepStatus, Wish, keys};
use crate::store::{AnyStore, Change, Pair, Store, WatchEvent};

/// See what the hosts of an application tell of its steps, and what people ask for
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor events web                        what was told last of each step, in the order it was told
  khor events web --follow               the same, and then what is told from now on, until Ctrl-C or until it is gone
  khor events web --follow --format json one JSON object a line

Times are of each host's own clock, in UTC.")]
pub struct EventsArgs {
    /// The application
    #[arg(value_name = "APP")]
    application: String,
    /// Go on with what is told from now on
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// One piece of news; also a line of JSON.
#[derive(Debug, Serialize)]
struct News {
    /// The revision at which it was written; none: it was taken away.
    revision: Option<u64>,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum What {
    /// A host told of a step.
    Step {
        host: String,
        step: String,
        /// None: it has no such step any more.
        #[serde(flatten)]
        state: Option<Box<StepState>>,
        /// How it stood before, as far as that was seen.
        #[serde(skip_serializing_if = "Option::is_none")]
        was: Option<StepStatus>,
    },
    /// What is asked for changed; a generation was published.
    Current {
        #[serde(flatten)]
        current: Current,
    },
    /// Nothing new starts; none: that is over.
    Pause { pause: Option<Pause> },
    /// Steps are to be tried anew; no step: all of them.
    Retry {
        step: Option<String>,
        #[serde(flatten)]
        wish: Wish,
    },
    /// The application is out of the store.
    Gone,
}

/// Prints events; gives the exit code.
pub fn run(args: &EventsArgs, ui: Ui) -> u8 {
    super::block_on(async {
        let url = args.store.url();
        let store = match AnyStore::open(&url).await {
            Ok(store) => store,
            Err(error) => return ui.fail(error, None),
        };
        let app = &args.application;
        match store.get(&keys::current(app)).await {
            Ok(Some(_)) => {}
            Ok(None) => return unknown_application(app, &url, ui).await,
            Err(error) => return ui.fail(error, None),
        }
        let mut watch = store.watch(vec![keys::current(app), keys::states(app)], None);
        let mut seen = Seen::new(app);
        let mut printer = Printer {
            format: args.format.format,
            today: String::new(),
            ui,
        };
        while let Some(event) = watch.next().await {
            let reset = matches!(event, WatchEvent::Reset { .. });
            if let WatchEvent::Lost { reason } = &event {
                eprintln!("warning: {reason}; trying again");
            }
            for news in seen.take(event) {
                printer.print(&news);
                if matches!(news.what, What::Gone) {
                    return OK;
                }
            }
            if reset && !args.follow {
                break;
            }
        }
        OK
    })
}

/// What was told so far.
struct Seen<'a> {
    app: &'a str,
    /// The revision and, of a step, how it stood, by key.
    known: BTreeMap<String, (u64, Option<StepStatus>)>,
}

impl<'a> Seen<'a> {
    fn new(app: &'a str) -> Self {
        let known = BTreeMap::new();
        Self { app, known }
    }

    /// The news in an event, in their order.
    fn take(&mut self, event: WatchEvent) -> Vec<News> {
        match event {
            WatchEvent::Reset { mut pairs, .. } => {
                let gone: Vec<String> = self
                    .known
                    .keys()
                    .filter(|key| !pairs.iter().any(|pair| pair.key == **key))
                    .cloned()
                    .collect();
                pairs.sort_by_key(|pair| pair.mod_revision);
                let told: Vec<_> = pairs.iter().filter_map(|pair| self.put(pair)).collect();
                let gone = gone.iter().filter_map(|key| self.delete(key));
                told.into_iter().chain(gone).collect()
            }
            WatchEvent::Changes { changes, .. } => {
                let news = changes.iter().filter_map(|change| match change {
                    Change::Put { pair, .. } => self.put(pair),
                    Change::Delete { key, .. } => self.delete(key),
                });
                let mut news: Vec<_> = news.collect();
                // All else that goes together with the application says no more than that.
                if news.iter().any(|news| matches!(news.what, What::Gone)) {
                    news.retain(|news| matches!(news.what, What::Gone));
                }
                news
            }
            WatchEvent::Progress { .. } | WatchEvent::Lost { .. } => Vec::new(),
        }
    }

    /// None: it is known, or no news to anybody.
    fn put(&mut self, pair: &Pair) -> Option<News> {
        let before = self.known.get(&pair.key).copied();
        if before.is_some_and(|(revision, _)| revision == pair.mod_revision) {
            return None;
        }
        let (key, value) = (pair.key.as_str(), pair.value.as_slice());
        let mut status = None;
        let what = if let Some((host, step)) = keys::state_parts(self.app, key) {
            let state: StepState = serde_json::from_slice(value).ok()?;
            status = Some(state.status);
            What::Step {
                host,
                step,
                state: Some(Box::new(state)),
                was: before.and_then(|(_, status)| status),
            }
        } else if key == keys::current(self.app) {
            let current = serde_json::from_slice(value).ok()?;
            What::Current { current }
        } else if key == keys::pause(self.app) {
            let pause = Some(Pause::read(value));
            What::Pause { pause }
        } else {
            let step = keys::wished_step(self.app, key)?;
            let wish = serde_json::from_slice(value).ok()?;
            What::Retry { step, wish }
        };
        self.known.insert(pair.key.clone(), (pair.mod_revision, status));
        let revision = Some(pair.mod_revision);
        Some(News { revision, what })
    }

    fn delete(&mut self, key: &str) -> Option<News> {
        let (_, was) = self.known.remove(key)?;
        let what = if let Some((host, step)) = keys::state_parts(self.app, key) {
            What::Step {
                host,
                step,
                state: None,
                was,
            }
        } else if key == keys::current(self.app) {
            What::Gone
        } else if key == keys::pause(self.app) {
            What::Pause { pause: None }
        } else {
            return None;
        };
        let revision = None;
        Some(News { revision, what })
    }
}

struct Printer {
    format: Format,
    /// The day of the last line.
    today: String,
    ui: Ui,
}

impl Printer {
    fn print(&mut self, news: &News) {
        if matches!(self.format, Format::Json) {
            let line = serde_json::to_string(news).expect("plain data");
            return self.ui.print(line + "\n");
        }
        let at = match &news.what {
            What::Step { state, .. } => state.as_ref().map(|state| state.since),
            What::Pause { pause } => pause.as_ref().map(|pause| pause.at),
            What::Retry { wish, .. } => Some(wish.at),
            What::Current { .. } | What::Gone => None,
        };
        if let Some(at) = at
            && day(at) != self.today
        {
            self.today = day(at);
            self.ui.print(format!("{} UTC\n", self.today));
        }
        let clock = at.map_or_else(String::new, clock);
        self.ui.print(format!("{clock:12}  {}\n", words(&news.what)));
    }
}

/// `h1  db.start  reached (first time, in 20 ms)`
fn words(what: &What) -> String {
    match what {
        What::Step {
            host, step, state, ..
        } => match state {
            Some(state) => format!("{host}  {step}  {}{}", state.status, remarks(state)),
            None => format!("{host}  {step}  is no longer told"),
        },
        What::Current { current } => {
            let goal = match current.goal {
                Goal::Present => "is asked for",
                Goal::Absent => "is to be gone",
            };
            format!("generation {} {goal}", current.generation)
        }
        What::Pause { pause: Some(pause) } => paused(pause, pause.at),
        What::Pause { pause: None } => "goes on after a pause".to_owned(),
        What::Retry { step, wish } => {
            let step = step.as_deref().unwrap_or("all that is in trouble");
            format!("{step} is to be tried again, {} asks", wish.by)
        }
        What::Gone => "is gone".to_owned(),
    }
}

fn remarks(state: &StepState) -> String {
    let cause = |Cause { why, began, .. }: Cause| match (state.status, began) {
        (StepStatus::Reached, Some(began)) => {
            format!(" ({why}, in {})", ago(state.since.saturating_sub(began)))
        }
        _ => format!(" ({why})"),
    };
    let cause = state.cause.map(cause).unwrap_or_default();
    let reason = state.reason.lines().next().unwrap_or_default();
    let attempt = if state.attempt > 1 {
        format!(", attempt {}", state.attempt)
    } else {
        String::new()
    };
    if reason.is_empty() {
        format!("{cause}{attempt}")
    } else {
        format!("{cause}{attempt}: {reason}")
    }
}
