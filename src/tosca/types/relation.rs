//! What may relate to what: `valid_source_types` and `valid_target_types`, and definitions of requirements that ask for
//! what they exclude.

use std::collections::HashMap;

use super::super::filter;
use super::super::view::View;
use super::derive::DEEPEST;
use super::{RequirementDef, TypeId, TypeKind, Types};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};

/// Checks the requirement definitions of all types that are not embedded.
pub(super) fn check(types: &Types<'_>, sink: &mut Sink) {
    let own = (0..)
        .map(TypeId)
        .zip(&types.list)
        .filter(|(_, of)| !types.forest.file(of.file).embedded);
    let mut offers = HashMap::new();
    let all = own.flat_map(|(id, of)| of.requirements.values().map(move |def| (id, def)));
    for (id, def) in all.filter(|(_, def)| !def.open && !def.is_other) {
        check_source(types, id, def, sink);
        check_offer(types, def, &mut offers, sink);
        if let (Some(relation), Some(capability), Some(place)) =
            (def.relationship, def.capability, def.stated)
            && types.never_leads(relation, capability)
            && let Some(list) = types.refuses_target(relation, capability)
        {
            let (relation, capability) = (types.get(relation).name, types.get(capability).name);
            sink.push(
                Diagnostic::new(
                    &codes::REFUSED_TARGET,
                    place.span(),
                    format!("relationship `{relation}` does not lead to capabilities of type `{capability}`"),
                )
                .note(format!("it leads to {}", only(list)))
                .help("use another relationship, or ask for a capability that it leads to")
                .related(list.span(), "what the relationship may lead to"),
            );
        }
        if let (Some(filter), Some(node)) = (def.own_filter, def.node) {
            filter::check(types, filter, node, sink);
        }
    }
}

/// A definition in a node type that the capability it asks for does not take.
fn check_source<'a>(types: &Types<'a>, id: TypeId, def: &RequirementDef<'a>, sink: &mut Sink) {
    let (Some(list), Some(capability), Some(place)) = (types.never_takes(id, def), def.capability, def.asks)
    else {
        return;
    };
    let (of, capability) = (types.get(id), types.get(capability).name);
    sink.push(
        Diagnostic::new(
            &codes::REFUSED_SOURCE,
            place.span(),
            format!("capabilities of type `{capability}` take no `{}`", of.name),
        )
        .note(format!("they take {}", only(list)))
        .help(if types.forest.file(types.forest.file_of(list)).embedded {
            format!(
                "ask for another capability, or derive `{}` from one of these types",
                of.name
            )
        } else {
            format!(
                "ask for another capability, or add `{}` to `valid_source_types`",
                of.name
            )
        })
        .related(list.span(), "these may relate to it"),
    );
}

/// A definition that asks for a capability which no node of the type it asks for has.
fn check_offer(
    types: &Types<'_>,
    def: &RequirementDef<'_>,
    offers: &mut HashMap<(TypeId, TypeId), bool>,
    sink: &mut Sink,
) {
    let (Some(node), Some(capability), Some(place)) = (def.node, def.capability, def.asks) else {
        return;
    };
    let has = |of: TypeId| {
        let mut all = types.chain(of).flat_map(|of| of.capabilities.values());
        types.get(of).open
            || all.any(|found| found.is_open(types) || found.of.is_some_and(|of| types.is_a(of, capability)))
    };
    let is_offered = *offers
        .entry((node, capability))
        .or_insert_with(|| types.get(capability).open || has(node) || types.derived_from(node).any(has));
    if is_offered {
        return;
    }
    let (node, capability) = (types.get(node), types.get(capability).name);
    let mut fault = Diagnostic::new(
        &codes::UNFIT_TARGET,
        place.span(),
        format!("no `{}` has a capability of type `{capability}`", node.name),
    )
    .note("neither the node type nor one that is derived from it has such a capability")
    .help("ask for a capability that it has, or for another node type")
    .related(node.key.span(), format!("`{}` is defined here", node.name));
    fault.severity = Severity::Warning;
    sink.push(fault);
}

impl<'a> Types<'a> {
    /// The list by which the capability that a definition of node type `id` asks for refuses nodes of the type and of all
    /// that are derived from it.
    fn never_takes(&self, id: TypeId, def: &RequirementDef<'a>) -> Option<View<'a>> {
        let mut chain = self.chain(def.capability?);
        let list = chain.find_map(|of| of.body.get("valid_source_types"))?;
        let is_taken = |of| self.takes(list, TypeKind::Node, of);
        let never =
            self.get(id).kind == TypeKind::Node && !is_taken(id) && !self.derived_from(id).any(is_taken);
        never.then_some(list)
    }

    /// Whether it is told of the definition of the requirement `name`, which node type `id` has, that the capability it
    /// asks for takes no such node.
    pub(in crate::tosca) fn tells_of_source(&self, id: TypeId, name: &str) -> bool {
        let owners = std::iter::successors(Some(id), |&of| self.get(of).parent);
        let mut owners = owners.take(DEEPEST + 1);
        let owner = owners.find_map(|of| Some((of, self.get(of).requirements.get(name)?)));
        owner.is_some_and(|(of, def)| {
            !def.open
                && !def.is_other
                && !self.forest.file(self.get(of).file).embedded
                && self.never_takes(of, def).is_some()
        })
    }

    /// The list by which a relationship type refuses to lead to capabilities of a type, if it does.
    pub(in crate::tosca) fn refuses_target(&self, relation: TypeId, capability: TypeId) -> Option<View<'a>> {
        let list = self.valid_targets(relation)?;
        (!self.takes(list, TypeKind::Capability, capability)).then_some(list)
    }

    /// Whether a relationship type leads neither to capabilities of a type nor to any that are derived from it.
    pub(in crate::tosca) fn never_leads(&self, relation: TypeId, capability: TypeId) -> bool {
        self.refuses_target(relation, capability).is_some_and(|list| {
            let file = self.forest.file_of(list);
            let mut listed = list
                .items()
                .filter_map(View::name)
                .filter_map(|name| self.scopes.find(file, TypeKind::Capability, name));
            !listed.any(|listed| self.is_a(listed, capability))
        })
    }

    fn valid_targets(&self, relation: TypeId) -> Option<View<'a>> {
        let mut chain = self.chain(relation);
        chain.find_map(|of| of.body.get("valid_target_types"))
    }

    /// Whether `of` is one of the types in a list, or derived from one. An empty list takes anything, as does one with
    /// names that are not known.
    pub(in crate::tosca) fn takes(&self, list: View<'a>, kind: TypeKind, of: TypeId) -> bool {
        let file = self.forest.file_of(list);
        let mut names = list.items().filter_map(View::name).peekable();
        self.get(of).open
            || names.peek().is_none()
            || names.any(|name| {
                let listed = self.scopes.find(file, kind, name);
                listed.is_none_or(|listed| self.is_a(of, listed))
            })
    }
}

/// The names in a list, for messages: "only `a`, `b`".
pub(in crate::tosca) fn only(list: View<'_>) -> String {
    let names: Vec<_> = list.items().filter_map(View::name).collect();
    let shown: Vec<_> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0..=8 => format!("only {}", shown.join(", ")),
        many => format!("only {} and {} more", shown.join(", "), many - 8),
    }
}
