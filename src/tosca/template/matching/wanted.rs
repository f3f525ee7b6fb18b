//! What a requirement asks for.

use super::super::super::filter::{self, Filter};
use super::super::super::types::{RequirementDef, TypeId, TypeKind, Types};
use super::super::super::view::View;
use super::super::{NodeAt, NodeTemplate, Requirement, Service};
use crate::diagnostic::Sink;

/// A requirement of a node template, with all that says what may fulfil it.
pub(super) struct Wanted<'s, 'a> {
    pub(super) service: &'s Service<'a>,
    /// The node that has the requirement.
    pub(super) at: NodeAt,
    pub(super) requirement: Requirement<'a>,
    pub(super) def: Option<&'s RequirementDef<'a>>,
}

/// The capability that a target must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asked<'a> {
    /// None is asked for.
    Any,
    Type(TypeId),
    /// The assignment names it: a capability of the target, or a type.
    Named(&'a str, Option<TypeId>),
}

impl<'s, 'a> Wanted<'s, 'a> {
    pub(super) fn new(service: &'s Service<'a>, at: NodeAt, which: usize) -> Self {
        Self::of(service, at, service.node(at).requirements[which].clone())
    }

    /// A requirement of the node `at`, whether it is assigned there or not.
    pub(super) fn of(service: &'s Service<'a>, at: NodeAt, requirement: Requirement<'a>) -> Self {
        let def = requirement
            .defined_by
            .and_then(|of| service.types.requirement(of, requirement.name));
        Self {
            service,
            at,
            requirement,
            def,
        }
    }

    pub(super) fn types(&self) -> &'s Types<'a> {
        &self.service.types
    }

    /// The node that has the requirement.
    pub(super) fn source(&self) -> &'s NodeTemplate<'a> {
        self.service.node(self.at)
    }

    /// A name in the definition is unknown, which is reported.
    pub(super) fn is_open(&self) -> bool {
        self.def.is_some_and(|def| def.open)
    }

    /// What the assignment says itself under a keyname.
    pub(super) fn stated(&self, keyname: &str) -> Option<View<'a>> {
        self.requirement.body?.get(keyname)
    }

    /// A name that the assignment says under a keyname.
    pub(super) fn stated_name(&self, keyname: &str) -> Option<(View<'a>, &'a str)> {
        self.requirement.body?.name_of(keyname)
    }

    pub(super) fn asked(&self) -> Asked<'a> {
        let types = self.types();
        match self.stated_name("capability") {
            Some((view, name)) => {
                let file = types.forest.file_of(view);
                Asked::Named(name, types.scopes.find(file, TypeKind::Capability, name))
            }
            None => self
                .def
                .and_then(|def| def.capability)
                .map_or(Asked::Any, Asked::Type),
        }
    }

    /// What the target must hold to: the assignment's filter, and those of the definition.
    pub(super) fn filters(&self) -> Vec<Filter<'a>> {
        let own = self.stated("node_filter");
        let defined = self.def.into_iter().flat_map(|def| &def.filters);
        own.into_iter()
            .chain(defined.copied())
            .map(Filter::read)
            .collect()
    }

    /// Whether the filters make sense for nodes of a type. What is wrong with the assignment's own is reported; that of
    /// the definition is told there.
    pub(super) fn has_sensible_filters(&self, of: Option<TypeId>, sink: &mut Sink) -> bool {
        let types = self.types();
        let own = self.stated("node_filter");
        let is_sensible = match (own, of) {
            (Some(filter), Some(of)) => filter::check(types, filter, of, sink),
            _ => true,
        };
        let defined = self.def.map_or(&[][..], |def| &def.filters);
        let node = self.def.and_then(|def| def.node);
        is_sensible
            && node.is_none_or(|node| {
                defined
                    .iter()
                    .all(|filter| filter::check(types, *filter, node, &mut Sink::new()))
            })
    }
}
