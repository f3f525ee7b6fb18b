//! Arguments of the process engine.

use camino::Utf8PathBuf;
use serde_json::Value;

use super::{Arguments, plain};
use crate::diagnostic::Sink;
use crate::topology::ProcessAction;

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
        Some(ProcessAction {
            command,
            directory,
            environment,
            running,
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
