//! Looks at every function call of the templates, so that a wrong one is reported even where nothing needs its value,
//! and holds what calls give against what is declared.

use std::collections::HashMap;

use serde_json::Value;

use super::super::function::{Here, calls_in, is_call};
use super::super::template::shown;
use super::super::types::{CapabilityDef, PropertyDef, TypeId, Types};
use super::super::value::{Checker, Misfit, Of, Schema, What, coerce};
use super::super::view::View;
use super::Lowering;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};

/// Defaults that hold calls, by the name of their property.
type Computed<'s, 'a> = Vec<(&'a str, &'s PropertyDef<'a>)>;

/// Evaluates all calls.
pub(super) fn check(lowering: &mut Lowering<'_, '_>, sink: &mut Sink) {
    let service = lowering.service;
    let types = &service.types;
    let mut defaults: HashMap<TypeId, Computed<'_, '_>> = HashMap::new();
    let mut calls = Calls { lowering };
    calls.inputs(sink);
    for (at, node) in service.all_nodes() {
        let here = Here::Node(at);
        calls.sections(node.of, node.body, here, sink);
        for (_, name, body) in node.body.entries_of("capabilities") {
            let def = node.of.and_then(|of| types.capability(of, name));
            calls.capability(def, body, here, sink);
        }
        if let Some(of) = node.of {
            let given = node.body.get("properties");
            for (name, property) in defaults.entry(of).or_insert_with(|| computed(types, of)) {
                let is_given = given.is_some_and(|given| given.key(name).is_some());
                if let Some(default) = property.default.filter(|_| !is_given) {
                    calls.property(name, default, Some(property), here, sink);
                }
            }
        }
        for (which, requirement) in node.requirements.iter().enumerate() {
            let relation = requirement.relation;
            if let Some(body) = relation.body {
                calls.sections(relation.of, body, Here::Relationship(at, which), sink);
            }
        }
    }
    for policy in &service.policies {
        calls.sections(policy.of, policy.body, Here::Topology, sink);
    }
    for group in service.groups.values() {
        calls.sections(group.of, group.body, Here::Topology, sink);
    }
    for (name, output) in &service.outputs {
        if let Some(value) = output.default {
            let what = What("output", name);
            calls.judge(
                value,
                Some(&output.schema),
                (what, output.key),
                Here::Topology,
                sink,
            );
        }
    }
    lowering.values.report_circles(sink);
}

/// The defaults of a type that hold calls.
fn computed<'s, 'a>(types: &'s Types<'a>, of: TypeId) -> Computed<'s, 'a> {
    let mut all = types.all(of, |of| &of.properties);
    all.retain(|(_, property)| {
        let mut found = Vec::new();
        property
            .default
            .into_iter()
            .for_each(|default| calls_in(default, &mut found));
        !found.is_empty()
    });
    all
}

struct Calls<'l, 's, 'a> {
    lowering: &'l mut Lowering<'s, 'a>,
}

impl<'a> Calls<'_, '_, 'a> {
    fn inputs(&mut self, sink: &mut Sink) {
        for (name, input) in &self.lowering.service.inputs {
            if let Some(default) = input.def.default {
                let place = (What("input", name), input.def.key);
                self.judge(default, Some(&input.def.schema), place, Here::Topology, sink);
            }
        }
    }

    /// The properties and attributes of a template.
    fn sections(&mut self, of: Option<TypeId>, body: View<'a>, here: Here, sink: &mut Sink) {
        let types = &self.lowering.service.types;
        for (_, name, value) in body.entries_of("properties") {
            let def = of.and_then(|of| types.property(of, name));
            self.property(name, value, def, here, sink);
        }
        for (_, _, value) in body.entries_of("attributes") {
            self.judge(value, None, (What("attribute", ""), value), here, sink);
        }
    }

    fn capability(&mut self, def: Option<&CapabilityDef<'a>>, body: View<'a>, here: Here, sink: &mut Sink) {
        let types = &self.lowering.service.types;
        for (_, name, value) in body.entries_of("properties") {
            let def = def.and_then(|def| def.property(types, name));
            self.property(name, value, def, here, sink);
        }
    }

    fn property(
        &mut self,
        name: &str,
        value: View<'a>,
        def: Option<&PropertyDef<'a>>,
        here: Here,
        sink: &mut Sink,
    ) {
        let place = (What("property", name), def.map_or(value, |def| def.key));
        self.judge(value, def.map(|def| &def.schema), place, here, sink);
    }

    /// Evaluates the calls in a value, and holds what each gives against its schema.
    fn judge(
        &mut self,
        view: View<'a>,
        schema: Option<&Schema<'a>>,
        place: (What<'_>, View<'a>),
        here: Here,
        sink: &mut Sink,
    ) {
        if is_call(view) {
            let value = self.lowering.values.value(view, None, here, sink);
            if let (Ok(value), Some(schema)) = (value, schema)
                && !self.lowering.values.reads_misfit(view, &value, here)
            {
                self.hold(view, &value, schema, place, sink);
            }
            return;
        }
        let entry = schema.and_then(|schema| schema.entry.as_deref());
        if view.is_list() {
            for item in view.items() {
                self.judge(item, entry, place, here, sink);
            }
            return;
        }
        let types = &self.lowering.service.types;
        let data = schema.and_then(|schema| match schema.of {
            Of::Data(id) => Some(id),
            _ => None,
        });
        for (_, name, value) in view.entries() {
            let property = data.and_then(|id| types.property(id, name));
            match property {
                Some(_) => self.property(name, value, property, here, sink),
                None => self.judge(value, entry, place, here, sink),
            }
        }
    }

    fn hold(
        &mut self,
        view: View<'a>,
        value: &Value,
        schema: &Schema<'a>,
        (what, defined): (What<'_>, View<'a>),
        sink: &mut Sink,
    ) {
        let types = &self.lowering.service.types;
        let checker = Checker {
            types,
            what,
            defined: defined.span(),
        };
        // That is reported already.
        if value.is_null() || checker.mismatch(view, schema).is_some() {
            return;
        }
        let Err(Misfit { breaks, why }) = coerce(types, value, schema) else {
            return;
        };
        let (function, argument) = view
            .only_entry()
            .map_or(("", view), |(_, name, argument)| (name, argument));
        let gives = format!("`{function}` gives `{}` here, which", shown(value));
        let mut fault = if breaks {
            Diagnostic::new(
                &codes::VIOLATED_CONSTRAINT,
                view.span(),
                format!("{gives} breaks a constraint of {what}"),
            )
        } else {
            let of = schema.name(types);
            Diagnostic::new(
                &codes::WRONG_TYPE,
                view.span(),
                format!("{gives} is not of type `{of}`, as declared for {what}"),
            )
        };
        // An input may be given another value than its default.
        let input = argument
            .text()
            .and_then(|name| self.lowering.service.inputs.get(name));
        let from = match input.filter(|_| function == "get_input") {
            Some(input) if input.given.is_none() => {
                fault.severity = Severity::Warning;
                Some((input.def.default.unwrap_or(input.def.key), "its default is here"))
            }
            _ => None,
        };
        fault = fault
            .note(why)
            .help("change what it reads, or what is declared")
            .related(defined.span(), "declared here");
        if let Some((place, words)) = from {
            fault = fault.related(place.span(), words);
        }
        sink.push(fault);
    }
}
