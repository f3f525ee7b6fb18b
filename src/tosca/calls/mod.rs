//! Looks at every function call of a service, so that a wrong one is reported even where nothing needs its value, and
//! holds what calls give against what is declared.
//!
//! Each file here knows the places of one part of a service. A place that declares nothing is looked at for names only.

mod defaults;
mod judge;
mod node;
mod operation;
mod types;
mod workflow;

use super::map::{HashMap, HashSet};
use std::rc::Rc;

use super::function::{Evaluator, Here, Stop, calls_in};
use super::template::Service;
use super::types::TypeId;
use super::value::What;
use super::view::View;
use crate::diagnostic::{Diagnostic, Sink, codes};

pub(super) use types::check_types;

/// Evaluates all calls of the templates of a service.
pub(super) fn check(values: &mut Evaluator<'_, '_>, sink: &mut Sink) {
    let service = values.service;
    let mut calls = Calls {
        values,
        defaults: HashMap::default(),
        inputs: HashMap::default(),
    };
    calls.inputs(service, sink);
    for (at, _) in service.all_nodes() {
        calls.node(at, sink);
    }
    calls.relationships(sink);
    for policy in &service.policies {
        calls.sections(policy.of, policy.body, Here::Topology, sink);
        calls.defaults(policy.of, Some(policy.body), Here::Some(None), sink);
        calls.triggers(policy, sink);
    }
    for group in service.groups.values() {
        calls.sections(group.of, group.body, Here::Topology, sink);
        // What SELF means in types of groups and policies, and in the interfaces that groups have up to 1.2, is not said.
        calls.defaults(group.of, Some(group.body), Here::Some(None), sink);
        calls.interfaces(group.of, Some(group.body), Here::Some(None), sink);
    }
    for (name, output) in &service.outputs {
        if let Some(value) = output.default {
            let place = (What("output", name), output.key);
            calls.judge(value, Some(&output.schema), place, Here::Topology, sink);
        }
    }
    if let Some(mappings) = service.body.and_then(|body| body.get("substitution_mappings")) {
        calls.look(mappings, Here::Some(None), sink);
    }
    calls.workflows(sink);
    values.report_circles(sink);
}

struct Calls<'v, 's, 'a> {
    values: &'v mut Evaluator<'s, 'a>,
    /// Properties of types whose defaults hold calls.
    defaults: HashMap<TypeId, Rc<Vec<defaults::Computed<'s, 'a>>>>,
    /// Inputs of operations of types whose values may hold calls.
    inputs: HashMap<TypeId, operation::Given<'a>>,
}

impl<'s, 'a> Calls<'_, 's, 'a> {
    fn inputs(&mut self, service: &'s Service<'a>, sink: &mut Sink) {
        for (name, input) in &service.inputs {
            if let Some(default) = input.def.default {
                let place = (What("input", name), input.def.key);
                self.judge(default, Some(&input.def.schema), place, Here::Topology, sink);
                self.settled(name, default, sink);
            }
            // Operands of constraints, and what else may hold calls.
            self.look(input.def.body, Here::Topology, sink);
        }
    }

    /// The default of an input is needed before anything runs.
    fn settled(&mut self, input: &str, default: View<'a>, sink: &mut Sink) {
        if let Err(Stop::Runtime(reads, function)) = self.values.value(default, None, Here::Topology, sink) {
            let mut fault = Diagnostic::new(
                &codes::RUNTIME_VALUE,
                default.span(),
                format!("the default of input `{input}` is not known before the application runs"),
            )
            .note(format!(
                "`{function}` has a value only while it runs, and inputs are settled before"
            ))
            .help(format!(
                "write a value, or use `{function}` where `{input}` is needed"
            ));
            if reads != default.span() {
                fault = fault.related(reads, format!("`{function}` is called here"));
            }
            self.values.tell(fault, sink);
        }
    }

    /// Relationship templates that nothing uses: whose relationship they would be is not known.
    fn relationships(&mut self, sink: &mut Sink) {
        let service = self.values.service;
        let requirements = service.nodes.iter().flat_map(|node| &node.requirements);
        let used: HashSet<_> = requirements
            .filter_map(|requirement| Some(requirement.relation.body?.id()))
            .collect();
        for template in service.relationships.values() {
            if !used.contains(&template.body.id()) {
                let here = Here::Some(template.of);
                self.sections(template.of, template.body, here, sink);
                self.defaults(template.of, Some(template.body), here, sink);
                self.interfaces(template.of, Some(template.body), here, sink);
            }
        }
    }

    /// Looks at what the calls anywhere in a value name.
    fn look(&mut self, view: View<'a>, here: Here, sink: &mut Sink) {
        let mut found = Vec::new();
        calls_in(view, &mut found);
        for call in found {
            let _ = self.values.value(call, None, here, sink);
        }
    }
}

/// Whether there is any call in a value.
fn holds_calls(view: View<'_>) -> bool {
    let mut found = Vec::new();
    calls_in(view, &mut found);
    !found.is_empty()
}
