//! `khor up FILE`: compiles an application and plays every host of it in this one process.

mod progress;

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::Args;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use super::build::{BuildArgs, Built};
use super::status::{Survey, table};
use super::store::state_directory;
use super::words::now_ms;
use super::{FAULTS, OK, Ui, publishing};
use crate::agent::{Agent, Options, Shutdown};
use crate::engine::Shared;
use crate::role::{Goal, keys};
use crate::store::AnyStore;
use progress::Progress;

/// How long nothing may move before what is blocked is the result.
const SETTLED: Duration = Duration::from_millis(250);
/// How long the store may lag behind what happened before the table is printed all the same.
const TOLD: Duration = Duration::from_secs(3);

/// Compile a topology and play every host of it in this one process
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor up app.yaml                              play it here, and heal what drifts, until Ctrl-C
  khor up app.yaml --once --root /tmp/try       a rehearsal: files of host H lie below /tmp/try/H
  khor up app.yaml --once --timeout 60          exit code 1 if it is not up within a minute
  khor up app.yaml --store etcd://db1:2379      let khor status and khor why see it

Exit codes with --once: 0 all steps are reached; 1 the topology has errors, a step is blocked, or the time is over;
2 wrong usage, or a file or a store that cannot be used. Services that were started go on.")]
pub struct UpArgs {
    #[command(flatten)]
    build: BuildArgs,
    /// End as soon as every step is reached, with a table of how all stands
    #[arg(long)]
    once: bool,
    /// With --once: how long it may take
    #[arg(long, value_name = "SECONDS", requires = "once")]
    timeout: Option<u64>,
    /// Take DIR/HOST for the root of each host: absolute paths of files lie below it
    #[arg(long, value_name = "DIR")]
    root: Option<Utf8PathBuf>,
    /// The store: memory: (this process alone), sqlite:PATH, etcd://HOST:PORT[,HOST:PORT…] or etcds://…
    #[arg(
        long,
        env = "KHOR_STORE",
        value_name = "URL",
        default_value = "memory:",
        hide_env = true
    )]
    store: String,
    /// Where the agents keep what they must remember [default: DIR/.khor with --root DIR, else khor's state directory]
    #[arg(long, value_name = "DIR")]
    state: Option<Utf8PathBuf>,
    /// How many operations may run at once on each host [default: two per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

/// Compiles and plays; gives the exit code.
pub fn run(args: &UpArgs, ui: Ui) -> u8 {
    if std::env::var_os("KHOR_LOG").is_some_and(|filter| !filter.is_empty()) {
        super::log::to_stderr(super::format::Format::Text, ui.color_err);
    }
    let built = match args.build.build(ui, false) {
        Ok(built) => built,
        Err(code) => return code,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let code = runtime
                .block_on(play(args, built, ui))
                .unwrap_or_else(|code| code);
            runtime.shutdown_background();
            code
        }
        Err(error) => ui.fail(format!("cannot start: {error}"), None),
    }
}

async fn play(args: &UpArgs, built: Built, ui: Ui) -> Result<u8, u8> {
    let shutdown = Shutdown::default();
    super::agent::listen_for_signals(&shutdown)
        .map_err(|error| ui.fail(format!("cannot listen for signals: {error}"), None))?;
    let store = AnyStore::open(&args.store)
        .await
        .map_err(|error| ui.fail(error, None))?
        .without_previous();
    let (built, next) = publishing::compose_built(&store, built, &args.build.scale, ui).await?;
    next.publish(&store, &built.application, ui).await?;
    if next.roles.is_empty() {
        ui.print(format!(
            "{} has no operations: nothing to do\n",
            built.application
        ));
        return Ok(OK);
    }

    let (sender, mut news) = mpsc::unbounded_channel();
    // One watcher for all hosts: they are all this machine.
    let shared = Shared::new();
    let mut agents = JoinSet::new();
    let started = Instant::now();
    for role in &next.roles {
        let mut options = Options::new(&role.host, args.state_directory());
        options.root = args.root.as_ref().map(|root| root.join(keys::escape(&role.host)));
        options.news = Some(sender.clone());
        if let Some(jobs) = args.jobs {
            options.limit = jobs.into();
        }
        let agent = Agent::open(store.clone(), options, shared.clone())
            .map_err(|error| ui.fail(error, Some("--state DIR names another one")))?;
        agents.spawn(agent.run(shutdown.clone()));
    }
    drop(sender);

    let steps = |role: &crate::role::Role| {
        role.steps
            .iter()
            .filter(|step| step.is_for(Goal::Present))
            .count()
    };
    let hosts = next.roles.iter().map(|role| (role.host.as_str(), steps(role)));
    let mut progress = Progress::new(ui, started.into_std(), &built.application, hosts);
    let verdict = follow(args, &shutdown, &mut news, &mut progress).await;
    progress.finish();
    if args.once {
        ui.print(last_table(&store, &built, ui, verdict == OK).await);
    }
    shutdown.stop.cancel();
    while agents.join_next().await.is_some() {}
    Ok(verdict)
}

/// Shows what happens until there is a result.
async fn follow(
    args: &UpArgs,
    shutdown: &Shutdown,
    news: &mut mpsc::UnboundedReceiver<crate::agent::News>,
    progress: &mut Progress,
) -> u8 {
    let far = Duration::from_hours(24 * 365);
    let deadline = Instant::now() + args.timeout.map_or(far, Duration::from_secs);
    let mut settled = Instant::now() + far;
    loop {
        let redraw = progress.redraw_at().map_or(settled, |at| settled.min(at.into()));
        tokio::select! {
            () = shutdown.stop.cancelled() => return if args.once { FAULTS } else { OK },
            Some(piece) = news.recv() => {
                progress.take(&piece);
                while let Ok(piece) = news.try_recv() {
                    progress.take(&piece);
                }
                settled = Instant::now() + if progress.is_stuck() { SETTLED } else { far };
            }
            () = tokio::time::sleep_until(redraw.min(deadline)) => {
                progress.draw();
                if args.once && Instant::now() >= deadline {
                    return FAULTS;
                }
                if args.once && progress.is_stuck() && Instant::now() >= settled {
                    return FAULTS;
                }
            }
        }
        if args.once && progress.is_reached() {
            return OK;
        }
    }
}

/// How all stands, as soon as the store has been told.
async fn last_table(store: &AnyStore, built: &Built, ui: Ui, reached: bool) -> String {
    let deadline = Instant::now() + TOLD;
    loop {
        match timeout_at(deadline, Survey::read(store, &built.application)).await {
            Ok(Ok(Some(survey))) if survey.converged || !reached || Instant::now() >= deadline => {
                return format!("\n{}", table(&survey, ui, now_ms()));
            }
            Ok(Ok(_)) if Instant::now() < deadline => {}
            _ => return String::new(),
        }
        sleep(Duration::from_millis(5)).await;
    }
}

impl UpArgs {
    fn state_directory(&self) -> Utf8PathBuf {
        match (&self.state, &self.root) {
            (Some(state), _) => state.clone(),
            (None, Some(root)) => root.join(".khor"),
            // Beside, not in, the state of this machine's own agents.
            (None, None) if self.store == "memory:" => state_directory().join("up"),
            (None, None) => state_directory(),
        }
    }
}
