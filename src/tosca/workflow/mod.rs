//! Workflows: their steps, what these act on, and the graph they form (Simple Profile 1.3, sections 3.8.7 and 7.3).

mod activity;
mod called;
mod condition;
mod graph;
mod subject;

use super::template::{Service, check_default};
use super::types::PropertyDef;
use super::value::{What, check_schema};
use super::view::View;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, did_you_mean};

pub(super) use activity::{Activities, operation_host};
pub(super) use condition::conditions;
pub(super) use subject::Subject;

/// Checks all workflows of a service.
pub(super) fn check(service: &Service<'_>, sink: &mut Sink) {
    let Some(body) = service.body else { return };
    for (_, _, workflow) in body.entries_of("workflows") {
        inputs(service, workflow, sink);
        one_way(workflow, sink);
        for precondition in workflow.get("preconditions").into_iter().flat_map(View::items) {
            if let Some(subject) = Subject::of_target(service, precondition, sink) {
                conditions(service, &subject, precondition.get("condition"), sink);
            }
        }
        for (_, _, step) in workflow.entries_of("steps") {
            check_step(service, workflow, step, sink);
        }
        graph::check_steps(workflow, sink);
    }
    graph::check_inlined(body, sink);
}

fn inputs<'a>(service: &Service<'a>, workflow: View<'a>, sink: &mut Sink) {
    let types = &service.types;
    for (key, name, body) in workflow.entries_of("inputs").filter(|(_, _, body)| body.is_map()) {
        let def = PropertyDef::read(types, key, body, None, sink);
        check_schema(types, body, &def.schema, What("input", name), sink);
        check_default(types, key, name, &def, sink);
    }
}

/// A workflow is described by steps, or carried out by something else, never both (Simple Profile 1.3, section 3.8.7).
fn one_way(workflow: View<'_>, sink: &mut Sink) {
    if let (Some(implementation), Some(steps)) = (workflow.key("implementation"), workflow.key("steps")) {
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_KEYNAME,
                implementation.span(),
                "a workflow has `steps` or an `implementation`, not both",
            )
            .note("with an implementation something else than TOSCA describes what is done")
            .help("remove one of the two")
            .related(steps.span(), "its steps are here"),
        );
    }
}

fn check_step<'a>(service: &Service<'a>, workflow: View<'a>, step: View<'a>, sink: &mut Sink) {
    operation_host(service, step, sink);
    let Some(subject) = Subject::of_target(service, step, sink) else {
        return;
    };
    conditions(service, &subject, step.get("filter"), sink);
    Activities {
        service,
        subject: &subject,
        around: Some(workflow),
    }
    .check(step.get("activities"), sink);
}

/// The steps that a step leads to: names with their places.
fn next<'a>(step: View<'a>, way: &str) -> Vec<(View<'a>, &'a str)> {
    let Some(names) = step.get(way) else {
        return Vec::new();
    };
    if let Some(name) = names.name() {
        return vec![(names, name)];
    }
    names
        .items()
        .filter_map(|item| Some((item, item.name()?)))
        .collect()
}

/// The body of a workflow, by name.
fn workflow<'a>(service: &Service<'a>, name: &str) -> Option<View<'a>> {
    let workflows = service.body?.get("workflows")?;
    workflows.get_nullable(name)
}

/// Reports a workflow that is not there. Whoever one `is_delegated` to may have workflows of its own, if the name is not
/// almost one that is there.
fn unknown<'a>(service: &Service<'a>, at: View<'a>, name: &str, is_delegated: bool, sink: &mut Sink) {
    let known = service
        .body
        .into_iter()
        .flat_map(|body| body.entries_of("workflows"))
        .map(|(_, name, _)| name);
    let near = did_you_mean(name, known.chain(called::BUILT_IN));
    let severity = if is_delegated && near.is_none() {
        Severity::Warning
    } else {
        Severity::Error
    };
    let mut fault = Diagnostic::new(
        &codes::UNKNOWN_WORKFLOW,
        at.span(),
        format!("unknown workflow `{name}`"),
    )
    .note("beside its own workflows a topology has `deploy` and `undeploy`")
    .help(
        near.unwrap_or_else(|| format!("add `{name}` under `workflows`, or name a workflow that is there")),
    );
    fault.severity = severity;
    sink.push(fault);
}
