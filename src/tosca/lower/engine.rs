//! khor's engines as implementations: an artifact of type khor.artifacts.Engine names one, the operation's inputs are
//! its arguments.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde_json::Value;

use super::super::types::{InputDef, Members};
use super::super::value::{Builtin, Schema};
use super::super::view::View;
use super::Lowering;
use super::operation::Owner;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean, nearest};
use crate::topology::{Action, FileAction, FileState, ProcessAction};

/// An engine: its name, and its arguments with their types (none: several forms) and whether they must be there.
struct Engine {
    name: &'static str,
    arguments: &'static [(&'static str, Option<Builtin>, bool)],
}

const ENGINES: [Engine; 3] = [
    Engine {
        name: "file",
        arguments: &[
            ("path", Some(Builtin::String), true),
            ("state", Some(Builtin::String), false),
            ("target", Some(Builtin::String), false),
            ("content", Some(Builtin::String), false),
            ("mode", Some(Builtin::String), false),
            ("owner", Some(Builtin::String), false),
            ("group", Some(Builtin::String), false),
        ],
    },
    Engine {
        name: "process",
        arguments: &[
            ("command", None, true),
            ("directory", Some(Builtin::String), false),
            ("environment", None, false),
            ("running", Some(Builtin::Boolean), false),
        ],
    },
    Engine {
        name: "nil",
        arguments: &[],
    },
];

/// The arguments of one use of an engine.
struct Arguments<'a> {
    engine: &'static str,
    values: BTreeMap<&'static str, (Value, View<'a>)>,
    /// Where the engine is named: the place of what is missing.
    at: View<'a>,
    /// Something is reported already; do not report consequences.
    broken: bool,
}

/// The action an engine is asked for; none where a fault is reported that leaves nothing to do.
pub(super) fn action<'a>(
    lowering: &mut Lowering<'_, 'a>,
    owner: Owner<'a>,
    at: View<'a>,
    (named, name): (View<'a>, &str),
    inputs: &Members<'a, InputDef<'a>>,
    sink: &mut Sink,
) -> Option<Action> {
    let Some(engine) = ENGINES.iter().find(|engine| engine.name == name) else {
        let known = ENGINES.iter().map(|engine| engine.name);
        sink.push(
            Diagnostic::new(
                &codes::ENGINE_USE,
                named.span(),
                format!("unknown engine `{name}`"),
            )
            .note("the engines are `file`, `process` and `nil`; a script needs none, name its file instead")
            .help(did_you_mean(name, known).unwrap_or_else(|| "name one of the engines".to_owned())),
        );
        return None;
    };
    let mut arguments = Arguments {
        engine: engine.name,
        values: BTreeMap::new(),
        at,
        broken: false,
    };
    let mut mistaken = Vec::new();
    for (&name, input) in inputs {
        let Some((known, of, _)) = engine.arguments.iter().find(|(known, _, _)| *known == name) else {
            // What was meant is not missing, it is misspelt.
            mistaken.extend(nearest(name, engine.arguments.iter().map(|(known, _, _)| *known)));
            report_unknown(engine, name, input, sink);
            continue;
        };
        let Some(value) = input.value.filter(|value| !value.is_null()) else {
            continue;
        };
        let schema = of.map(Schema::builtin);
        let before = sink.errors();
        let what = format_args!("argument `{name}` of engine `{}`", engine.name);
        match lowering.needed(what, value, input.schema().or(schema.as_ref()), owner.here, sink) {
            Some(value) => drop(
                arguments
                    .values
                    .insert(known, (value, input.value.unwrap_or(input.key))),
            ),
            None => arguments.broken |= sink.errors() > before,
        }
    }
    let needed = engine
        .arguments
        .iter()
        .filter(|(_, _, needed)| *needed)
        .map(|(name, _, _)| *name);
    let missing: Vec<_> = needed
        .filter(|name| !arguments.values.contains_key(name))
        .collect();
    for name in &missing {
        let is_given = inputs
            .get(name)
            .is_some_and(|input| input.value.is_some_and(|value| !value.is_null()));
        // What cannot be known when linting (an input without value) is no fault of the template.
        let may_be_unknown = is_given && !lowering.options.require_inputs;
        if !arguments.broken && !mistaken.contains(name) && !may_be_unknown {
            sink.push(
                Diagnostic::new(
                    &codes::ENGINE_USE,
                    at.span(),
                    format!("engine `{}` needs the argument `{name}`", engine.name),
                )
                .help(format!(
                    "add `{name}:` with a value to the inputs of the operation"
                )),
            );
        }
    }
    if !missing.is_empty() {
        return None;
    }
    match engine.name {
        "file" => arguments.file(sink).map(Action::File),
        "process" => arguments.process(sink).map(Action::Process),
        _ => Some(Action::Nil),
    }
}

fn report_unknown(engine: &Engine, name: &str, input: &InputDef<'_>, sink: &mut Sink) {
    let known = engine.arguments.iter().map(|(known, _, _)| *known);
    let note = super::super::types::listing(known.clone());
    sink.push(
        Diagnostic::new(
            &codes::ENGINE_USE,
            input.key.span(),
            format!("engine `{}` has no argument `{name}`", engine.name),
        )
        .note(format!("it {note}"))
        .help(did_you_mean(name, known).unwrap_or_else(|| "remove it".to_owned())),
    );
}

impl Arguments<'_> {
    fn file(&self, sink: &mut Sink) -> Option<FileAction> {
        let path = self.text("path", sink)?;
        if path.is_empty() {
            self.wrong("path", "it must not be empty", "give the path of a file", sink);
            return None;
        }
        let target = self.text("target", sink);
        let state = match self.text("state", sink).as_deref() {
            None if target.is_some() => FileState::Symlink(target.clone()?),
            None | Some("file") => FileState::File,
            Some("directory") => FileState::Directory,
            Some("absent") => FileState::Absent,
            Some("symlink") => {
                let Some(target) = &target else {
                    let help = "add `target:` with what it points to";
                    self.wrong("state", "a symbolic link needs a target", help, sink);
                    return None;
                };
                FileState::Symlink(target.clone())
            }
            Some(other) => {
                let states = ["file", "directory", "symlink", "absent"];
                let help = did_you_mean(other, states).unwrap_or_else(|| "write one of these".to_owned());
                self.wrong(
                    "state",
                    "it is `file`, `directory`, `symlink` or `absent`",
                    &help,
                    sink,
                );
                return Some(self.rest(path, FileState::File, sink));
            }
        };
        if target.is_some() && !matches!(state, FileState::Symlink(_)) {
            self.wrong(
                "target",
                "only a symbolic link has one",
                "write `state: symlink`, or remove `target`",
                sink,
            );
        }
        let content = self.text("content", sink);
        if content.is_some() && state != FileState::File {
            self.wrong(
                "content",
                "only a file has one",
                "remove `content`, or write `state: file`",
                sink,
            );
        }
        let file = self.rest(path, state, sink);
        Some(FileAction { content, ..file })
    }

    /// What a file may have whatever its state.
    fn rest(&self, path: String, state: FileState, sink: &mut Sink) -> FileAction {
        let mode = self.text("mode", sink).and_then(|text| {
            let digits = text.strip_prefix("0o").unwrap_or(&text);
            let mode = u32::from_str_radix(digits, 8).ok().filter(|&mode| mode <= 0o7777);
            if mode.is_none() {
                self.wrong(
                    "mode",
                    "it is octal, from 0000 to 7777",
                    "write it as in `mode: '0644'`",
                    sink,
                );
            }
            mode
        });
        FileAction {
            path: Utf8PathBuf::from(path),
            state,
            content: None,
            mode,
            owner: self.text("owner", sink),
            group: self.text("group", sink),
        }
    }

    fn process(&self, sink: &mut Sink) -> Option<ProcessAction> {
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
        let mut environment = BTreeMap::new();
        match self.values.get("environment").map(|(value, _)| value) {
            Some(Value::Object(entries)) => {
                for (name, value) in entries {
                    // Structures are handed over as JSON, as to scripts.
                    environment.insert(name.clone(), plain(value).unwrap_or_else(|| value.to_string()));
                }
            }
            None | Some(Value::Null) => {}
            Some(_) => {
                self.wrong(
                    "environment",
                    "it is a map of names and values",
                    "write it as `{ NAME: value }`",
                    sink,
                );
            }
        }
        let running = match self.values.get("running").map(|(value, _)| value) {
            None => true,
            Some(Value::Bool(running)) => *running,
            Some(_) => {
                self.wrong("running", "it is a boolean", "write `true` or `false`", sink);
                true
            }
        };
        let directory = self.text("directory", sink).map(Utf8PathBuf::from);
        Some(ProcessAction {
            command,
            directory,
            environment,
            running,
        })
    }

    /// A scalar argument as text; none if it is not given, or is no scalar, which is reported.
    fn text(&self, name: &str, sink: &mut Sink) -> Option<String> {
        let (value, _) = self.values.get(name)?;
        let text = plain(value);
        if text.is_none() && !value.is_null() {
            self.wrong(name, "it is a single value", "write a string", sink);
        }
        text
    }

    fn wrong(&self, name: &str, why: &str, help: &str, sink: &mut Sink) {
        let place = self.values.get(name).map_or(self.at, |(_, view)| *view);
        sink.push(
            Diagnostic::new(
                &codes::ENGINE_USE,
                place.span(),
                format!("wrong argument `{name}` of engine `{}`", self.engine),
            )
            .note(why)
            .help(help),
        );
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
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
