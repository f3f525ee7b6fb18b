//! Finds the target, the capability and the relationship of every requirement.

mod choice;
mod named;
mod occurrences;
mod offer;
mod relation;
mod report;
mod unassigned;
mod wanted;

use super::super::map::HashMap;

use super::super::Options;
use super::{NodeAt, Requirement, Service};
use crate::diagnostic::Sink;

use choice::Chooser;
use offer::Fits;
pub(in crate::tosca) use unassigned::check as check_unassigned;
use wanted::Wanted;

/// A node template that fits, and its capability that is used.
type Fitting<'a> = (NodeAt, Option<&'a str>);

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
    let mut fits = Fits::default();
    for at in (0..service.nodes.len()).map(NodeAt) {
        for which in 0..service.node(at).requirements.len() {
            let relation = relation::relation(service, at, which, sink);
            service.nodes[at.0].requirements[which].relation = relation;
            let found = named::resolve(&Wanted::new(service, at, which), &mut fits, options, sink);
            let requirement = &mut service.nodes[at.0].requirements[which];
            requirement.is_hosting = found.is_hosting;
            requirement.target = found.target;
            requirement.capability = found.capability;
        }
    }
    let mut chosen: HashMap<(NodeAt, usize), Vec<Fitting<'_>>> = HashMap::default();
    let mut chooser = Chooser::new(service, options);
    for (at, node) in service.all_nodes() {
        for (which, requirement) in node.requirements.iter().enumerate() {
            if requirement.target.is_none() {
                let targets = chooser.choose(&Wanted::new(service, at, which), sink);
                chosen.insert((at, which), targets);
            }
        }
    }
    for at in (0..service.nodes.len()).map(NodeAt) {
        let requirements = &mut service.nodes[at.0].requirements;
        if requirements
            .iter()
            .all(|requirement| requirement.target.is_some())
        {
            continue;
        }
        let assigned = std::mem::take(requirements);
        for (which, requirement) in assigned.into_iter().enumerate() {
            let targets = chosen.remove(&(at, which)).unwrap_or_default();
            requirements.extend(fulfilled(requirement, targets));
        }
    }
    occurrences::check(service, sink);
}

/// An assignment with the targets that were chosen for it; as it was, if there are none.
fn fulfilled<'a>(assigned: Requirement<'a>, targets: Vec<Fitting<'a>>) -> Vec<Requirement<'a>> {
    if targets.is_empty() {
        return vec![assigned];
    }
    let each = |(nth, (target, capability))| Requirement {
        target: Some(target),
        capability,
        again: nth > 0,
        ..assigned.clone()
    };
    targets.into_iter().enumerate().map(each).collect()
}
