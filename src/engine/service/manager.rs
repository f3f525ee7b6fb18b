//! Which service manager there is, and asking it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{State, rc, systemd};
use crate::engine::Context;
use crate::engine::child::{self, End};
use crate::engine::environment::{self, Environment};
use crate::engine::output::{Secrets, Tail, last_line};
use crate::engine::shell::of_status;
use crate::engine::words::of_time;
use crate::role::RoleStep;
use crate::topology::ServiceAction;

/// What to do instead of a service, where there are none.
const INSTEAD: &str = "run the program by `khor.nodes.Process`, or by scripts of the node";
/// Of the last line that a manager says, in characters.
const SAID: usize = 200;

/// A service manager, by the program that speaks with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Manager {
    /// `systemctl`.
    Systemd(PathBuf),
    /// `service` of FreeBSD, DragonFly and NetBSD.
    Rc(PathBuf),
}

impl Manager {
    /// The one of this host.
    pub(super) fn find(context: &Context, run: &Run<'_>) -> Result<Self, String> {
        if let Some(root) = &context.root {
            return Err(format!(
                "services are those of the machine itself, and this agent plays below {root}; play it without --root, or \
                 {INSTEAD}"
            ));
        }
        if let Some(program) = environment::find_program(&run.variables, "systemctl") {
            return Ok(Self::Systemd(program));
        }
        let has_rc = cfg!(any(
            target_os = "freebsd",
            target_os = "dragonfly",
            target_os = "netbsd"
        ));
        environment::find_program(&run.variables, "service")
            .filter(|_| has_rc)
            .map(Self::Rc)
            .ok_or_else(|| {
                format!(
                    "this host has no service manager that khor knows: neither `systemctl` (systemd) nor a BSD's \
                     `service` is in PATH; {INSTEAD}"
                )
            })
    }

    /// How the service stands.
    pub(super) async fn state(&self, action: &ServiceAction, run: &mut Run<'_>) -> Result<State, String> {
        match self {
            Self::Systemd(program) => {
                let said = run.ask(program, &systemd::show(&action.name)).await?;
                if said.ok {
                    let mut state = systemd::parse(&said.text);
                    if state.known && action.enabled.is_some() {
                        let said = run.ask(program, &["is-enabled", "--", &action.name]).await?;
                        state.enabled = systemd::is_enabled(&said.text);
                    }
                    return Ok(state);
                }
                if said.text.contains("not been booted with systemd") {
                    return Err(format!(
                        "this system has `systemctl`, but does not run under systemd; {INSTEAD}"
                    ));
                }
                let last = last_line(&said.text, SAID);
                Err(format!("systemd does not tell how the service stands: {last}"))
            }
            Self::Rc(program) => {
                let status = run.ask(program, &[&action.name, "onestatus"]).await?;
                let enabled = match action.enabled {
                    Some(_) => Some(run.ask(program, &[&action.name, "enabled"]).await?.ok),
                    None => None,
                };
                Ok(rc::state(&status, enabled))
            }
        }
    }

    /// Lets it read changed definitions.
    pub(super) async fn reload(&self, run: &mut Run<'_>) -> Result<(), String> {
        match self {
            Self::Systemd(program) => run.order(program, &["daemon-reload"]).await,
            Self::Rc(_) => Ok(()),
        }
    }

    /// Starts it with the machine from now on, or no more.
    pub(super) async fn enable(
        &self,
        action: &ServiceAction,
        enabled: bool,
        run: &mut Run<'_>,
    ) -> Result<(), String> {
        let verb = if enabled { "enable" } else { "disable" };
        self.order((verb, verb), action, run).await
    }

    pub(super) async fn start(&self, action: &ServiceAction, run: &mut Run<'_>) -> Result<(), String> {
        if let Self::Systemd(program) = self {
            // One that failed too often is refused else; it is no error if it did not fail.
            run.ask(program, &["reset-failed", "--", &action.name]).await?;
        }
        self.order(("start", "onestart"), action, run).await
    }

    pub(super) async fn restart(&self, action: &ServiceAction, run: &mut Run<'_>) -> Result<(), String> {
        self.order(("restart", "onerestart"), action, run).await
    }

    pub(super) async fn stop(&self, action: &ServiceAction, run: &mut Run<'_>) -> Result<(), String> {
        self.order(("stop", "onestop"), action, run).await
    }

    /// Systemd's verb, and rc's.
    async fn order(
        &self,
        (systemd, rc): (&str, &str),
        action: &ServiceAction,
        run: &mut Run<'_>,
    ) -> Result<(), String> {
        match self {
            Self::Systemd(program) => {
                run.order(program, &[systemd, "--no-ask-password", "--", &action.name])
                    .await
            }
            Self::Rc(program) => run.order(program, &[&action.name, rc]).await,
        }
    }
}

/// What a manager said.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// It ended with exit status 0.
    pub(super) ok: bool,
    pub(super) text: String,
}

/// Several runs of a manager's program, within one deadline.
pub(super) struct Run<'a> {
    variables: Environment,
    end: Instant,
    deadline: Duration,
    cancel: &'a CancellationToken,
    /// What the last one said.
    pub(super) tail: String,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        context: &Context,
        step: &RoleStep,
        deadline: Duration,
        cancel: &'a CancellationToken,
    ) -> Self {
        let mut variables = environment::base(context, step);
        for (name, value) in [("LC_ALL", "C"), ("SYSTEMD_PAGER", ""), ("SYSTEMD_COLORS", "0")] {
            variables.insert(name.to_owned(), value.into());
        }
        Self {
            variables,
            end: Instant::now() + deadline,
            deadline,
            cancel,
            tail: String::new(),
        }
    }

    /// Runs it to its end.
    pub(super) async fn ask(&mut self, program: &Path, arguments: &[&str]) -> Result<Said, String> {
        self.run(program, arguments).await.map(|(said, _)| said)
    }

    /// Runs it, and expects that it does as it is told.
    async fn order(&mut self, program: &Path, arguments: &[&str]) -> Result<(), String> {
        let (said, how) = self.run(program, arguments).await?;
        if said.ok {
            return Ok(());
        }
        Err(format!("{}{how}", words(program, arguments)))
    }

    /// What it said, and how it ended.
    async fn run(&mut self, program: &Path, arguments: &[&str]) -> Result<(Said, String), String> {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(&self.variables);
        let mut tail = Tail::new(0);
        let left = self.end.saturating_duration_since(Instant::now());
        let ended = child::run(command, &mut tail, left, self.cancel, |_| {})
            .await
            .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
        let text = tail.text(&Secrets::default());
        self.tail.clone_from(&text);
        let End::Exited(status) = ended else {
            let how = match ended {
                End::Cancelled => "was cancelled".to_owned(),
                _ => format!("did not end within {}", of_time(self.deadline)),
            };
            return Err(format!("{}{how}", words(program, arguments)));
        };
        let said = Said {
            ok: status.success(),
            text,
        };
        Ok((said, of_status(status)))
    }
}

/// A command as messages name it, with a blank behind.
fn words(program: &Path, arguments: &[&str]) -> String {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let shown = arguments.iter().filter(|part| !part.starts_with("--"));
    let shown: Vec<_> = shown.copied().collect();
    format!("`{name} {}` ", shown.join(" "))
}
