//! Looks at every function call of the templates, so that a wrong one is reported even where nothing needs its value.

use super::super::function::{Here, calls_in};
use super::super::view::View;
use super::Lowering;
use crate::diagnostic::Sink;

/// Evaluates all calls, for their faults.
pub(super) fn check(lowering: &mut Lowering<'_, '_>, sink: &mut Sink) {
    let service = lowering.service;
    let mut found = Vec::new();
    for (at, node) in service.all_nodes() {
        for section in ["properties", "attributes", "capabilities"] {
            node.body
                .get(section)
                .into_iter()
                .for_each(|body| calls_in(body, &mut found));
        }
        evaluate(lowering, &mut found, Here::Node(at), sink);
        for (which, requirement) in node.requirements.iter().enumerate() {
            let body = requirement.relation.body;
            for section in ["properties", "attributes"] {
                body.and_then(|body| body.get(section))
                    .into_iter()
                    .for_each(|body| calls_in(body, &mut found));
            }
            evaluate(lowering, &mut found, Here::Relationship(at, which), sink);
        }
    }
    let bodies = service.policies.iter().map(|policy| policy.body);
    for body in bodies.chain(service.groups.values().map(|group| group.body)) {
        body.get("properties")
            .into_iter()
            .for_each(|body| calls_in(body, &mut found));
    }
    evaluate(lowering, &mut found, Here::Topology, sink);
}

fn evaluate<'a>(lowering: &mut Lowering<'_, 'a>, found: &mut Vec<View<'a>>, here: Here, sink: &mut Sink) {
    for call in found.drain(..) {
        let _ = lowering.values.value(call, None, here, sink);
    }
}
