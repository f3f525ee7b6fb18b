//! Checks that their dos can never make true, and dos that their checks never let run.

use super::action::Placed;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::topology::{Action, FileAction, FileState, OperationName};

/// Looks whether the do of an operation can make its check true.
pub(super) fn find(name: OperationName, check: &Placed, apply: &Placed, sink: &mut Sink) {
    let diagnostic = match (&check.action, &apply.action) {
        (Action::File(check_file), Action::File(do_file)) => {
            let Some((message, note)) = contradiction(name, check_file, do_file) else {
                return;
            };
            Diagnostic::new(&codes::CHECK_NEVER_TRUE, check.span, message)
                .label("what the check looks at")
                .related(apply.span, "what the do brings about")
                .note(note)
                .help("let both say the same, or leave the check out: a `file` is its own check")
        }
        (Action::File(file), Action::Nil) => {
            let message = format!("the do of `{name}` can never make its check true: `nil` does nothing");
            Diagnostic::new(&codes::CHECK_NEVER_TRUE, apply.span, message)
                .label("does nothing")
                .related(check.span, "what the check looks at")
                .help(format!(
                    "leave the `do` out to wait until others bring about `{}`, or give a `do` that does",
                    file.path
                ))
        }
        (Action::Nil, Action::File(_) | Action::Shell(_)) => {
            let message = format!("the do of `{name}` never runs: its check is always true");
            Diagnostic::new(&codes::DO_NEVER_RUNS, check.span, message)
                .label("always true")
                .related(apply.span, "never runs")
                .note(format!(
                    "operation `{name}` is reached as soon as its turn comes, by `nil`"
                ))
                .help("remove the check, or give one that looks at what the do brings about")
        }
        _ => return,
    };
    sink.push(diagnostic);
}

/// In what the check and the do contradict each other: the fault, and why it is one.
pub(crate) fn contradiction(
    name: OperationName,
    check: &FileAction,
    apply: &FileAction,
) -> Option<(String, String)> {
    let fault = |what: &str| format!("the do of `{name}` can never make its check true: {what}");
    if check.path.components().ne(apply.path.components()) {
        return Some((
            fault("they name different paths"),
            format!(
                "the check looks at `{}`, the do makes `{}`",
                check.path, apply.path
            ),
        ));
    }
    if check.state != apply.state {
        return Some((
            fault("they name different states"),
            format!(
                "the check expects {}, the do brings about {}",
                words(&check.state),
                words(&apply.state)
            ),
        ));
    }
    if check.content.is_some() && apply.content.is_some() && check.content != apply.content {
        return Some((
            fault("they name different contents"),
            "the check wants one content, the do writes another".to_owned(),
        ));
    }
    match (check.mode, apply.mode) {
        (Some(wanted), Some(given)) if wanted != given => {
            return Some((
                fault("they name different modes"),
                format!("the check wants {wanted:04o}, the do gives {given:04o}"),
            ));
        }
        _ => {}
    }
    let pairs = [
        ("owners", &check.owner, &apply.owner),
        ("groups", &check.group, &apply.group),
    ];
    pairs
        .into_iter()
        .find_map(|(what, wanted, given)| match (wanted, given) {
            (Some(wanted), Some(given)) if wanted != given => Some((
                fault(&format!("they name different {what}")),
                format!("the check wants `{wanted}`, the do gives `{given}`"),
            )),
            _ => None,
        })
}

fn words(state: &FileState) -> String {
    match state {
        FileState::File => "a regular file".to_owned(),
        FileState::Directory => "a directory".to_owned(),
        FileState::Symlink(target) => format!("a symbolic link to `{target}`"),
        FileState::Absent => "that nothing is there".to_owned(),
    }
}
