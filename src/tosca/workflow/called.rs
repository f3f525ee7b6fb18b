//! Calls of workflows: by a name, or with inputs (Simple Profile 1.3, sections 3.6.23.1 and 3.6.23.4).

use super::super::template::Service;
use super::super::types::PropertyDef;
use super::super::value::{Checker, What};
use super::super::view::View;
use super::{unknown, workflow};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Workflows that are there without being written.
pub(super) const BUILT_IN: [&str; 2] = ["deploy", "undeploy"];

/// Checks a call: that the workflow is there, and gets the inputs that it declares. What is inlined in the workflow `around`
/// it finds inputs there, too.
pub(super) fn called<'a>(service: &Service<'a>, value: View<'a>, around: Option<View<'a>>, sink: &mut Sink) {
    let named = match value.name() {
        Some(name) => Some((value, name)),
        None => value.name_of("workflow"),
    };
    let Some((view, name)) = named else { return };
    let body = workflow(service, name);
    if body.is_none() && !BUILT_IN.contains(&name) {
        unknown(service, view, name, around.is_none(), sink);
        return;
    }
    let types = &service.types;
    let declared = || body.into_iter().flat_map(|body| body.entries_of("inputs"));
    for (key, input, given) in value.entries_of("inputs") {
        let Some((at, _, def)) = declared().find(|(_, known, _)| *known == input) else {
            let known = declared().map(|(_, name, _)| name);
            sink.push(unknown_input(
                name,
                body,
                (key, input),
                did_you_mean(input, known),
            ));
            continue;
        };
        if def.is_map() {
            let def = PropertyDef::read(types, at, def, None, &mut Sink::new());
            Checker {
                types,
                what: What("input", input),
                defined: at.span(),
            }
            .check(given, &def.schema, sink);
        }
    }
    for (at, input, def) in declared().filter(|(_, _, def)| def.is_map()) {
        let is_given = |body: View<'a>| {
            body.get("inputs")
                .is_some_and(|inputs| inputs.key(input).is_some())
        };
        if is_given(value) || around.is_some_and(is_given) {
            continue;
        }
        let def = PropertyDef::read(types, at, def, None, &mut Sink::new());
        if !def.required || def.default.is_some() {
            continue;
        }
        sink.push(
            Diagnostic::new(
                &codes::WORKFLOW_INPUT,
                view.span(),
                format!("workflow `{name}` is not given its input `{input}`"),
            )
            .note("the input is required and has no default")
            .help(format!(
                "write `workflow: {name}`, and `inputs:` with a value for `{input}`"
            ))
            .related(at.span(), format!("`{input}` is declared here")),
        );
    }
}

fn unknown_input<'a>(
    name: &str,
    body: Option<View<'a>>,
    (key, input): (View<'a>, &str),
    near: Option<String>,
) -> Diagnostic {
    let fault = Diagnostic::new(
        &codes::UNKNOWN_INPUT,
        key.span(),
        format!("workflow `{name}` has no input `{input}`"),
    );
    match body {
        Some(body) => fault
            .help(near.unwrap_or_else(|| format!("remove it, or declare it under `inputs` of `{name}`")))
            .related(body.span(), format!("`{name}` is defined here")),
        None => fault
            .note("it is there without being written, and takes none")
            .help("remove it"),
    }
}
