//! Groups and policies.

use std::collections::HashSet;

use super::super::Version;
use super::super::types::{TypeId, TypeKind, Types, named_once};
use super::super::view::View;
use super::{NodeAt, Service};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// A group of node templates.
#[derive(Debug)]
pub(in crate::tosca) struct Group<'a> {
    pub(in crate::tosca) key: View<'a>,
    pub(in crate::tosca) body: View<'a>,
    pub(in crate::tosca) of: Option<TypeId>,
    pub(in crate::tosca) members: Vec<NodeAt>,
}

impl<'a> Group<'a> {
    /// Whether its version lets a group have interfaces; 1.3 has taken them away, which is told of the keyname.
    pub(in crate::tosca) fn has_interfaces(&self, types: &Types<'a>) -> bool {
        types.forest.file(types.forest.file_of(self.key)).version < Version::Simple13
    }
}

/// A policy with the nodes it applies to; members of groups count.
#[derive(Debug)]
pub(in crate::tosca) struct Policy<'a> {
    pub(in crate::tosca) name: &'a str,
    pub(in crate::tosca) key: View<'a>,
    pub(in crate::tosca) body: View<'a>,
    pub(in crate::tosca) of: Option<TypeId>,
    pub(in crate::tosca) targets: Vec<NodeAt>,
}

/// Reads the groups and policies of a topology.
pub(super) fn read<'a>(service: &mut Service<'a>, body: View<'a>, sink: &mut Sink) {
    let groups = body.get("groups");
    for (key, name, body) in body.entries_of("groups") {
        let of = body
            .get("type")
            .and_then(|named| service.types.resolve(named, TypeKind::Group, sink));
        let mut members = Vec::new();
        named_once("member", names(body, "members").into_iter(), sink);
        for (view, member) in names(body, "members") {
            match service.by_name.get(member) {
                Some(&at) => members.push(at),
                None if groups.is_some_and(|groups| groups.key(member).is_some()) => {
                    sink.push(nested(view, member));
                }
                None => report(service, view, member, "member of the group", sink),
            }
        }
        service.groups.insert(
            name,
            Group {
                key,
                body,
                of,
                members,
            },
        );
    }
    let policies = body.get("policies").map(View::ordered).unwrap_or_default();
    named_once("policy", policies.iter().map(|&(key, name, _)| (key, name)), sink);
    for (key, name, body) in policies {
        let of = body
            .get("type")
            .and_then(|named| service.types.resolve(named, TypeKind::Policy, sink));
        let mut targets = Vec::new();
        let mut seen = HashSet::new();
        named_once("target", names(body, "targets").into_iter(), sink);
        for (view, name) in names(body, "targets") {
            if let Some(&at) = service.by_name.get(name) {
                targets.extend(Some(at).filter(|&at| seen.insert(at)));
            } else if let Some(group) = service.groups.get(name) {
                targets.extend(group.members.iter().copied().filter(|&at| seen.insert(at)));
            } else {
                report(service, view, name, "target of the policy", sink);
            }
        }
        service.policies.push(Policy {
            name,
            key,
            body,
            of,
            targets,
        });
    }
}

/// The names in a list.
fn names<'a>(body: View<'a>, section: &str) -> Vec<(View<'a>, &'a str)> {
    let items = body.get(section).into_iter().flat_map(View::items);
    items.filter_map(|item| Some((item, item.name()?))).collect()
}

/// Simple Profile 1.3, section 3.8.5: the members of a group are node templates.
fn nested(view: View<'_>, group: &str) -> Diagnostic {
    Diagnostic::new(
        &codes::UNKNOWN_TARGET,
        view.span(),
        format!("the group `{group}` cannot be a member of a group"),
    )
    .note("members are node templates")
    .help(format!("name the members of `{group}` here, one by one"))
}

fn report<'a>(service: &Service<'a>, view: View<'a>, name: &'a str, words: &str, sink: &mut Sink) {
    let known = service
        .nodes
        .iter()
        .map(|node| node.name)
        .chain(service.groups.keys().copied());
    sink.push(
        Diagnostic::new(
            &codes::UNKNOWN_TARGET,
            view.span(),
            format!("unknown {words}: `{name}`"),
        )
        .note("there is no node template or group of this name")
        .help(
            did_you_mean(name, known)
                .unwrap_or_else(|| format!("add a node template `{name}`, or name one that is there")),
        ),
    );
}
