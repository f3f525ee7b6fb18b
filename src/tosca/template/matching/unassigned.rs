//! Requirements that must be fulfilled, and that a node template does not assign.
//!
//! Before 2.0 the standard does not say what becomes of them: an orchestrator may take something from outside, or refuse the
//! template. 2.0 (section 8.7.4) lets it add an assignment as the definition has it. khor adds none: a node that is placed
//! otherwise (by metadata, a policy, the command line) would wait for, or stand on, a node that its author did not name.
//! So it tells what is missing, and what there is for it.

use std::collections::{HashMap, HashSet};

use super::super::super::Options;
use super::super::super::types::{RequirementDef, TypeId};
use super::super::{NodeAt, NodeTemplate, Requirement, Service};
use super::choice::Chooser;
use super::report::SHOWN;
use super::wanted::Wanted;
use crate::diagnostic::{Diagnostic, Sink, codes};

/// Checks all node templates. Not for a document with errors: what is missing may be only a consequence. And nothing is
/// said of hosts when compiling: a node that needs one and has none is an error of its own then.
pub(in crate::tosca) fn check(service: &Service<'_>, options: &Options, sink: &mut Sink) {
    if sink.has_errors() {
        return;
    }
    let types = &service.types;
    let mut chooser = Chooser::new(service, options);
    let mut demanded: HashMap<TypeId, Vec<(&str, &RequirementDef<'_>)>> = HashMap::new();
    let placed = placed(service);
    for (at, node) in service.all_nodes() {
        let Some(of) = node.of.filter(|_| !is_excused(service, node)) else {
            continue;
        };
        let demanded = demanded.entry(of).or_insert_with(|| {
            let mut all = types.all(of, |of| &of.requirements);
            all.retain(|(_, def)| def.least > 0);
            all
        });
        let assigned: HashSet<&str> = node.requirements.iter().map(|assigned| assigned.name).collect();
        for &(name, def) in demanded.iter().filter(|(name, _)| !assigned.contains(name)) {
            let wanted = Wanted::of(service, at, Requirement::unassigned(node.key, name, of, def));
            if wanted.is_hosting() && (options.require_inputs || placed.contains(&at)) {
                continue;
            }
            if let Some(found) = chooser.fitting(&wanted) {
                report(&wanted, def, &found, sink);
            }
        }
    }
}

/// What a copy lacks its source lacks, and what another template or a node that is there already stands in for
/// (`directives`) has what it needs.
fn is_excused<'a>(service: &Service<'a>, node: &NodeTemplate<'a>) -> bool {
    node.is_open(&service.types) || node.body.key("copy").is_some() || node.body.get("directives").is_some()
}

/// The nodes of which is said on which host they run.
fn placed(service: &Service<'_>) -> HashSet<NodeAt> {
    let by_metadata = service.all_nodes().filter(|(_, node)| {
        let metadata = node.body.get("metadata");
        metadata.is_some_and(|metadata| metadata.key("khor.host").is_some())
    });
    let policies = service.policies.iter().filter(|policy| {
        let types = &service.types;
        policy
            .of
            .is_some_and(|of| types.is_named(of, "khor.policies.Placement"))
    });
    let by_policy = policies.flat_map(|policy| policy.targets.iter().copied());
    by_metadata.map(|(at, _)| at).chain(by_policy).collect()
}

fn report<'a>(wanted: &Wanted<'_, 'a>, def: &RequirementDef<'a>, found: &[NodeAt], sink: &mut Sink) {
    let node_types: Vec<TypeId> = def.node.into_iter().collect();
    let (node, name) = (wanted.source(), wanted.requirement.name);
    let types = &wanted.service.types;
    let looked = wanted.looked(&node_types);
    let mut fault = Diagnostic::new(
        &codes::UNASSIGNED_REQUIREMENT,
        node.key.span(),
        format!("`{}` does not assign its requirement `{name}`", node.name),
    );
    fault = match found {
        [] => fault
            .note(format!("it asks for {looked}, and no node template is one"))
            .help(format!(
                "add a node template that fits, and name it: `{name}: NAME`"
            )),
        [first, ..] => fault
            .note(format!(
                "it asks for {looked}; nothing is chosen for what is not assigned"
            ))
            .help(format!(
                "add `{name}: {}` to its requirements",
                wanted.service.node(*first).name
            )),
    };
    for &at in found.iter().take(SHOWN) {
        fault = fault.related(wanted.service.node(at).key.span(), "this one fits");
    }
    if !types.forest.file(types.forest.file_of(def.key)).embedded {
        fault = fault.related(def.key.span(), format!("`{name}` is defined here"));
    }
    sink.push(fault);
}
