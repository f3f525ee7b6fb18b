//! Scripts whose first line does not do what it should.

use super::Rule;
use super::facts::Facts;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::topology::ShellAction;

pub(super) static RULE: Rule = Rule {
    only_sound: false,
    find,
};

/// As much of the beginning as kernels look at, in bytes.
const HEAD: usize = 512;

/// Endings that tell the interpreter; `engine/shell` goes by the same.
const ENDINGS: [&str; 8] = ["sh", "bash", "zsh", "py", "pl", "rb", "yml", "yaml"];

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    for (operation, script) in facts.scripts() {
        let artifact = &script.artifact;
        let Ok(head) = facts.loader.head(&artifact.path, HEAD) else {
            continue;
        };
        if let Some((message, why, help)) = judge(script, &head) {
            sink.push(
                Diagnostic::new(&codes::SCRIPT_START, operation.span, message)
                    .note(why)
                    .help(help),
            );
        }
    }
}

/// What is wrong with the beginning of a script: message, why, and what to do.
fn judge(script: &ShellAction, head: &[u8]) -> Option<(String, String, &'static str)> {
    let (artifact, name) = (&script.artifact, &script.artifact.name);
    if head.is_empty() {
        return Some((
            format!("`{name}` is empty"),
            "it ends well and does nothing".to_owned(),
            "write the script, or remove the operation",
        ));
    }
    if let Some(line) = head.strip_prefix(b"#!") {
        let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
        return line.ends_with(b"\r").then(|| {
            (
                format!("the first line of `{name}` ends as on Windows (CR LF)"),
                "the interpreter it names is looked for with the CR in its name, and not found".to_owned(),
                "save the file with LF line ends",
            )
        });
    }
    let ending = artifact.path.extension().unwrap_or_default().to_lowercase();
    if script.interpreter.is_some() || ENDINGS.contains(&ending.as_str()) || head.contains(&0) {
        return None;
    }
    Some((
        format!("nothing tells what runs `{name}`"),
        "its first line names no interpreter and its ending is not that of a script, so `sh` runs it"
            .to_owned(),
        "begin it with its interpreter, as in `#!/bin/sh`",
    ))
}
