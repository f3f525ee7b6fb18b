//! Scripts that cannot be run as they are.

use super::Rule;
use super::facts::Facts;
use crate::diagnostic::{Diagnostic, Sink, codes};

pub(super) static RULE: Rule = Rule {
    only_sound: false,
    find,
};

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    for (operation, script) in facts.scripts() {
        let artifact = &script.artifact;
        // Without an interpreter in its first line it is not meant to be run as it is.
        let names_interpreter = facts
            .loader
            .head(&artifact.path, 2)
            .is_ok_and(|head| head == b"#!");
        if names_interpreter && facts.loader.is_executable(&artifact.path) == Some(false) {
            let name = &artifact.name;
            let fault = Diagnostic::new(
                &codes::NOT_EXECUTABLE,
                operation.span,
                format!("`{name}` is not executable"),
            )
            .note("its first line names an interpreter, so it is meant to be run as it is; only khor sets the mode itself")
            .help(format!(
                "`chmod +x {name}`, and `git update-index --chmod=+x {name}` where git does not keep modes"
            ));
            sink.push(fault);
        }
    }
}
