//! `khor pause APP | --host HOST`: nothing new starts until `khor resume`.

use clap::Args;
use serde::Serialize;

use super::format::{Format, FormatArgs};
use super::status::unknown_application;
use super::store::StoreArgs;
use super::words::{now_ms, paused};
use super::{OK, Ui, person};
use crate::diagnostic::did_you_mean;
use crate::role::{Pause, keys};
use crate::store::{AnyStore, Paused, Scope, Store, StoreError, pause};

/// Start nothing new, of an application or on a host, until `khor resume`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor pause web                     nothing new starts of `web`, on any host; what breaks stays broken
  khor pause web --heal              nothing new, but what was reached before is still brought back
  khor pause --host bsd1             nothing of any application starts on bsd1: for work on that machine
  khor resume web

What runs goes on to its end. A pause holds for agents that start later, and without the store; `khor status` shows whose it is.
A new generation may be published, a teardown or a retry asked for: all of it waits.")]
pub struct PauseArgs {
    #[command(flatten)]
    scope: ScopeArgs,
    /// Go on bringing back what was reached before
    #[arg(long)]
    heal: bool,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// An application, or a host.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct ScopeArgs {
    /// The application
    #[arg(value_name = "APP")]
    application: Option<String>,
    /// The host, with all its applications
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    /// The pause that holds now; none: it goes on.
    pause: Option<&'a Pause>,
    /// Whether that was otherwise before.
    changed: bool,
}

impl ScopeArgs {
    fn scope(&self) -> Scope<'_> {
        match (&self.application, &self.host) {
            (Some(application), _) => Scope::Application(application),
            (None, host) => Scope::Host(host.as_deref().unwrap_or_default()),
        }
    }

    /// The name of the application or the host.
    pub fn name(&self) -> &str {
        match self.scope() {
            Scope::Application(name) | Scope::Host(name) => name,
        }
    }

    /// The arguments that name it.
    fn arguments(&self) -> String {
        match self.scope() {
            Scope::Application(name) => name.to_owned(),
            Scope::Host(name) => format!("--host {name}"),
        }
    }

    /// Pauses, or ends that, and reports it; `words` are for people. Gives the exit code.
    pub async fn ask(
        &self,
        wanted: Option<&Pause>,
        store: &StoreArgs,
        format: Format,
        ui: Ui,
        words: impl FnOnce(bool, Option<&Pause>) -> String,
    ) -> u8 {
        let url = store.url();
        let asked = async {
            let store = AnyStore::open(&url).await?;
            let asked = pause(&store, self.scope(), wanted).await?;
            let known = match (&asked, self.scope()) {
                (Paused::Unknown, Scope::Host(_)) => hosts(&store).await?,
                _ => Vec::new(),
            };
            Ok::<_, StoreError>((asked, known))
        };
        let (changed, before) = match asked.await {
            Ok((Paused::Done(before), _)) => (true, before),
            Ok((Paused::Already(before), _)) => (false, before),
            Ok((Paused::Unknown, known)) => {
                return match self.scope() {
                    Scope::Application(name) => unknown_application(name, &url, ui).await,
                    Scope::Host(name) => unknown_host(name, &known, &url, ui),
                };
            }
            Err(error) => return ui.fail(error, None),
        };
        let holds = if changed { wanted } else { before.as_ref() };
        match format {
            Format::Text => ui.print(words(changed, before.as_ref())),
            Format::Json => {
                let report = Report {
                    application: self.application.as_deref(),
                    host: self.host.as_deref(),
                    pause: holds,
                    changed,
                };
                ui.print(serde_json::to_string_pretty(&report).expect("plain data") + "\n");
            }
        }
        OK
    }
}

/// Asks; gives the exit code.
pub fn run(args: &PauseArgs, ui: Ui) -> u8 {
    let now = now_ms();
    let wanted = Pause {
        by: person::name(),
        at: now,
        heal: args.heal,
    };
    let (name, arguments) = (args.scope.name(), args.scope.arguments());
    let words = |changed: bool, before: Option<&Pause>| match before {
        Some(before) if !changed => format!("{name} is {} already\n", paused(before, now)),
        _ => {
            let healing = if args.heal {
                "only what was reached before is brought back"
            } else {
                "nothing new starts"
            };
            format!("{name} is paused: {healing} until `khor resume {arguments}`\n")
        }
    };
    let ask = args
        .scope
        .ask(Some(&wanted), &args.store, args.format.format, ui, words);
    super::block_on(ask)
}

/// The hosts that the store knows of.
async fn hosts(store: &AnyStore) -> Result<Vec<String>, StoreError> {
    let pairs = store.list(&keys::hosts()).await?.pairs;
    let mut hosts: Vec<String> = pairs.iter().filter_map(|pair| keys::host_of(&pair.key)).collect();
    hosts.dedup();
    Ok(hosts)
}

fn unknown_host(name: &str, known: &[String], url: &str, ui: Ui) -> u8 {
    let help = did_you_mean(name, known.iter().map(String::as_str)).unwrap_or_else(|| match known {
        [] => "no agent runs, and no application is published".to_owned(),
        names => format!("it knows of: {}", names.join(", ")),
    });
    ui.fail(format!("no host `{name}` in {url}"), Some(&help))
}
