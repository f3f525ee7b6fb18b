//! What may relate to what: `valid_source_types` and `valid_target_types`, and definitions of requirements that ask for
//! what they exclude.

use super::super::filter;
use super::super::view::View;
use super::{TypeId, TypeKind, Types};
use crate::diagnostic::{Diagnostic, Sink, codes};

/// Checks the requirement definitions of all types that are not embedded.
pub(super) fn check(types: &Types<'_>, sink: &mut Sink) {
    let own = types
        .list
        .iter()
        .filter(|of| !types.forest.file(of.file).embedded);
    for def in own
        .flat_map(|of| of.requirements.values())
        .filter(|def| !def.open)
    {
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
        if let (Some(&filter), Some(node)) = (def.filters.first(), def.node)
            && def.has_filter
        {
            filter::check(types, filter, node, sink);
        }
    }
}

impl<'a> Types<'a> {
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
