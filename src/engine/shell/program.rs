//! Which program runs a script: the one that its first line names, else the one that its type or its name tells, else `sh`.
//! Playbooks are run by `ansible-playbook`, and none else.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use camino::Utf8Path;

use crate::engine::environment::{Environment, find_program, is_executable};
use crate::topology::Interpreter;

/// Interpreters by the ending of a script's name, for scripts whose first line names none.
const BY_ENDING: [(&str, &str); 6] = [
    ("sh", "/bin/sh"),
    ("bash", "bash"),
    ("zsh", "zsh"),
    ("py", "python3"),
    ("pl", "perl"),
    ("rb", "ruby"),
];
/// As much of the beginning as kernels look at.
const HEAD: u64 = 512;

/// The beginning of a file.
pub(super) fn head(path: &Utf8Path, name: &str) -> Result<Vec<u8>, String> {
    let mut head = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(HEAD).read_to_end(&mut head))
        .map_err(|error| format!("cannot read `{name}`: {error}"))?;
    Ok(head)
}

/// A command that runs an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// What is executed.
    pub(super) executable: PathBuf,
    /// Its first arguments, before the action's own.
    pub(super) first: Vec<OsString>,
    /// How to run it when it cannot be executed itself.
    other: Option<(PathBuf, Vec<OsString>)>,
}

impl Program {
    /// `executable`, which gets the script as one of its first arguments.
    pub(super) fn interpreted(executable: PathBuf, first: Vec<OsString>) -> Self {
        Self {
            executable,
            first,
            other: None,
        }
    }

    /// How to run the artifact at `path`, which is no playbook, and which the template calls `name`.
    pub(super) fn of(
        (path, head): (&Utf8Path, &[u8]),
        name: &str,
        interpreter: Option<Interpreter>,
        variables: &Environment,
    ) -> Result<Self, String> {
        if let Some(line) = head.strip_prefix(b"#!") {
            let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let (interpreter, argument) = shebang(line, name, variables)?;
            let first = argument.into_iter().chain([path.as_str().into()]).collect();
            return Ok(Self {
                executable: path.into(),
                first: Vec::new(),
                other: Some((interpreter, first)),
            });
        }
        // A program: no script has a zero byte in its beginning.
        if head.contains(&0) {
            return Ok(Self {
                executable: path.into(),
                first: Vec::new(),
                other: None,
            });
        }
        let ending = path.extension().unwrap_or_default().to_lowercase();
        let known = BY_ENDING.iter().find(|(known, _)| *known == ending);
        let (interpreter, by) = match interpreter {
            Some(Interpreter::Bash) => ("bash", "its type"),
            Some(Interpreter::Python) => ("python3", "its type"),
            Some(Interpreter::Ansible) | None => (
                known.map_or("/bin/sh", |(_, interpreter)| interpreter),
                "its ending",
            ),
        };
        let executable = find(interpreter, variables).ok_or_else(|| {
            format!(
                "`{name}` has no first line that names its interpreter, and by {by} it needs `{interpreter}`, which is \
                 not on this host"
            )
        })?;
        Ok(Self::interpreted(executable, vec![path.as_str().into()]))
    }

    /// The way to run it that does not execute the file itself.
    pub(super) fn through_interpreter(self) -> Option<Self> {
        let (executable, first) = self.other?;
        Some(Self::interpreted(executable, first))
    }
}

fn find(program: &str, variables: &Environment) -> Option<PathBuf> {
    if program.contains('/') {
        let path = PathBuf::from(program);
        return is_executable(&path).then_some(path);
    }
    find_program(variables, program)
}

/// The interpreter that a first line (after `#!`) names, and its argument; both are there.
fn shebang(line: &[u8], name: &str, variables: &Environment) -> Result<(PathBuf, Option<OsString>), String> {
    let line = String::from_utf8_lossy(line);
    if line.ends_with('\r') {
        return Err(format!(
            "the first line of `{name}` ends as on Windows (CR LF), so its interpreter is not found; save it with LF"
        ));
    }
    let line = line.trim();
    let (interpreter, argument) = match line.split_once([' ', '\t']) {
        Some((interpreter, argument)) => (interpreter, Some(argument.trim())),
        None => (line, None),
    };
    if !is_executable(Path::new(interpreter)) {
        return Err(format!(
            "the script `{name}` asks for {interpreter}, which is not there; install it, or name another in its first line"
        ));
    }
    // `env` looks the real one up.
    if interpreter.ends_with("/env")
        && let Some(real) = argument
            .unwrap_or_default()
            .trim_start_matches("-S ")
            .split_whitespace()
            .find(|word| !word.contains('='))
        && !real.starts_with('-')
        && find(real, variables).is_none()
    {
        return Err(format!(
            "the script `{name}` asks for `{real}`, which is not in PATH; install it, or name another in its first line"
        ));
    }
    Ok((interpreter.into(), argument.map(Into::into)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str, content: &[u8]) -> Result<Program, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join(name);
        std::fs::write(&path, content).unwrap();
        let variables = Environment::from([("PATH".to_owned(), "/usr/bin:/bin".into())]);
        Program::of((&path, &head(&path, name)?), name, None, &variables)
    }

    #[test]
    fn a_first_line_wins_then_the_ending_then_sh() {
        let direct = program("x.py", b"#!/bin/sh -e\n:").unwrap();
        assert!(direct.executable.ends_with("x.py") && direct.first.is_empty());
        let other = direct.through_interpreter().unwrap();
        assert_eq!(other.executable, Path::new("/bin/sh"));
        assert_eq!(other.first[0], "-e");
        assert_eq!(program("x", b":").unwrap().executable, Path::new("/bin/sh"));
        assert_eq!(program("x", b"").unwrap().executable, Path::new("/bin/sh"));
        assert!(program("x", b"\x7fELF\0").unwrap().executable.ends_with("x"));
        assert!(
            program("x", b"\x7fELF\0")
                .unwrap()
                .through_interpreter()
                .is_none()
        );
    }

    #[test]
    fn a_missing_interpreter_is_named() {
        for (text, named) in [
            ("#!/usr/bin/nosuch\n", "asks for /usr/bin/nosuch"),
            ("#!/usr/bin/env nosuch\n", "asks for `nosuch`"),
            ("#!/usr/bin/env -S nosuch -x\n", "asks for `nosuch`"),
            ("#!/bin/sh\r\n", "Windows"),
            ("#!", "asks for"),
        ] {
            let error = program("x", text.as_bytes()).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
        assert!(program("x", b"#!/usr/bin/env sh\n").is_ok());
    }
}
