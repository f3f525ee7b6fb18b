//! Values of templates as JSON, with their functions carried out as far as that can be done before anything runs.

use super::super::map::HashSet;

use serde_json::{Map, Value};

use super::super::extension;
use super::super::template::{NodeAt, Service};
use super::super::types::TypeId;
use super::super::value::{Of, Schema, coerce, infer, scalar_json};
use super::super::view::View;
use super::call::{Call, Function, is_call};
use super::memory::{DEEPEST, MOST_BYTES, Memory, size};
use super::{circle, signature};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::Span;

/// On whose behalf something is evaluated: what SELF means (Simple Profile 1.3, section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::tosca) enum Here {
    /// Inputs, outputs, groups, policies: there is no SELF.
    Topology,
    Node(NodeAt),
    /// The relationship of a node's requirement.
    Relationship(NodeAt, usize),
    /// Something of the service, perhaps of this type: which one is not known.
    Some(Option<TypeId>),
    /// Whatever is of this type of nodes or relationships, or has something of the type that is looked at. Names of
    /// templates and inputs are those of whoever uses it.
    Type(Option<TypeId>),
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tosca) enum Stop {
    /// It is optional and not given.
    Unset,
    /// It is left open by this template.
    Unknown,
    /// It cannot be had, and why is reported, or will be.
    Faulty,
    /// It exists only while the application runs: the call that says so.
    Runtime(Span, &'static str),
}

/// Evaluates values. Each call is evaluated once per template, and each fault reported once.
#[derive(Debug)]
pub(in crate::tosca) struct Evaluator<'s, 'a> {
    pub(in crate::tosca) service: &'s Service<'a>,
    /// Inputs may still get other values than their defaults: none of them is known.
    pub(super) open: bool,
    /// The inputs of the workflow that is being looked at.
    pub(super) around: Option<View<'a>>,
    memory: Memory<'a>,
    told: HashSet<Span>,
}

impl<'s, 'a> Evaluator<'s, 'a> {
    pub(in crate::tosca) fn new(service: &'s Service<'a>) -> Self {
        Self {
            service,
            open: false,
            around: None,
            memory: Memory::default(),
            told: HashSet::default(),
        }
    }

    /// One for which the value of an input is known only if it is `settled`.
    pub(in crate::tosca) fn with_inputs(service: &'s Service<'a>, settled: bool) -> Self {
        Self {
            open: !settled,
            ..Self::new(service)
        }
    }

    /// From now on `get_input` may also name one of these: the inputs of a workflow, whose values are given when it runs.
    pub(in crate::tosca) fn within(&mut self, workflow_inputs: Option<View<'a>>) {
        self.around = workflow_inputs;
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
            return Err(Stop::Faulty);
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
        if let Some(call) = Call::of(view) {
            let value = self.remembered(call, here, sink)?;
            let coerced = schema.and_then(|schema| coerce(&self.service.types, &value, schema).ok());
            return Ok(coerced.unwrap_or(value));
        }
        if extension::is_call(self.service.types.forest, view) {
            return Err(Stop::Unknown);
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

    /// Carries a call out, unless that was done before or is being done.
    fn remembered(&mut self, call: Call<'a>, here: Here, sink: &mut Sink) -> Result<Value, Stop> {
        let (source, node) = call.view.id();
        let key = (source, node, here);
        if self.memory.bytes > MOST_BYTES {
            return Err(Stop::Faulty);
        }
        if self.memory.needs(key, call) {
            return Err(Stop::Faulty);
        }
        if let Some(known) = self.memory.known.get(&key) {
            let known = known.clone();
            return self.spend(known, call.view, sink);
        }
        if self.memory.active.len() >= DEEPEST {
            let fault = Diagnostic::new(
                &codes::PROPERTY_CYCLE,
                call.view.span(),
                format!("this value is computed through more than {DEEPEST} others"),
            )
            .help("give one of the values on the way as it is");
            return Err(self.tell(fault, sink));
        }
        self.memory.active.push((key, call));
        let value = self.carry_out(call, here, sink);
        self.memory.active.pop();
        let value = self.spend(value, call.view, sink);
        self.memory.known.insert(key, value.clone());
        value
    }

    /// Counts what a value costs.
    fn spend(&mut self, value: Result<Value, Stop>, view: View<'a>, sink: &mut Sink) -> Result<Value, Stop> {
        let Ok(value) = value else { return value };
        self.memory.bytes = self.memory.bytes.saturating_add(size(&value));
        if self.memory.bytes <= MOST_BYTES {
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
        Err(Stop::Faulty)
    }

    /// Reports a fault, unless one is reported at the place already.
    pub(in crate::tosca) fn tell(&mut self, fault: Diagnostic, sink: &mut Sink) -> Stop {
        if self.told.insert(fault.span) {
            sink.push(fault);
        }
        Stop::Faulty
    }

    /// Reports the circles of values that were met since the last time.
    pub(in crate::tosca) fn report_circles(&mut self, sink: &mut Sink) {
        for circle in self.memory.circles() {
            if let Some(fault) = circle::report(self.service, &circle) {
                self.tell(fault, sink);
            }
        }
    }

    fn carry_out(&mut self, call: Call<'a>, here: Here, sink: &mut Sink) -> Result<Value, Stop> {
        let list = call.list();
        let forest = self.service.types.forest;
        let version = forest.file(forest.file_of(call.view)).version;
        if let Some(fault) = signature::fault(&call, &list, version) {
            return Err(self.tell(fault, sink));
        }
        if !call.function.is_text() {
            // Calls in the place of names are left to who runs the template; what they name is there all the same.
            for argument in list.iter().filter(|argument| is_call(**argument)) {
                let _ = self.value(*argument, None, here, sink);
            }
        }
        match call.function {
            Function::GetInput => self.input(&list, here, sink),
            Function::GetProperty | Function::GetAttribute => self.member(call, &list, here, sink),
            Function::GetOperationOutput => self.operation_output(call, &list, here, sink),
            Function::GetArtifact => self.artifact(call, &list, here, sink),
            Function::GetNodesOfType => self.nodes_of_type(list[0], sink),
            Function::Concat => self.concat(&list, here, sink),
            Function::Join => self.join(call, &list, here, sink),
            Function::Token => self.token(call, &list, here, sink),
        }
    }
}
