//! The command line: one file per verb, and the words people read.

mod agent;
mod build;
mod compile;
mod completions;
mod config;
mod counts;
mod disk;
mod events;
mod explain;
mod fetch;
mod files;
mod format;
mod front;
mod glob;
mod history;
mod import_map;
mod inputs;
mod lint;
mod lock;
mod log;
mod outputs;
mod pause;
mod person;
mod plan;
mod project;
mod publishing;
mod remote;
mod replace;
mod resume;
mod retry;
mod rollback;
mod scale;
mod status;
mod store;
mod teardown;
mod times;
mod trace;
mod ui;
mod up;
mod why;
mod words;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use ui::Ui;

/// Fine.
pub const OK: u8 = 0;
/// The input has errors; or, for `status --check`, the application has not converged.
pub const FAULTS: u8 = 1;
/// Wrong usage, or a file or a store that cannot be used.
pub const USAGE: u8 = 2;

/// khor: TOSCA in, choreography out.
#[derive(Debug, Parser)]
#[command(
    name = "khor",
    version,
    about = "A TOSCA compiler and runtime without a conductor: every host plays its own role",
    after_help = "Examples:
  khor lint app.tosca.yaml            check a template: every fault, with place and advice
  khor up app.tosca.yaml              compile it and play every host in this one process
  khor compile app.tosca.yaml         publish one role per host into the store
  khor plan app.tosca.yaml            see what compiling it again would change
  khor agent --host bsd1              play this host's roles
  khor status                         see how every application stands
  khor outputs app                    see what it gives: addresses, names
  khor scale app web=3                three instances of a scalable node
  khor teardown app                   stop and delete it everywhere

Exit codes: 0 fine; 1 the input has errors (status --check: not converged); 2 wrong usage or IO."
)]
struct Cli {
    #[command(flatten)]
    ui: ui::UiArgs,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Lint(lint::LintArgs),
    Compile(compile::CompileArgs),
    Plan(plan::PlanArgs),
    History(history::HistoryArgs),
    Rollback(rollback::RollbackArgs),
    Scale(scale::ScaleArgs),
    Agent(agent::AgentArgs),
    Up(up::UpArgs),
    Status(status::StatusArgs),
    Why(why::WhyArgs),
    Outputs(outputs::OutputsArgs),
    Trace(trace::TraceArgs),
    Events(events::EventsArgs),
    Retry(retry::RetryArgs),
    Pause(pause::PauseArgs),
    Resume(resume::ResumeArgs),
    Teardown(teardown::TeardownArgs),
    Explain(explain::ExplainArgs),
    Completions(completions::CompletionsArgs),
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let ui = Ui::new(&cli.ui);
    let code = match cli.verb {
        Verb::Lint(args) => lint::run(&args, ui),
        Verb::Compile(args) => compile::run(&args, ui),
        Verb::Plan(args) => plan::run(&args, ui),
        Verb::History(args) => history::run(&args, ui),
        Verb::Rollback(args) => rollback::run(&args, ui),
        Verb::Scale(args) => scale::run(&args, ui),
        Verb::Agent(args) => agent::run(args, ui),
        Verb::Up(args) => up::run(&args, ui),
        Verb::Status(args) => status::run(&args, ui),
        Verb::Why(args) => why::run(&args, ui),
        Verb::Outputs(args) => outputs::run(&args, ui),
        Verb::Trace(args) => trace::run(&args, ui),
        Verb::Events(args) => events::run(&args, ui),
        Verb::Retry(args) => retry::run(&args, ui),
        Verb::Pause(args) => pause::run(&args, ui),
        Verb::Resume(args) => resume::run(&args, ui),
        Verb::Teardown(args) => teardown::run(&args, ui),
        Verb::Explain(args) => explain::run(args, ui),
        Verb::Completions(args) => completions::run(&args),
    };
    ExitCode::from(code)
}

/// Runs a verb's asynchronous part on this thread.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("the system grants an event queue").block_on(work)
}
