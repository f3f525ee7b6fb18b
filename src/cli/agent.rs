//! `khor agent --host H`: plays this host's roles.

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::Ui;
use super::format::Format;
use super::store::{StoreArgs, state_directory};
use crate::agent::{Agent, AgentError, HomeError, Options, Shutdown};
use crate::engine::Shared;
use crate::role::keys;
use crate::store::AnyStore;

/// How often to look whether the state directory has become free.
const TAKEN: Duration = Duration::from_millis(250);

/// Play this host's roles: reach every step, tell the others, heal what drifts
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor agent --host bsd1                                  the store in the state directory
  khor agent --host bsd1 --store etcd://10.0.0.1:2379     one store for many hosts
  khor agent --host bsd1 --root /tmp/rehearsal            touch no file outside this folder

It runs until TERM or INT (Ctrl-C): then it starts nothing more, lets what runs end, and gives the host back. A second
signal does not wait. Services that it started go on. KHOR_LOG=debug tells more.")]
pub struct AgentArgs {
    /// The host whose roles are played, as the topology names it
    #[arg(long, value_name = "HOST")]
    host: String,
    #[command(flatten)]
    store: StoreArgs,
    /// Where this agent keeps what it must remember [default: /var/lib/khor for root, ~/.local/state/khor else]
    #[arg(long, value_name = "DIR")]
    state: Option<Utf8PathBuf>,
    /// Take DIR/HOST for the host's root: absolute paths of files lie below it
    #[arg(long, value_name = "DIR")]
    root: Option<Utf8PathBuf>,
    /// How many operations may run at once [default: two per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// How the log on standard error is written: text, or json with one object a line
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    log_format: Format,
}

/// Runs the agent until it is asked to end.
pub fn run(args: AgentArgs, ui: Ui) -> u8 {
    super::log::to_stderr(args.log_format, ui.color_err);
    // One thread: an agent waits nearly always, and a hop costs no switch between threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(play(args, ui));
            // What still blocks a thread (a slow disk) must not hold up the end.
            runtime.shutdown_background();
            code
        }
        Err(error) => ui.fail(format!("cannot start: {error}"), None),
    }
}

async fn play(args: AgentArgs, ui: Ui) -> u8 {
    let shutdown = Shutdown::default();
    if let Err(error) = listen_for_signals(&shutdown) {
        return ui.fail(format!("cannot listen for signals: {error}"), None);
    }
    let state = args.state.unwrap_or_else(state_directory);
    let mut options = Options::new(&args.host, state);
    options.root = args.root.map(|root| root.join(keys::escape(&args.host)));
    if let Some(jobs) = args.jobs {
        options.limit = jobs.into();
    }
    if let Some(ttl) = lease_seconds() {
        options.ttl = ttl;
    }
    let url = args.store.url();
    if url == "memory:" {
        return ui.fail(
            "the store `memory:` lives in one process only, so nobody could publish to this agent",
            Some("`khor up FILE` plays all hosts in one process; else use sqlite:PATH or etcd://HOST:PORT"),
        );
    }
    let store = match AnyStore::open(&url).await {
        // What a cue was before it changed is of no use here.
        Ok(store) => store.without_previous(),
        Err(error) => return ui.fail(error, None),
    };
    let mut said = false;
    loop {
        match Agent::open(store.clone(), options.clone(), Shared::new()) {
            Ok(agent) => {
                agent.run(shutdown).await;
                return super::OK;
            }
            Err(AgentError::Home(HomeError::Taken(state))) => {
                if !std::mem::replace(&mut said, true) {
                    tracing::warn!(
                        "another agent of {} uses the state directory {state}: waiting until it is gone",
                        args.host
                    );
                }
            }
            Err(error) => return ui.fail(error, Some("--state DIR names another one")),
        }
        tokio::select! {
            () = shutdown.stop.cancelled() => return super::OK,
            () = tokio::time::sleep(TAKEN) => {}
        }
    }
}

/// The first TERM or INT asks to end, the second one not to wait.
pub(super) fn listen_for_signals(shutdown: &Shutdown) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        for token in [&shutdown.stop, &shutdown.now] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            token.cancel();
        }
    });
    Ok(())
}

/// `KHOR_LEASE_SECONDS`: for tests, which cannot wait ten seconds for every crash.
fn lease_seconds() -> Option<Duration> {
    let seconds = std::env::var("KHOR_LEASE_SECONDS").ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
