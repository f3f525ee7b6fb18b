//! Arguments of the process engine.

use camino::Utf8PathBuf;
use serde_json::Value;

use super::{Arguments, plain};
use crate::diagnostic::Sink;
use crate::topology::ProcessAction;

/// The signals that programs are asked to end by.
const SIGNALS: [&str; 8] = ["TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH", "KILL"];

impl Arguments<'_> {
    pub(super) fn process(&self, sink: &mut Sink) -> Option<ProcessAction> {
        let command = match &self.values.get("command")?.0 {
            Value::Array(items) => items.iter().map(plain).collect::<Option<Vec<_>>>(),
            value => plain(value).and_then(|text| words(&text)),
        };
        let Some(command) =
            command.filter(|command| command.first().is_some_and(|program| !program.is_empty()))
        else {
            self.wrong(
                "command",
                "it is a list of the program and its arguments, or a line of text with quotes closed",
                "write it as in `command: [ python3, -m, http.server ]`",
                sink,
            );
            return None;
        };
        let environment = self.map("environment", sink);
        let running = self.flag("running", sink).unwrap_or(true);
        let directory = self.text("directory", sink).map(Utf8PathBuf::from);
        let stop_signal = self.text("stop_signal", sink).map(|name| {
            let name = name.to_ascii_uppercase();
            name.strip_prefix("SIG").unwrap_or(&name).to_owned()
        });
        if stop_signal
            .as_ref()
            .is_some_and(|name| !SIGNALS.contains(&name.as_str()))
        {
            self.wrong(
                "stop_signal",
                &format!("it is one of {}", SIGNALS.join(", ")),
                "write its name, as in `QUIT`",
                sink,
            );
        }
        Some(ProcessAction {
            command,
            directory,
            environment,
            running,
            stop_signal,
            stop_timeout_ms: self.time("stop_timeout", sink),
        })
    }
}

/// A line as the words a shell would make of it: blanks separate, quotes and backslashes protect. No expansion. None
/// where a quote stays open.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quote.is_none() { Some(words) } else { None }
}
