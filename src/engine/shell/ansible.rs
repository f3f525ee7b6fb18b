//! Playbooks: run by `ansible-playbook` on this host alone, with the step's inputs as variables.
//!
//! Variables come in a file that only its owner may read and that goes with the run, so they may be of any shape and are
//! on no command line. Like scripts, playbooks have `SELF`, `HOST` and the others in their environment, and give outputs
//! through the file that `KHOR_OUTPUT` names there.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::program::Program;
use crate::engine::Context;
use crate::engine::environment::{Environment, find_program};
use crate::engine::output::last_line;
use crate::engine::stamp::short;
use crate::role::{RoleStep, keys};
use crate::topology::Interpreter;

/// The program.
const PROGRAM: &str = "ansible-playbook";
/// Settings that make its output fit to be shown and kept: no colours, no files for later, no advice to who
/// wrote it.
const SETTINGS: [(&str, &str); 3] = [
    ("ANSIBLE_NOCOLOR", "1"),
    ("ANSIBLE_RETRY_FILES_ENABLED", "0"),
    ("ANSIBLE_DEPRECATION_WARNINGS", "0"),
];
/// Exit status of a playbook of which a task failed; other failures are of the playbook itself.
pub(super) const TASK_FAILED: i32 = 2;

/// Whether the file at `path`, with this beginning, is a playbook: by its type, its first line, or its ending.
pub(super) fn is_playbook(path: &Utf8Path, head: &[u8], interpreter: Option<Interpreter>) -> bool {
    if let Some(interpreter) = interpreter {
        return interpreter == Interpreter::Ansible;
    }
    match head.strip_prefix(b"#!") {
        Some(line) => {
            let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
            String::from_utf8_lossy(line).contains(PROGRAM)
        }
        None => matches!(path.extension(), Some("yml" | "yaml")),
    }
}

/// Files that a playbook is given, for as long as it runs: its variables, and this host as the only one there is.
#[derive(Debug)]
pub(super) struct Given {
    variables: Utf8PathBuf,
    inventory: Utf8PathBuf,
}

impl Given {
    /// Writes them. Their names are always the same, so what a killed agent left behind is used up by the next run; a
    /// check and a do may run at the same time.
    pub(super) fn write(context: &Context, step: &RoleStep, is_do: bool) -> Result<Self, String> {
        let name = short(&keys::escape(&step.name));
        let part = if is_do { "do" } else { "check" };
        let path = |what| {
            context
                .state
                .join("running")
                .join(format!("{name}.{part}.{what}.json"))
        };
        let given = Self {
            variables: path("variables"),
            inventory: path("inventory"),
        };
        let inputs = step.inputs.iter();
        let variables: Value = inputs.map(|(name, value)| (name.clone(), plain(value))).collect();
        // The Python that runs Ansible is there; others in PATH may be anything.
        let host = json!({
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        });
        let inventory = json!({ "all": { "hosts": { "localhost": host } } });
        for (path, text) in [(&given.variables, variables), (&given.inventory, inventory)] {
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            options
                .open(path)
                .and_then(|mut file| file.write_all(text.to_string().as_bytes()))
                .map_err(|error| format!("cannot write what the playbook is given: {error}"))?;
        }
        Ok(given)
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.variables);
        let _ = fs::remove_file(&self.inventory);
    }
}

/// A value that Ansible takes as it is: texts in which it would look for expressions are marked as none.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) if text.contains("{{") || text.contains("{%") || text.contains("{#") => {
            json!({ "__ansible_unsafe": text })
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
        other => other.clone(),
    }
}

/// How to run the playbook at `path`.
pub(super) fn program(
    path: &Utf8Path,
    name: &str,
    given: &Given,
    environment: &mut Environment,
) -> Result<Program, String> {
    let executable = find_program(environment, PROGRAM).ok_or_else(|| {
        format!(
            "`{name}` is a playbook, and `{PROGRAM}` is not on this host; install Ansible (the package `ansible-core` or \
             `ansible`, or `pip install ansible-core`), as in the `create` of a node that this one requires"
        )
    })?;
    for (name, value) in SETTINGS {
        environment.insert(name.to_owned(), value.into());
    }
    // Ansible runs in UTF-8 alone. Without a language its Python takes one that has it.
    for name in ["LC_ALL", "LANG"] {
        let is_utf8 = |value: &OsString| {
            let value = value.to_string_lossy().to_ascii_lowercase();
            value.ends_with("utf-8") || value.ends_with("utf8")
        };
        if environment.get(name).is_some_and(|value| !is_utf8(value)) {
            environment.remove(name);
        }
    }
    let first = [
        "-i".to_owned(),
        given.inventory.to_string(),
        "--extra-vars".to_owned(),
        format!("@{}", given.variables),
        path.to_string(),
    ];
    let first = first.into_iter().map(OsString::from);
    Ok(Program::interpreted(executable, first.collect()))
}

/// Why a playbook failed, by the end of what it printed: the message of the last task that did.
pub(super) fn reason(tail: &str, limit: usize) -> String {
    let mut lines = tail.lines().rev();
    let fatal = lines.find(|line| line.starts_with("fatal: ") || line.starts_with("failed: "));
    let told = fatal.and_then(|line| {
        let (_, told) = line.split_once("=> ")?;
        let told: Value = serde_json::from_str(told).ok()?;
        Some(told.get("msg")?.as_str()?.to_owned())
    });
    let error = tail
        .lines()
        .find(|line| line.starts_with("ERROR!") || line.starts_with("[ERROR]"));
    let text = told.as_deref().or(fatal).or(error).unwrap_or_default();
    if text.is_empty() {
        return last_line(tail, limit);
    }
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(limit)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playbooks_are_known_by_type_first_line_or_ending() {
        let is = |path: &str, head: &str, interpreter| is_playbook(path.into(), head.as_bytes(), interpreter);
        assert!(is("a.yml", "- hosts: all\n", None));
        assert!(is("a.yaml", "---\n", None));
        assert!(is("a", "#!/usr/bin/env ansible-playbook\n", None));
        assert!(is("a", "- hosts: all", Some(Interpreter::Ansible)));
        assert!(!is("a.yml", "#!/bin/sh\n", None));
        assert!(!is("a.yml", "", Some(Interpreter::Bash)));
        assert!(!is("a.sh", "", None));
    }

    #[test]
    fn the_last_task_that_failed_says_why() {
        let tail = "TASK [check] ***\nfatal: [localhost]: FAILED! => {\"changed\": false, \"msg\": \"no\\n  space\"}\n\n\
                    PLAY RECAP ***\nlocalhost : ok=0 failed=1\n";
        assert_eq!(reason(tail, 100), "no space");
        assert_eq!(
            reason("ERROR! the playbook: x could not be found\nmore\n", 100),
            "ERROR! the playbook: x could not be found"
        );
        let odd = "fatal: [localhost]: UNREACHABLE! => {cut";
        assert_eq!(reason(odd, 100), odd);
        assert_eq!(reason("something\n", 4), "some");
    }

    #[test]
    fn texts_are_no_expressions() {
        let value = json!({"a": "x", "b": ["{{ x }}", {"c": "{% if %}"}]});
        assert_eq!(
            plain(&value),
            json!({"a": "x", "b": [{"__ansible_unsafe": "{{ x }}"}, {"c": {"__ansible_unsafe": "{% if %}"}}]})
        );
    }
}
