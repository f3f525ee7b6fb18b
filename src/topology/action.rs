//! What an engine is asked to look at or to bring about.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

mod probe;

pub use probe::{HttpAction, HttpMethod, TcpAction};

/// Work for one engine, with its arguments. As a check it is looked at, as a do it is brought about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "engine", rename_all = "lowercase")]
pub enum Action {
    /// Always reached, nothing to do.
    Nil,
    /// A file, a directory or a link.
    File(FileAction),
    /// A script or program that runs to its end; exit 0 means reached (check) or done (do).
    Shell(ShellAction),
    /// A program that is to keep running.
    Process(ProcessAction),
    /// A service of the machine's own service manager.
    Service(ServiceAction),
    /// A file from a template, whose values are the step's inputs.
    Template(TemplateAction),
    /// Whether something listens on a port: a check only.
    Tcp(TcpAction),
    /// Whether a request over HTTP is answered as it should be: a check only.
    Http(HttpAction),
}

impl Action {
    /// The engine's name, as in both formats.
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::File(_) => "file",
            Self::Shell(_) => "shell",
            Self::Process(_) => "process",
            Self::Service(_) => "service",
            Self::Template(_) => "template",
            Self::Tcp(_) => "tcp",
            Self::Http(_) => "http",
        }
    }

    /// Whether it starts something that is to go on by itself.
    pub fn serves(&self) -> bool {
        match self {
            Self::Process(process) => process.running,
            Self::Service(service) => service.running,
            _ => false,
        }
    }

    /// Whether it only looks, so that it can be a check and nothing else.
    pub fn only_looks(&self) -> bool {
        matches!(self, Self::Tcp(_) | Self::Http(_))
    }

    /// The files that travel with it, the one it is about first.
    pub fn artifacts(&self) -> Vec<&Artifact> {
        match self {
            Self::Shell(shell) => shell.artifacts(),
            Self::Template(template) => vec![&template.artifact],
            _ => Vec::new(),
        }
    }

    /// The same, to be filled in.
    pub fn artifacts_mut(&mut self) -> Vec<&mut Artifact> {
        match self {
            Self::Shell(shell) => std::iter::once(&mut shell.artifact)
                .chain(&mut shell.dependencies)
                .collect(),
            Self::Template(template) => vec![&mut template.artifact],
            _ => Vec::new(),
        }
    }

    /// Whether its do can give outputs.
    pub fn gives_outputs(&self) -> bool {
        matches!(self, Self::Shell(_))
    }

    /// The same with these texts at these places (JSON pointers to what it has already, which tells what a text is to be);
    /// none where it has no such place, or the text is nothing that can be there.
    pub fn with(&self, arguments: &BTreeMap<&str, String>) -> Option<Self> {
        let mut form = serde_json::to_value(self).ok()?;
        for (place, text) in arguments {
            let place = form.pointer_mut(place)?;
            *place = match place {
                Value::Number(_) | Value::Bool(_) => serde_json::from_str(text.trim()).ok()?,
                _ => Value::String(text.clone()),
            };
        }
        serde_json::from_value(form).ok()
    }

    /// Whether doing this action makes observing the same action true, so that it can be its own check.
    pub fn is_own_check(&self) -> bool {
        !self.only_looks() && !matches!(self, Self::Shell(_))
    }
}

/// What is to be at a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Directory,
    /// A symbolic link to this target.
    Symlink(String),
    /// Nothing.
    Absent,
}

/// Arguments of the file engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAction {
    /// The path on the host; relative ones lie under the agent's working directory for the application.
    pub path: Utf8PathBuf,
    /// What is to be there.
    #[serde(default)]
    pub state: FileState,
    /// The whole content; none: any content will do, and a new file is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Permission bits, as in 0o644; none: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// Owner's name or number; none: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Group's name or number; none: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// A file of the user's that travels with the choreography.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The path as the template names it, for messages.
    pub name: String,
    /// Where the compiler reads it: resolved against the file that names it. Not part of role documents.
    #[serde(skip)]
    pub path: Utf8PathBuf,
    /// SHA-256 of the content, in hex; empty until the compiler has read it.
    #[serde(default)]
    pub sha256: String,
    /// Size in bytes.
    #[serde(default)]
    pub size: u64,
}

/// Arguments of the shell engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellAction {
    /// The script or program.
    pub artifact: Artifact,
    /// Further files the script expects beside itself (TOSCA's `dependencies`), by their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Artifact>,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// What runs it, as the artifact's type says; none: what its first line or its ending tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<Interpreter>,
}

/// What runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interpreter {
    /// `bash`, unless the first line names another.
    Bash,
    /// `python3`, unless the first line names another.
    Python,
    /// `ansible-playbook`, on this host alone, whatever the first line says.
    Ansible,
}

impl ShellAction {
    /// The script and all that is to lie beside it, the script first.
    pub fn artifacts(&self) -> Vec<&Artifact> {
        std::iter::once(&self.artifact)
            .chain(&self.dependencies)
            .collect()
    }
}

/// Arguments of the template engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateAction {
    /// The template.
    pub artifact: Artifact,
    /// What is to be there; its content is what the template makes.
    pub file: FileAction,
}

/// Arguments of the process engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessAction {
    /// Program and arguments; the program is looked up in PATH unless it has a slash.
    pub command: Vec<String>,
    /// Working directory; none: the application's directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<Utf8PathBuf>,
    /// Further environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// False: the process is not to run (the opposite of starting it).
    #[serde(default = "yes")]
    pub running: bool,
    /// The signal that asks it to end, without `SIG`; none: `TERM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<String>,
    /// How long it may take to end after that, in milliseconds, before it is killed; none: 10 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_timeout_ms: Option<u64>,
}

/// Arguments of the service engine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAction {
    /// The service's name, as its manager knows it.
    pub name: String,
    /// False: it is not to run.
    #[serde(default = "yes")]
    pub running: bool,
    /// Whether it is to be started with the machine; none: as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Files on the host: it is started again when the content of one of them has changed since it was started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restart_on: Vec<Utf8PathBuf>,
}

fn yes() -> bool {
    true
}
