//! Holds every template against its type.

use super::super::filter;
use super::super::map::HashMap;
use super::super::types::{Completing, PropertyDef, TypeId, Types};
use super::super::value::{Owner, Within, properties};
use super::super::view::View;
use super::{Bearing, NodeTemplate, Service, attribute, capability, directive};
use crate::diagnostic::{Diagnostic, Sink, codes};

/// Checks node templates, relationship templates, groups and policies. Interfaces are checked where they are lowered.
pub(in crate::tosca) fn check(service: &Service<'_>, sink: &mut Sink) {
    let types = &service.types;
    let mut demanding = capability::Demanding::default();
    let mut checking = Checking {
        types,
        all: HashMap::default(),
    };
    for node in &service.nodes {
        let Some(of) = node.of else { continue };
        directive::check(types, node.body, sink);
        checking.properties(of, (node.key, Within::Properties), node.body, sink);
        attribute::check(types, of, node.body, |_| None, sink);
        node_filter(types, of, node, sink);
        capability::check(service, node, &mut demanding, sink);
        for (key, name, artifact) in node.body.entries_of("artifacts") {
            types.check_artifact(key, artifact, Completing::By(types.artifact(of, name)), sink);
        }
        for requirement in node.requirements.iter().filter(|requirement| !requirement.again) {
            // A relationship template is checked where it stands; without a body nothing is given.
            let relation = requirement.relation;
            let Some(body) = requirement.body else { continue };
            let stated = body.get("relationship").filter(|stated| stated.is_map());
            if let Some(of) = relation.of
                && !body.has_lost("relationship")
                && (stated.is_some() || relation.body.is_none())
            {
                let place = (requirement.key, Within::Part("relationship"));
                checking.properties(of, place, stated.unwrap_or(body), sink);
            }
        }
    }
    for template in service.relationships.values() {
        let Some(of) = template.of else { continue };
        checking.properties(of, (template.key, Within::Properties), template.body, sink);
        attribute::check(types, of, template.body, |_| None, sink);
        interfaces(types, of, (template.key, template.body), sink);
    }
    for group in service.groups.values() {
        let Some(of) = group.of else { continue };
        checking.properties(of, (group.key, Within::Properties), group.body, sink);
        attribute::check(types, of, group.body, |_| None, sink);
        if group.has_interfaces(types) {
            interfaces(types, of, (group.key, group.body), sink);
        }
    }
    for policy in &service.policies {
        let Some(of) = policy.of else { continue };
        checking.properties(of, (policy.key, Within::Properties), policy.body, sink);
    }
}

/// Checks the interfaces of all node templates, of a service that is not lowered: lowering does so by itself.
pub(in crate::tosca) fn check_interfaces(service: &Service<'_>, sink: &mut Sink) {
    for node in &service.nodes {
        let Some(of) = node.of else { continue };
        let interfaces = super::interfaces_of(&service.types, of, Some(node.body), sink);
        node.check_inputs(&service.types, &interfaces, sink);
    }
}

/// Checks the interfaces of a relationship template or a group: nothing lowers them as they stand here.
fn interfaces<'a>(types: &Types<'a>, of: TypeId, (key, body): (View<'a>, View<'a>), sink: &mut Sink) {
    let interfaces = super::interfaces_of(types, of, Some(body), sink);
    if !types.get(of).open {
        Bearing {
            key,
            name: key.text().unwrap_or_default(),
            body: Some(body),
        }
        .check_inputs(&interfaces, sink);
    }
}

/// Checks properties; what a type defines is gathered once.
struct Checking<'s, 'a> {
    types: &'s Types<'a>,
    all: HashMap<TypeId, Vec<(&'a str, &'s PropertyDef<'a>)>>,
}

impl<'a> Checking<'_, 'a> {
    /// Checks the properties in `body`, whose thing has its name at `key`.
    fn properties(
        &mut self,
        of: TypeId,
        (key, within): (View<'a>, Within<'_>),
        body: View<'a>,
        sink: &mut Sink,
    ) {
        let types = self.types;
        if types.get(of).open {
            return;
        }
        let all = self
            .all
            .entry(of)
            .or_insert_with(|| types.all(of, |of| &of.properties));
        // What a copy lacks its source lacks: told there. A selected node is there already.
        let is_complete = body.get("copy").is_none() && !super::node::is_selected(body);
        let all = if !is_complete || body.has_lost("properties") {
            &[]
        } else {
            all.as_slice()
        };
        let owner = Owner::of(types.get(of), key.span(), key.text(), within);
        properties(
            types,
            body.get("properties"),
            &owner,
            |name| types.property(of, name),
            all,
            sink,
        );
    }
}

/// A `node_filter` of a node template chooses a node that is there already (Simple Profile 1.3, section 3.8.3).
fn node_filter<'a>(types: &Types<'a>, of: TypeId, node: &NodeTemplate<'a>, sink: &mut Sink) {
    let Some(filter) = node.body.get("node_filter") else {
        return;
    };
    filter::check(types, filter, of, sink);
    if let Some(key) = node.body.key("node_filter").filter(|_| !node.is_selected()) {
        sink.push(
            Diagnostic::new(
                &codes::MISPLACED_FILTER,
                key.span(),
                format!("the filter of `{}` chooses nothing", node.name),
            )
            .note("a node template has a filter where it is chosen from nodes that are there, not made")
            .help("add `directives: [ select ]`, or move the filter to the requirement that it is for"),
        );
    }
}
