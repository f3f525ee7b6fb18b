//! Starts a program that is to keep running.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::process::Command;

use super::record::{Folder, Record, digest};
use super::{MOMENT, identity};
use crate::engine::context::private_directory;
use crate::engine::environment::{self, Environment};
use crate::engine::output::{Secrets, TAIL, Tail};
use crate::engine::shell::of_status;
use crate::engine::{Context, Outcome};
use crate::role::RoleStep;
use crate::topology::ProcessAction;

/// The variable by which a process is found whose number was not noted.
pub(super) const MARK: &str = "KHOR_PROCESS";
/// A log that is larger is put aside at the next start, in bytes.
const MOST_LOG: u64 = 1024 * 1024;

/// Starts it, and watches it live for a moment.
pub(super) async fn start(
    context: &Context,
    folder: &Folder,
    step: &RoleStep,
    action: &ProcessAction,
    secrets: &Secrets,
) -> Result<Outcome, String> {
    let Some((name, arguments)) = action.command.split_first() else {
        return Err("the process has no command; give `command`".to_owned());
    };
    let directory = directory(context, action)?;
    let mut variables = environment::base(context, step);
    for (name, value) in &action.environment {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(format!("no environment variable can have the name {name:?}"));
        }
        environment::check_value(name, value)?;
        variables.insert(name.clone(), value.into());
    }
    let program = program(name, &directory, &variables)?;
    if action.command.iter().any(|part| part.contains('\0')) {
        return Err("the command has a zero byte in it, which no argument can have".to_owned());
    }

    let mut record = Record {
        step: step.name.clone(),
        digest: digest(action),
        token: format!("{:032x}", fastrand::u128(..)),
        pid: None,
        born: None,
    };
    // First the intent, so that the process can be found whenever the agent ends.
    folder.write(&record)?;
    let log = folder.file(&step.name, "log");
    let (output, begin) = open_log(&log).map_err(|error| format!("cannot write its log {log}: {error}"))?;
    let spawned = output.try_clone().and_then(|copy| {
        Command::new(&program)
            .args(arguments)
            .env_clear()
            .envs(&variables)
            .env(MARK, &record.token)
            .current_dir(&directory)
            .stdin(Stdio::null())
            .stdout(copy)
            .stderr(output)
            .process_group(0)
            .spawn()
    });
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            folder.remove(&record)?;
            return Err(format!("cannot start `{name}`: {error}"));
        }
    };
    // It was not waited for yet, so it has its number, whether or not it has ended.
    record.pid = child.id().map(u32::cast_signed);
    let pid = record.pid.and_then(rustix::process::Pid::from_raw);
    record.born = pid.map(identity::born).transpose()?.flatten();
    folder.write(&record)?;

    if let Ok(status) = tokio::time::timeout(MOMENT, child.wait()).await {
        folder.remove(&record)?;
        let status = status.map_err(|error| format!("cannot wait for `{name}`: {error}"))?;
        let hint = if status.success() {
            "; a process must stay in the foreground (many programs have an option for that)"
        } else {
            ""
        };
        return Ok(Outcome {
            message: format!("`{name}` {} as soon as it was started{hint}", of_status(status)),
            tail: tail(&log, begin, secrets),
            ..Outcome::default()
        });
    }
    // Reaps it when it ends. Dropping the child (the agent ends) leaves it running.
    tokio::spawn(async move { child.wait().await });
    Ok(Outcome::done())
}

fn directory(context: &Context, action: &ProcessAction) -> Result<Utf8PathBuf, String> {
    let Some(path) = &action.directory else {
        return Ok(context.work());
    };
    let directory = if path == "/" {
        context.root.clone().unwrap_or_else(|| path.clone())
    } else {
        context.locate(path)?.path()
    };
    if directory.is_dir() {
        Ok(directory)
    } else {
        Err(format!("its working directory `{path}` is not there"))
    }
}

fn program(name: &str, directory: &Utf8Path, variables: &Environment) -> Result<PathBuf, String> {
    if !name.contains('/') {
        return environment::find_program(variables, name).ok_or_else(|| {
            format!("there is no program `{name}` in PATH on this host; install it, or give its whole path")
        });
    }
    let path = directory.join(name).into_std_path_buf();
    if environment::is_executable(&path) {
        Ok(path)
    } else if path.exists() {
        Err(format!("`{name}` cannot be executed; set its mode to 755"))
    } else {
        Err(format!("there is no program `{name}` on this host"))
    }
}

/// Opens the log at its end, and tells where that is.
fn open_log(path: &Utf8Path) -> std::io::Result<(fs::File, u64)> {
    if let Some(parent) = path.parent() {
        private_directory(parent).map_err(std::io::Error::other)?;
    }
    if fs::metadata(path).is_ok_and(|meta| meta.len() > MOST_LOG) {
        fs::rename(path, format!("{path}.1"))?;
    }
    let file = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    let end = file.metadata()?.len();
    Ok((file, end))
}

/// What the process printed, from `begin` on.
fn tail(log: &Utf8Path, begin: u64, secrets: &Secrets) -> String {
    let mut tail = Tail::new(secrets.longest());
    let read = fs::File::open(log).and_then(|mut file| {
        let end = file.metadata()?.len();
        let most = (TAIL + secrets.longest()) as u64;
        file.seek(SeekFrom::Start(begin.max(end.saturating_sub(most))))?;
        let mut text = Vec::new();
        file.take(most).read_to_end(&mut text)?;
        Ok(text)
    });
    tail.push(&read.unwrap_or_default());
    tail.text(secrets)
}
