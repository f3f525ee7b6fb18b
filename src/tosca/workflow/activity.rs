//! Activities: what a step of a workflow or a trigger does (Simple Profile 1.3, section 3.6.23).

use super::super::template::Service;
use super::super::types::{InterfaceDef, TypeKind};
use super::super::value::{Checker, What};
use super::super::view::View;
use super::Subject;
use super::called::called;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, did_you_mean};

/// Checks activities that act on one subject.
pub(in crate::tosca) struct Activities<'s, 'a> {
    pub(in crate::tosca) service: &'s Service<'a>,
    pub(in crate::tosca) subject: &'s Subject<'a>,
    /// The workflow that they belong to: its inputs are those of what it inlines, too.
    pub(in crate::tosca) around: Option<View<'a>>,
}

impl<'a> Activities<'_, 'a> {
    /// Checks a list of activities.
    pub(in crate::tosca) fn check(&self, activities: Option<View<'a>>, sink: &mut Sink) {
        for (_, kind, value) in activities
            .into_iter()
            .flat_map(View::items)
            .filter_map(View::only_entry)
        {
            match kind {
                "delegate" => called(self.service, value, None, sink),
                "inline" => called(self.service, value, self.around, sink),
                "call_operation" => self.call(value, sink),
                "set_state" => state(value, sink),
                _ => {}
            }
        }
    }

    /// Checks the calls of operations in a list of activities; which workflows there are is not known.
    pub(in crate::tosca) fn check_calls(&self, activities: Option<View<'a>>, sink: &mut Sink) {
        let entries = activities
            .into_iter()
            .flat_map(View::items)
            .filter_map(View::only_entry);
        for (_, _, value) in entries.filter(|(_, kind, _)| *kind == "call_operation") {
            self.call(value, sink);
        }
    }

    /// `INTERFACE.OPERATION`; the interface by its name or its type's.
    fn call(&self, value: View<'a>, sink: &mut Sink) {
        let named = value
            .name()
            .map(|name| (value, name))
            .or_else(|| value.name_of("operation"));
        let Some((view, name)) = named else { return };
        let Some((interface_name, operation_name)) = name
            .rsplit_once('.')
            .filter(|(interface, operation)| !interface.is_empty() && !operation.is_empty())
        else {
            sink.push(
                Diagnostic::new(
                    &codes::OPERATION_NAME,
                    view.span(),
                    format!("`{name}` does not say of which interface"),
                )
                .note("an operation is called as `INTERFACE.OPERATION`")
                .help(format!(
                    "write the interface before it: `Standard.{}`",
                    name.trim_matches('.')
                )),
            );
            return;
        };
        if self.subject.open {
            return;
        }
        let types = &self.service.types;
        let all = self.subject.interfaces(self.service);
        let file = types.forest.file_of(view);
        let meant = types.scopes.find(file, TypeKind::Interface, interface_name);
        let found: Vec<&InterfaceDef<'a>> = all
            .iter()
            .filter_map(|interfaces| {
                interfaces.get(interface_name).or_else(|| {
                    interfaces
                        .values()
                        .find(|known| meant.is_some() && known.of == meant)
                })
            })
            .collect();
        let subject = self.subject.name;
        if found.is_empty() {
            let mut known: Vec<_> = all
                .iter()
                .flat_map(|interfaces| interfaces.keys().copied())
                .collect();
            known.dedup();
            let of = all
                .iter()
                .flat_map(|interfaces| interfaces.values())
                .filter_map(|interface| interface.of);
            known.extend(of.map(|of| types.get(of).name));
            sink.push(
                Diagnostic::new(
                    &codes::UNKNOWN_INTERFACE,
                    view.span(),
                    format!("`{subject}` has no interface `{interface_name}`"),
                )
                .help(did_you_mean(interface_name, known).unwrap_or_else(|| {
                    format!("name an interface that `{subject}` has, or define it in its type")
                })),
            );
            return;
        }
        let operations: Vec<_> = found
            .iter()
            .filter_map(|interface| Some((interface, interface.operations.get(operation_name)?)))
            .collect();
        if operations.is_empty() {
            let known = found
                .iter()
                .flat_map(|interface| interface.operations.keys().copied());
            sink.push(
                Diagnostic::new(
                    &codes::UNKNOWN_OPERATION,
                    view.span(),
                    format!("interface `{interface_name}` has no operation `{operation_name}`"),
                )
                .help(did_you_mean(operation_name, known).unwrap_or_else(|| {
                    "name an operation that it has, or define it in the interface's type".to_owned()
                }))
                .related(found[0].key.span(), "the interface is here"),
            );
            return;
        }
        for (_, input, value) in value.entries_of("inputs") {
            let schema = operations.iter().find_map(|(interface, operation)| {
                let def = operation
                    .inputs
                    .get(input)
                    .or_else(|| interface.inputs.get(input))?;
                Some((def.key, def.schema()?))
            });
            if let Some((key, schema)) = schema {
                Checker {
                    types,
                    what: What("input", input),
                    defined: key.span(),
                }
                .check(value, schema, sink);
            }
        }
    }
}

/// A state that is almost one of the standard's (Simple Profile 1.3, section 3.4.1). Others may be set as well.
fn state(value: View<'_>, sink: &mut Sink) {
    const STATES: [&str; 12] = [
        "initial",
        "creating",
        "created",
        "configuring",
        "configured",
        "starting",
        "started",
        "stopping",
        "stopped",
        "deleting",
        "deleted",
        "error",
    ];
    let Some(name) = value.name().filter(|name| !STATES.contains(name)) else {
        return;
    };
    let Some(help) = did_you_mean(name, STATES) else {
        return;
    };
    let mut fault = Diagnostic::new(
        &codes::INVALID_VALUE,
        value.span(),
        format!("`{name}` is no state of the standard's"),
    )
    .note("nothing that waits for a state of a node would see it")
    .help(help);
    fault.severity = Severity::Warning;
    sink.push(fault);
}

/// Checks `operation_host`: a word of the standard, or a node template or group.
pub(in crate::tosca) fn operation_host<'a>(service: &Service<'a>, body: View<'a>, sink: &mut Sink) {
    const WORDS: [&str; 5] = ["SELF", "HOST", "SOURCE", "TARGET", "ORCHESTRATOR"];
    let Some((view, name)) = body.name_of("operation_host") else {
        return;
    };
    if WORDS.contains(&name) || service.by_name.contains_key(name) || service.groups.contains_key(name) {
        return;
    }
    let known = service.nodes.iter().map(|node| node.name);
    sink.push(
        Diagnostic::new(
            &codes::OPERATION_HOST,
            view.span(),
            format!("unknown host of operations: `{name}`"),
        )
        .note("it is `SELF`, `HOST`, `SOURCE`, `TARGET`, `ORCHESTRATOR`, or a node template or group")
        .help(
            did_you_mean(name, WORDS.into_iter().chain(known))
                .unwrap_or_else(|| format!("add a node template `{name}`, or name one that is there")),
        ),
    );
}
