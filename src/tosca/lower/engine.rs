//! khor's engines as implementations: an artifact of type khor.artifacts.Engine names one, the operation's inputs are
//! its arguments.

mod file;
mod place;
mod probe;
mod process;
mod service;
mod template;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::super::function::{Here, Term, runtime};
use super::super::types::{InputDef, Members};
use super::super::value::{Builtin, Schema};
use super::super::view::View;
use super::Lowering;
use super::operation::Owner;
use super::policy::milliseconds;
use super::words::no_value;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean, nearest};
use crate::topology::{Action, Leaf, Reads, VecMap, Wanted};
use place::place;

/// An engine: its name, and its arguments with their types (none: several forms) and whether they must be there.
struct Engine {
    name: &'static str,
    arguments: &'static [(&'static str, Option<Builtin>, bool)],
}

/// Of what an engine is the implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Of an operation.
    Do,
    /// Of a check, under khor's interface of checks.
    Check,
}

const ENGINES: [Engine; 7] = [
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
            ("stop_signal", Some(Builtin::String), false),
            ("stop_timeout", Some(Builtin::Time), false),
        ],
    },
    Engine {
        name: "service",
        arguments: &[
            ("name", Some(Builtin::String), true),
            ("running", Some(Builtin::Boolean), false),
            ("enabled", Some(Builtin::Boolean), false),
            ("disable", Some(Builtin::Boolean), false),
            ("restart_on", None, false),
        ],
    },
    Engine {
        name: "template",
        arguments: &[
            ("path", Some(Builtin::String), true),
            ("template", Some(Builtin::String), true),
            ("values", None, false),
            ("mode", Some(Builtin::String), false),
            ("owner", Some(Builtin::String), false),
            ("group", Some(Builtin::String), false),
        ],
    },
    Engine {
        name: "tcp",
        arguments: &[
            ("host", Some(Builtin::String), false),
            ("port", Some(Builtin::Integer), true),
            ("timeout", Some(Builtin::Time), false),
        ],
    },
    Engine {
        name: "http",
        arguments: &[
            ("url", Some(Builtin::String), true),
            ("method", Some(Builtin::String), false),
            ("status", None, false),
            ("contains", Some(Builtin::String), false),
            ("headers", None, false),
            ("redirects", Some(Builtin::Boolean), false),
            ("insecure", Some(Builtin::Boolean), false),
            ("timeout", Some(Builtin::Time), false),
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
    /// The node or relationship, where one of khor's own types hands its properties over to the engine: the user wrote
    /// those, not the arguments.
    user: Option<View<'a>>,
    /// Something is reported already; do not report consequences.
    broken: bool,
    /// What is read while the application runs.
    reads: Reads<Wanted>,
}

/// An engine as it is used.
pub(super) struct Used {
    pub(super) action: Action,
    /// Inputs that the step gets for it.
    pub(super) inputs: VecMap<String, Value>,
    /// What is read while the application runs; arguments by their places in the action.
    pub(super) reads: Reads<Wanted>,
}

/// How an engine is used; none where a fault is reported that leaves nothing to do.
pub(super) fn action<'a>(
    lowering: &mut Lowering<'_, 'a>,
    (owner, part): (Owner<'a>, Part),
    at: View<'a>,
    (named, name): (View<'a>, &str),
    inputs: &Members<'a, InputDef<'a>>,
    sink: &mut Sink,
) -> Option<Used> {
    let Some(engine) = ENGINES.iter().find(|engine| engine.name == name) else {
        let known = ENGINES.iter().map(|engine| engine.name);
        let listed: Vec<_> = known.clone().map(|name| format!("`{name}`")).collect();
        sink.push(
            Diagnostic::new(
                &codes::ENGINE_USE,
                named.span(),
                format!("unknown engine `{name}`"),
            )
            .note(format!(
                "the engines are {}; a script needs none, name its file instead",
                listed.join(", ")
            ))
            .help(did_you_mean(name, known).unwrap_or_else(|| "name one of the engines".to_owned())),
        );
        return None;
    };
    let mut arguments = Arguments {
        engine: engine.name,
        values: BTreeMap::new(),
        at,
        user: owner.body.filter(|_| lowering.is_embedded(at)),
        broken: false,
        reads: Reads::default(),
    };
    let whose = lowering.name_of(owner.here);
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
        let what = format!("argument `{name}` of engine `{}`", engine.name);
        match lowering.read(&what, value, input.schema().or(schema.as_ref()), owner.here, sink) {
            Some(Term::Value(value)) => arguments.give(known, value, input),
            Some(term) => arguments.give_later(known, &term, input, (&what, &whose), sink),
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
    let action = match engine.name {
        "file" => arguments.file(sink).map(Action::File),
        "process" => arguments.process(sink).map(Action::Process),
        "template" => return lowering.template(arguments, owner, inputs, sink),
        "service" => arguments.service(sink).map(Action::Service),
        "tcp" => arguments.tcp(sink).map(Action::Tcp),
        "http" => arguments.http(sink).map(Action::Http),
        _ => Some(Action::Nil),
    }?;
    if part == Part::Do && action.only_looks() {
        report_no_do(engine, at, sink);
        return None;
    }
    Some(Used {
        action,
        inputs: VecMap::new(),
        reads: arguments.reads,
    })
}

/// A probe does nothing, so it cannot be what an operation does.
fn report_no_do(engine: &Engine, at: View<'_>, sink: &mut Sink) {
    sink.push(
        Diagnostic::new(
            &codes::ENGINE_USE,
            at.span(),
            format!("engine `{}` only looks, it does nothing", engine.name),
        )
        .note("it tells whether an operation is reached, so its place is a check")
        .help(
            "give it to the operation of the same name under an interface of type `khor.interfaces.Check`; an operation \
             that has a check and no implementation waits until the check holds",
        ),
    );
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

impl<'a> Arguments<'a> {
    fn give(&mut self, name: &'static str, value: Value, input: &InputDef<'a>) {
        self.values
            .insert(name, (value, input.value.unwrap_or(input.key)));
    }

    /// Takes an argument that is known only while the application runs, if the engine can do with that.
    fn give_later(
        &mut self,
        name: &'static str,
        term: &Term,
        input: &InputDef<'a>,
        (what, whose): (&dyn fmt::Display, &str),
        sink: &mut Sink,
    ) {
        let has_secret = term.leaves().iter().any(|leaf| matches!(leaf, Leaf::Secret(_)));
        if has_secret && !place::keeps_secrets(name) {
            self.broken = true;
            self.give(name, Value::Null, input);
            let why =
                "a secret would be seen there: in the list of processes, as the name of a file, in messages";
            let help = "hand it over as `content`, in `environment`, `headers` or the `values` of a template, or as the \
                        input of a script";
            return self.wrong(name, why, help, sink);
        }
        match place(self.engine, name, term, whose) {
            Some(_) if matches!(term, Term::Each { .. }) => {
                self.broken = true;
                self.give(name, Value::Null, input);
                let why = "it is a single value, and what is read of a scalable node is a list";
                self.wrong(
                    name,
                    why,
                    "put the items together: `{ join: [ { get_attribute: … }, ',' ] }`",
                    sink,
                );
            }
            Some(placed) => {
                self.give(name, placed.until, input);
                self.reads.arguments.extend(placed.later);
            }
            // The values of a template become inputs of the step.
            None if (self.engine, name) == ("template", "values")
                && let Term::Map(entries) = term =>
            {
                let known = entries
                    .iter()
                    .filter_map(|(name, entry)| Some((name.clone(), entry.value()?.clone())));
                self.give(name, Value::Object(known.collect()), input);
                let later = entries.iter().filter(|(_, entry)| entry.value().is_none());
                self.reads
                    .inputs
                    .extend(later.map(|(name, entry)| (name.clone(), entry.clone())));
            }
            None => {
                self.broken = true;
                let view = input.value.unwrap_or(input.key);
                no_value(what, view, runtime(term, view), sink);
            }
        }
    }

    /// A scalar argument as text; none if it is not given, or is no scalar, which is reported.
    fn text(&self, name: &str, sink: &mut Sink) -> Option<String> {
        let text = plain(self.given(name)?);
        if text.is_none() {
            self.wrong(name, "it is a single value", "write a string", sink);
        }
        text
    }

    /// A boolean; none if it is not given, or is none, which is reported.
    fn flag(&self, name: &str, sink: &mut Sink) -> Option<bool> {
        let flag = self.given(name)?.as_bool();
        if flag.is_none() {
            self.wrong(name, "it is a boolean", "write `true` or `false`", sink);
        }
        flag
    }

    /// A span of time in milliseconds; none if it is not given, or is none, which is reported.
    fn time(&self, name: &str, sink: &mut Sink) -> Option<u64> {
        let time = self.given(name)?.as_str().and_then(milliseconds);
        if time.is_none() {
            self.wrong(name, "it is a time with a unit", "write it as in `5 s`", sink);
        }
        time
    }

    /// Names and values; structures among the values are taken as JSON, as scripts get them.
    fn map(&self, name: &str, sink: &mut Sink) -> BTreeMap<String, String> {
        match self.given(name) {
            Some(Value::Object(entries)) => entries
                .iter()
                .map(|(name, value)| (name.clone(), plain(value).unwrap_or_else(|| value.to_string())))
                .collect(),
            None => BTreeMap::new(),
            Some(_) => {
                let (why, help) = ("it is a map of names and values", "write it as `{ NAME: value }`");
                self.wrong(name, why, help, sink);
                BTreeMap::new()
            }
        }
    }

    /// The value of an argument that was given one.
    fn given(&self, name: &str) -> Option<&Value> {
        let (value, _) = self.values.get(name)?;
        Some(value).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, why: &str, help: &str, sink: &mut Sink) {
        let mut place = self.values.get(name).map_or(self.at, |(_, view)| *view);
        if let Some(user) = self.user {
            place = user
                .get("properties")
                .and_then(|properties| properties.get(name))
                .unwrap_or(user);
            // The property is checked too.
            let is_told = |fault: &Diagnostic| place.span().contains(fault.span);
            if sink.diagnostics().iter().any(is_told) {
                return;
            }
        }
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

impl Lowering<'_, '_> {
    /// The name of a node or relationship, to tell its steps from those of others.
    fn name_of(&self, here: Here) -> String {
        match here {
            Here::Node(at) => self.service.node(at).name.to_owned(),
            Here::Relationship(at, which) => {
                let node = self.service.node(at);
                format!("{}.{which}", node.name)
            }
            _ => String::new(),
        }
    }
}
