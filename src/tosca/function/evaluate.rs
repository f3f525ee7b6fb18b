//! Values of templates as JSON, with their functions carried out as far as that can be done before anything runs.

use std::collections::BTreeMap;

use super::super::map::HashSet;

use serde_json::Value;

use super::super::extension;
use super::super::template::{NodeAt, Service};
use super::super::types::TypeId;
use super::super::value::{Of, Schema, coerce, infer, scalar_json};
use super::super::view::View;
use super::call::{Call, Function, is_call};
use super::memory::{DEEPEST, MOST_BYTES, Memory, size};
use super::seen::Group;
use super::{circle, signature};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::{Loader, Span};
use crate::topology::{Attribute, Expression, Leaf, Want, Wanted};

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

/// A value, as far as it is known before the application runs.
pub(in crate::tosca) type Term = Expression<Wanted>;

/// Evaluates values. Each call is evaluated once per template, and each fault reported once.
#[derive(Debug)]
pub(in crate::tosca) struct Evaluator<'s, 'a> {
    pub(in crate::tosca) service: &'s Service<'a>,
    /// Inputs may still get other values than their defaults: none of them is known.
    pub(super) open: bool,
    /// The inputs of the workflow that is being looked at.
    pub(super) around: Option<View<'a>>,
    /// What is known of what will be run; none while nothing is to be run.
    pub(in crate::tosca) plan: Option<Plan<'s>>,
    /// Per node, how many edges of the topology come before its own.
    pub(super) edges: std::cell::OnceCell<Vec<usize>>,
    /// Per node, the scalable node that it is or stands on; empty where there is none, or while nothing is lowered.
    pub(in crate::tosca) groups: Vec<Option<Group>>,
    memory: Memory<'a>,
    told: HashSet<Span>,
}

impl<'s, 'a> Evaluator<'s, 'a> {
    pub(in crate::tosca) fn new(service: &'s Service<'a>) -> Self {
        Self {
            service,
            open: false,
            around: None,
            plan: None,
            edges: std::cell::OnceCell::new(),
            groups: Vec::new(),
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

    /// The value of `view`, declared as `schema`, if it is known before the application runs.
    pub(in crate::tosca) fn value(
        &mut self,
        view: View<'a>,
        schema: Option<&Schema<'a>>,
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        match self.term(view, schema, here, sink)? {
            Expression::Value(value) => Ok(value),
            term => Err(runtime(&term, view)),
        }
    }

    /// The value of `view`, declared as `schema`.
    pub(in crate::tosca) fn term(
        &mut self,
        view: View<'a>,
        schema: Option<&Schema<'a>>,
        here: Here,
        sink: &mut Sink,
    ) -> Result<Term, Stop> {
        if view.is_error() {
            return Err(Stop::Faulty);
        }
        if view.is_list() {
            let entry = schema.and_then(|schema| schema.entry.as_deref());
            let items = view.items().map(|item| self.term(item, entry, here, sink));
            return items.collect::<Result<_, _>>().map(listed);
        }
        if !view.is_map() {
            let base = schema.and_then(|schema| schema.base(&self.service.types));
            return Ok(Term::Value(match (base, view.text()) {
                (Some(base), Some(text)) if !view.is_null() => scalar_json(text, base),
                _ => infer(view),
            }));
        }
        if let Some(call) = Call::of(view) {
            let value = match self.remembered(call, here, sink)? {
                Term::Value(value) => value,
                term => return Ok(term),
            };
            let coerced = schema.and_then(|schema| coerce(&self.service.types, &value, schema).ok());
            return Ok(Term::Value(coerced.unwrap_or(value)));
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
    ) -> Result<Term, Stop> {
        let service = self.service;
        let data = schema.and_then(|schema| match schema.of {
            Of::Data(id) if service.types.get(id).builtin.is_none() => Some(id),
            _ => None,
        });
        let entry = schema.and_then(|schema| schema.entry.as_deref());
        let mut whole: BTreeMap<String, Term> = BTreeMap::new();
        for (_, name, value) in view.entries() {
            let property = data.and_then(|id| service.types.property(id, name));
            let schema = property.map(|property| &property.schema).or(entry);
            match self.term(value, schema, here, sink) {
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
                && let Ok(value) = self.term(default, Some(&property.schema), here, sink)
            {
                whole.insert(name.to_owned(), value);
            }
        }
        Ok(mapped(whole))
    }

    /// Carries a call out, unless that was done before or is being done.
    fn remembered(&mut self, call: Call<'a>, here: Here, sink: &mut Sink) -> Result<Term, Stop> {
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
    fn spend(&mut self, value: Result<Term, Stop>, view: View<'a>, sink: &mut Sink) -> Result<Term, Stop> {
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

    fn carry_out(&mut self, call: Call<'a>, here: Here, sink: &mut Sink) -> Result<Term, Stop> {
        let list = call.list();
        let forest = self.service.types.forest;
        let version = forest.file(forest.file_of(call.view)).version;
        if let Some(fault) = signature::fault(&call, &list, version) {
            return Err(self.tell(fault, sink));
        }
        if !call.function.is_text() {
            // Calls in the place of names are left to who runs the template; what they name is there all the same.
            for argument in list.iter().filter(|argument| is_call(**argument)) {
                let _ = self.term(*argument, None, here, sink);
            }
        }
        match call.function {
            Function::GetInput => self.input(&list, here, sink),
            Function::GetProperty | Function::GetAttribute => self.member(call, &list, here, sink),
            Function::GetOperationOutput => self.operation_output(call, &list, here, sink),
            Function::GetArtifact => self.artifact(call, &list, here, sink),
            Function::GetSecret => self.secret(call, &list, sink),
            Function::GetNodesOfType => self.nodes_of_type(list[0], sink).map(Term::Value),
            Function::Concat => self.concat(&list, here, sink),
            Function::Join => self.join(call, &list, here, sink),
            Function::Token => self.token(call, &list, here, sink),
        }
    }
}

/// What is known of what will be run.
#[derive(Clone)]
pub(in crate::tosca) struct Plan<'s> {
    /// Where the files of artifacts are.
    pub(in crate::tosca) loader: &'s dyn Loader,
    /// The attributes that outputs of operations are mapped to.
    pub(in crate::tosca) mapped: HashSet<Attribute>,
}

impl std::fmt::Debug for Plan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Plan").field(&self.mapped).finish()
    }
}

/// A list of terms as one.
pub(super) fn listed(items: Vec<Term>) -> Term {
    match items.iter().map(|item| item.value().cloned()).collect() {
        Some(values) => Term::Value(Value::Array(values)),
        None => Term::List(items),
    }
}

fn mapped(entries: BTreeMap<String, Term>) -> Term {
    let known = entries
        .iter()
        .map(|(name, term)| Some((name.clone(), term.value()?.clone())));
    match known.collect() {
        Some(values) => Term::Value(Value::Object(values)),
        None => Term::Map(entries),
    }
}

/// That a term has no value before the application runs, by the first thing that it reads then.
pub(in crate::tosca) fn runtime(term: &Term, view: View<'_>) -> Stop {
    match term.leaves().first() {
        Some(Leaf::Given(wanted)) => {
            let is_output = matches!(wanted.what, Want::Output { .. });
            let function = if is_output {
                Function::GetOperationOutput
            } else {
                Function::GetAttribute
            };
            Stop::Runtime(wanted.span, function.as_str())
        }
        Some(Leaf::File(_)) => Stop::Runtime(view.span(), Function::GetArtifact.as_str()),
        Some(Leaf::Secret(_)) => Stop::Runtime(view.span(), Function::GetSecret.as_str()),
        None => Stop::Unknown,
    }
}
