//! Finds the target, the capability and the relationship of every requirement.

mod choice;
mod named;
mod occurrences;
mod offer;
mod relation;
mod report;
mod wanted;

use super::super::Options;
use super::{NodeAt, Service};
use crate::diagnostic::Sink;

use choice::Chooser;
use wanted::Wanted;

/// What is found for one requirement.
#[derive(Debug, Default)]
struct Found<'a> {
    target: Option<NodeAt>,
    capability: Option<&'a str>,
    is_hosting: bool,
}

/// Resolves the requirements of all node templates: first those that name their target, then those that say only what
/// it must be like.
pub(super) fn resolve(service: &mut Service<'_>, options: &Options, sink: &mut Sink) {
    for at in (0..service.nodes.len()).map(NodeAt) {
        for which in 0..service.node(at).requirements.len() {
            let relation = relation::relation(service, at, which, sink);
            service.nodes[at.0].requirements[which].relation = relation;
            let found = named::resolve(&Wanted::new(service, at, which), options, sink);
            let requirement = &mut service.nodes[at.0].requirements[which];
            requirement.is_hosting = found.is_hosting;
            requirement.target = found.target;
            requirement.capability = found.capability;
        }
    }
    let mut chosen = Vec::new();
    let mut chooser = Chooser::new(service, options);
    for (at, node) in service.all_nodes() {
        for (which, requirement) in node.requirements.iter().enumerate() {
            if requirement.target.is_none()
                && let Some((target, capability)) = chooser.choose(&Wanted::new(service, at, which), sink)
            {
                chosen.push((at, which, target, capability));
            }
        }
    }
    for (at, which, target, capability) in chosen {
        let requirement = &mut service.nodes[at.0].requirements[which];
        requirement.target = Some(target);
        requirement.capability = capability;
    }
    occurrences::check(service, sink);
}
