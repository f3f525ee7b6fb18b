//! Holds every template against its type.

use std::collections::HashMap;

use super::super::types::{Completing, PropertyDef, TypeId, Types, listing};
use super::super::value::{Owner, Within, properties};
use super::super::view::View;
use super::{Bearing, Service, capability};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Checks node templates, relationship templates, groups and policies. Interfaces are checked where they are lowered.
pub(in crate::tosca) fn check(service: &Service<'_>, sink: &mut Sink) {
    let types = &service.types;
    let mut demanding = capability::Demanding::new();
    let mut checking = Checking {
        types,
        all: HashMap::new(),
    };
    for node in &service.nodes {
        let Some(of) = node.of else { continue };
        checking.properties(of, (node.key, Within::Properties), node.body, sink);
        attributes(service, of, node.body, sink);
        capability::check(service, node, &mut demanding, sink);
        for (key, name, artifact) in node.body.entries_of("artifacts") {
            types.check_artifact(key, artifact, Completing::By(types.artifact(of, name)), sink);
        }
        for requirement in &node.requirements {
            // A relationship template is checked where it stands; without a body nothing is given.
            let relation = requirement.relation;
            let stated = requirement
                .body
                .get("relationship")
                .filter(|stated| stated.is_map());
            if let Some(of) = relation.of
                && (stated.is_some() || relation.body.is_none())
            {
                let place = (requirement.key, Within::Part("relationship"));
                checking.properties(of, place, stated.unwrap_or(requirement.body), sink);
            }
        }
    }
    for template in service.relationships.values() {
        let Some(of) = template.of else { continue };
        checking.properties(of, (template.key, Within::Properties), template.body, sink);
        let interfaces = super::interfaces_of(types, of, template.body, sink);
        if !types.get(of).open {
            Bearing {
                key: template.key,
                name: template.key.text().unwrap_or_default(),
                body: Some(template.body),
            }
            .check_inputs(&interfaces, sink);
        }
    }
    for group in service.groups.values() {
        let Some(of) = group.of else { continue };
        checking.properties(of, (group.key, Within::Properties), group.body, sink);
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
        let interfaces = super::interfaces_of(&service.types, of, node.body, sink);
        node.check_inputs(&service.types, &interfaces, sink);
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
        // What a copy lacks its source lacks: told there.
        let all = if body.get("copy").is_some() {
            &[]
        } else {
            all.as_slice()
        };
        let named = types.get(of);
        let owner = Owner {
            name: named.name,
            words: named.kind.words(),
            defined: named.key.span(),
            at: key.span(),
            subject: key.text(),
            within,
        };
        properties(
            types,
            body.entries_of("properties"),
            &owner,
            |name| types.property(of, name),
            all,
            sink,
        );
    }
}

fn attributes<'a>(service: &Service<'a>, of: TypeId, body: View<'a>, sink: &mut Sink) {
    let types = &service.types;
    if types.get(of).open {
        return;
    }
    for (key, name, _) in body.entries_of("attributes") {
        if types.attribute(of, name).is_some() || types.property(of, name).is_some() {
            continue;
        }
        let known = types.all(of, |of| &of.attributes);
        let names = known.iter().map(|(name, _)| *name);
        let of = types.get(of);
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_ATTRIBUTE,
                key.span(),
                format!("unknown attribute `{name}`"),
            )
            .note(format!(
                "{} `{}` {}",
                of.kind.words(),
                of.name,
                listing(names.clone())
            ))
            .help(
                did_you_mean(name, names).unwrap_or_else(|| {
                    format!("remove it, or define it under `attributes` of `{}`", of.name)
                }),
            )
            .related(of.key.span(), format!("`{}` is defined here", of.name)),
        );
    }
}
