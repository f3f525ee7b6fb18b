//! Values of templates as JSON, with their functions carried out as far as that can be done before anything runs.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::super::Version;
use super::super::template::{NodeAt, Service};
use super::super::types::TypeKind;
use super::super::value::{Builtin, Of, Schema, coerce, infer, scalar_json};
use super::super::view::View;
use super::call::{Function, call};
use super::path::{Found, follow, misplaced, unknown_node};
use super::text;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::source::{SourceId, Span};
use crate::yaml;

/// On whose behalf something is evaluated: what SELF means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::tosca) enum Here {
    /// Outputs, policies: there is no SELF.
    Topology,
    Node(NodeAt),
    /// The relationship of a node's requirement.
    Relationship(NodeAt, usize),
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tosca) enum Stop {
    /// It is optional and not given.
    Unset,
    /// It cannot be known; if that is a fault, it is reported.
    Unknown,
    /// It exists only while the application runs: the call that says so.
    Runtime(Span, &'static str),
}

/// Values that read each other deeper than this are refused.
const DEEPEST: usize = 120;
/// The size of everything functions may produce in one run, in bytes: a value that doubles itself a hundred times over
/// must not fill the memory.
const MOST_BYTES: usize = 64 << 20;

type Key = (SourceId, yaml::NodeId, Here);

/// Evaluates values. Each call is evaluated once per template, and each fault reported once.
#[derive(Debug)]
pub(in crate::tosca) struct Evaluator<'s, 'a> {
    service: &'s Service<'a>,
    known: HashMap<Key, Result<Value, Stop>>,
    active: Vec<(Key, Span)>,
    told: HashSet<Span>,
    bytes: usize,
}

impl<'s, 'a> Evaluator<'s, 'a> {
    pub(in crate::tosca) fn new(service: &'s Service<'a>) -> Self {
        Self {
            service,
            known: HashMap::new(),
            active: Vec::new(),
            told: HashSet::new(),
            bytes: 0,
        }
    }

    /// The value of `view`, declared as `schema`.
    pub(in crate::tosca) fn value(
        &mut self,
        view: View<'a>,
        schema: Option<&Schema<'a>>,
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        if view.is_error() {
            return Err(Stop::Unknown);
        }
        if view.is_list() {
            let entry = schema.and_then(|schema| schema.entry.as_deref());
            return view
                .items()
                .map(|item| self.value(item, entry, here, sink))
                .collect::<Result<_, _>>()
                .map(Value::Array);
        }
        if !view.is_map() {
            let base = schema.and_then(|schema| schema.base(&self.service.types));
            return Ok(match (base, view.text()) {
                (Some(base), Some(text)) if !view.is_null() => scalar_json(text, base),
                _ => infer(view),
            });
        }
        if let Some((function, key, arguments)) = call(view) {
            let value = self.remembered(view, function, key, arguments, here, sink)?;
            let coerced = schema.and_then(|schema| coerce(&self.service.types, &value, schema).ok());
            return Ok(coerced.unwrap_or(value));
        }
        self.structure(view, schema, here, sink)
    }

    fn structure(
        &mut self,
        view: View<'a>,
        schema: Option<&Schema<'a>>,
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let service = self.service;
        let data = schema.and_then(|schema| match schema.of {
            Of::Data(id) if service.types.get(id).builtin.is_none() => Some(id),
            _ => None,
        });
        let entry = schema.and_then(|schema| schema.entry.as_deref());
        let mut whole = Map::new();
        for (_, name, value) in view.entries() {
            let property = data.and_then(|id| service.types.property(id, name));
            let schema = property.map(|property| &property.schema).or(entry);
            match self.value(value, schema, here, sink) {
                Ok(value) => drop(whole.insert(name.to_owned(), value)),
                Err(Stop::Unset) => {}
                Err(stop) => return Err(stop),
            }
        }
        for (name, property) in data
            .map(|id| service.types.all(id, |of| &of.properties))
            .unwrap_or_default()
        {
            if let Some(default) = property.default.filter(|default| !default.is_null())
                && !whole.contains_key(name)
                && let Ok(value) = self.value(default, Some(&property.schema), here, sink)
            {
                whole.insert(name.to_owned(), value);
            }
        }
        Ok(Value::Object(whole))
    }

    fn remembered(
        &mut self,
        view: View<'a>,
        function: Function,
        key: View<'a>,
        arguments: View<'a>,
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let (source, node) = view.id();
        let id = (source, node, here);
        if self.bytes > MOST_BYTES {
            return Err(Stop::Unknown);
        }
        if let Some(known) = self.known.get(&id) {
            let known = known.clone();
            return self.spend(known, view, sink);
        }
        if let Some(begin) = self.active.iter().position(|(active, _)| *active == id) {
            self.report_cycle(begin, sink);
            return Err(Stop::Unknown);
        }
        if self.active.len() >= DEEPEST {
            self.tell(
                Diagnostic::new(
                    &codes::PROPERTY_CYCLE,
                    view.span(),
                    format!("this value is computed through more than {DEEPEST} others"),
                )
                .help("give one of the values on the way as it is"),
                sink,
            );
            return Err(Stop::Unknown);
        }
        self.active.push((id, view.span()));
        let value = self.carry_out(view, function, key, arguments, here, sink);
        self.active.pop();
        let value = self.spend(value, view, sink);
        self.known.insert(id, value.clone());
        value
    }

    /// Counts what a value costs.
    fn spend(&mut self, value: Result<Value, Stop>, view: View<'a>, sink: &mut Sink) -> Result<Value, Stop> {
        let Ok(value) = value else { return value };
        self.bytes = self.bytes.saturating_add(size(&value));
        if self.bytes <= MOST_BYTES {
            return Ok(value);
        }
        if self.told.insert(Span::file(view.source())) {
            sink.push(
                Diagnostic::new(
                    &codes::PROPERTY_CYCLE,
                    view.span(),
                    "functions produce too much text",
                )
                .note(format!(
                    "the values of one service may take {} MiB together",
                    MOST_BYTES >> 20
                ))
                .help("look for values that repeat each other many times over"),
            );
        }
        Err(Stop::Unknown)
    }

    fn report_cycle(&mut self, begin: usize, sink: &mut Sink) {
        let mut circle: Vec<Span> = self.active[begin..].iter().map(|(_, span)| *span).collect();
        // A call inside of another call of the circle says nothing more.
        let whole = circle.clone();
        circle.retain(|span| !whole.iter().any(|other| other != span && other.contains(*span)));
        // One circle is met from each of its values; it is told at the first of them.
        let Some(&first) = circle.iter().min() else { return };
        let mut fault = Diagnostic::new(
            &codes::PROPERTY_CYCLE,
            first,
            "this value is computed from itself",
        )
        .help("give one of the values in the circle as it is");
        for &span in circle.iter().filter(|&&span| span != first).take(6) {
            fault = fault.related(span, "through this value");
        }
        self.tell(fault, sink);
    }

    fn tell(&mut self, fault: Diagnostic, sink: &mut Sink) {
        if self.told.insert(fault.span) {
            sink.push(fault);
        }
    }

    fn wrong_arguments(&mut self, function: Function, key: View<'a>, sink: &mut Sink) -> Stop {
        self.tell(
            Diagnostic::new(
                &codes::FUNCTION_ARGUMENTS,
                key.span(),
                format!("`{}` has wrong arguments", function.as_str()),
            )
            .help(format!("write it as `{}`", function.usage())),
            sink,
        );
        Stop::Unknown
    }

    fn carry_out(
        &mut self,
        view: View<'a>,
        function: Function,
        key: View<'a>,
        arguments: View<'a>,
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let list: Vec<View<'a>> = if arguments.is_list() {
            arguments.items().collect()
        } else {
            vec![arguments]
        };
        let runtime = Stop::Runtime(view.span(), function.as_str());
        match function {
            Function::GetInput if list.len() == 1 || !list.is_empty() && self.nests_inputs(view) => {
                self.input(&list, sink)
            }
            Function::GetProperty | Function::GetAttribute if list.len() >= 2 => {
                match follow(self.service, function, &list, here) {
                    Ok(Found::Value {
                        view,
                        schema,
                        here,
                        rest,
                    }) => self.navigate(view, schema, here, &rest, sink),
                    Ok(Found::Unset) => Err(Stop::Unset),
                    Ok(Found::Runtime) => Err(runtime),
                    Ok(Found::Unknown) => Err(Stop::Unknown),
                    Err(fault) => {
                        self.tell(*fault, sink);
                        Err(Stop::Unknown)
                    }
                }
            }
            Function::GetOperationOutput if list.len() >= 4 => {
                self.runtime(function, &list, here, runtime, sink)
            }
            Function::GetArtifact if (2..=4).contains(&list.len()) => {
                self.runtime(function, &list, here, runtime, sink)
            }
            Function::GetNodesOfType if list.len() == 1 => {
                self.service.types.resolve(list[0], TypeKind::Node, sink);
                Err(runtime)
            }
            Function::Concat if !list.is_empty() => self.concat(&list, here, sink),
            Function::Join if matches!(list.len(), 1 | 2) => self.join(function, key, &list, here, sink),
            Function::Token if list.len() == 3 => self.token(function, key, &list, here, sink),
            _ => Err(self.wrong_arguments(function, key, sink)),
        }
    }

    /// Since 1.3 `get_input` may go on into a structure (Simple Profile 1.3, section 4.4.1).
    fn nests_inputs(&self, view: View<'a>) -> bool {
        let forest = self.service.types.forest;
        forest.file(forest.file_of(view)).version >= Version::Simple13
    }

    fn runtime(
        &mut self,
        function: Function,
        list: &[View<'a>],
        here: Here,
        runtime: Stop,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let Some(name) = list[0].name() else {
            return Err(runtime);
        };
        let fault = match (name, here) {
            ("SELF" | "HOST", Here::Node(_)) | ("SELF" | "SOURCE" | "TARGET", Here::Relationship(..)) => None,
            ("SELF" | "HOST" | "SOURCE" | "TARGET", _) => Some(misplaced(name, list[0], here)),
            _ if self.service.by_name.contains_key(name) || self.service.relationships.contains_key(name) => {
                None
            }
            _ => Some(unknown_node(self.service, function, list[0], name)),
        };
        match fault {
            Some(fault) => {
                self.tell(fault, sink);
                Err(Stop::Unknown)
            }
            None => Err(runtime),
        }
    }

    fn input(&mut self, list: &[View<'a>], sink: &mut Sink) -> Result<Value, Stop> {
        let service = self.service;
        let Some(name) = list[0].text() else {
            return Err(Stop::Unknown);
        };
        let Some(input) = service.inputs.get(name) else {
            let known = service.inputs.keys().copied();
            let help =
                did_you_mean(name, known).unwrap_or_else(|| format!("declare `{name}` under `inputs`"));
            self.tell(
                Diagnostic::new(
                    &codes::UNKNOWN_INPUT,
                    list[0].span(),
                    format!("unknown input `{name}`"),
                )
                .help(help),
                sink,
            );
            return Err(Stop::Unknown);
        };
        if let Some(given) = &input.given {
            return self.inside(given.clone(), &list[1..], sink);
        }
        match input.def.default.filter(|default| !default.is_null()) {
            Some(default) => {
                self.navigate(default, Some(&input.def.schema), Here::Topology, &list[1..], sink)
            }
            None if input.def.required => Err(Stop::Unknown),
            None => Err(Stop::Unset),
        }
    }

    /// Goes on into a value: keys of maps, numbers of items.
    fn navigate(
        &mut self,
        view: View<'a>,
        schema: Option<&Schema<'a>>,
        here: Here,
        rest: &[View<'a>],
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let whole = self.value(view, schema, here, sink)?;
        self.inside(whole, rest, sink)
    }

    fn inside(&mut self, mut value: Value, rest: &[View<'a>], sink: &mut Sink) -> Result<Value, Stop> {
        for step in rest {
            let Some(name) = step.text() else {
                return Err(Stop::Unknown);
            };
            let next = match &mut value {
                Value::Object(entries) => entries.get_mut(name).map(Value::take),
                Value::Array(items) => name
                    .parse()
                    .ok()
                    .and_then(|at: usize| items.get_mut(at))
                    .map(Value::take),
                // A scalar has nothing inside.
                _ => None,
            };
            if let Some(next) = next {
                value = next;
                continue;
            }
            let known: Vec<&str> = match &value {
                Value::Object(entries) => entries.keys().map(String::as_str).collect(),
                _ => Vec::new(),
            };
            let Some(near) = did_you_mean(name, known) else {
                return Err(Stop::Unset);
            };
            let fault = Diagnostic::new(
                &codes::UNKNOWN_PATH,
                step.span(),
                format!("the value has no `{name}` inside"),
            );
            self.tell(fault.help(near), sink);
            return Err(Stop::Unknown);
        }
        Ok(value)
    }

    fn concat(&mut self, list: &[View<'a>], here: Here, sink: &mut Sink) -> Result<Value, Stop> {
        let mut whole = String::new();
        // Every argument is looked at, so that each one's faults are reported.
        let parts: Vec<_> = list.iter().map(|part| self.part(*part, here, sink)).collect();
        for part in parts {
            whole.push_str(&text::text(&part?).ok_or(Stop::Unknown)?);
            if whole.len() > MOST_BYTES {
                return Err(Stop::Unknown);
            }
        }
        Ok(Value::String(whole))
    }

    /// An argument that is meant as text: the raw text of a scalar, so that `1.10` stays what it is.
    fn part(&mut self, view: View<'a>, here: Here, sink: &mut Sink) -> Result<Value, Stop> {
        self.value(view, Some(&Schema::builtin(Builtin::String)), here, sink)
    }

    fn join(
        &mut self,
        function: Function,
        key: View<'a>,
        list: &[View<'a>],
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let delimiter = match list.get(1) {
            Some(delimiter) => text::text(&self.part(*delimiter, here, sink)?).unwrap_or_default(),
            None => String::new(),
        };
        let items = if list[0].is_list() {
            list[0]
                .items()
                .map(|item| self.part(item, here, sink))
                .collect::<Result<Vec<_>, _>>()?
        } else {
            match self.value(list[0], None, here, sink)? {
                Value::Array(items) => items,
                _ => return Err(self.wrong_arguments(function, key, sink)),
            }
        };
        let parts: Option<Vec<_>> = items.iter().map(text::text).collect();
        parts
            .map(|parts| Value::String(parts.join(&delimiter)))
            .ok_or(Stop::Unknown)
    }

    fn token(
        &mut self,
        function: Function,
        key: View<'a>,
        list: &[View<'a>],
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let whole = text::text(&self.part(list[0], here, sink)?).ok_or(Stop::Unknown)?;
        let characters = text::text(&self.part(list[1], here, sink)?).ok_or(Stop::Unknown)?;
        let index = text::text(&self.part(list[2], here, sink)?).and_then(|index| index.parse().ok());
        let Some(index) = index else {
            return Err(self.wrong_arguments(function, key, sink));
        };
        text::token(&whole, &characters, index)
            .map(Value::String)
            .ok_or(Stop::Unset)
    }
}

/// About how many bytes a value takes.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => 32 + text.len(),
        Value::Array(items) => items.iter().map(size).sum::<usize>() + 32,
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| 64 + name.len() + size(value))
            .sum(),
        _ => 32,
    }
}
