//! Whether a node template has a capability that fulfils a requirement, and whether that takes it.

use super::super::super::types::{CapabilityDef, TypeId, TypeKind, Types};
use super::super::super::view::View;
use super::super::NodeAt;
use super::wanted::{Asked, Wanted};

/// What a node template has for a requirement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Offer<'s, 'a> {
    /// This capability; none where none is asked for.
    Fits(Option<&'a str>),
    /// No such capability.
    Lacks,
    /// The capability does not take nodes of the source's type (`valid_source_types`, this list).
    RefusesSource(&'a str, View<'a>),
    /// The relationship does not lead to capabilities of that type (`valid_target_types`, this list).
    RefusesTarget(&'a str, &'s CapabilityDef<'a>, View<'a>),
    /// Something in it is not known, which is reported.
    Unknown,
}

impl<'s, 'a> Wanted<'s, 'a> {
    /// What `target` has for the requirement.
    pub(super) fn offer(&self, target: NodeAt) -> Offer<'s, 'a> {
        let types = self.types();
        let node = self.service.node(target);
        let Some(of) = node.of else {
            return Offer::Unknown;
        };
        if self.asked() == Asked::Any {
            return Offer::Fits(None);
        }
        let mut refused = None;
        for (name, capability) in self.suiting(of) {
            let refusal = self.refusal(name, capability);
            if refusal.is_none() {
                return Offer::Fits(Some(name));
            }
            refused = refused.or(refusal);
        }
        let mut all = types.chain(of).flat_map(|of| of.capabilities.values());
        let unsure = node.is_open(types) || self.is_open() || all.any(|capability| capability.is_open(types));
        match refused {
            Some(refused) => refused,
            None if unsure => Offer::Unknown,
            None => Offer::Lacks,
        }
    }

    /// Whether `target` has several capabilities that would do, so that another one may be used.
    pub(super) fn has_choice(&self, target: NodeAt) -> bool {
        let of = self.service.node(target).of;
        let suiting = of.map(|of| self.suiting(of)).unwrap_or_default().into_iter();
        let taking = suiting.filter(|&(name, capability)| self.refusal(name, capability).is_none());
        taking.count() > 1
    }

    /// The capabilities of a node type that are of the kind that is asked for.
    fn suiting(&self, of: TypeId) -> Vec<(&'a str, &'s CapabilityDef<'a>)> {
        let types = self.types();
        let mut all = types.all(of, |of| &of.capabilities);
        let (name, wanted) = match self.asked() {
            Asked::Any => (None, None),
            Asked::Type(of) => (None, Some(of)),
            Asked::Named(name, of) => (Some(name), of),
        };
        if let Some(&named) = all.iter().find(|(known, _)| Some(*known) == name) {
            return vec![named];
        }
        all.retain(|(_, capability)| {
            wanted.is_some_and(|wanted| capability.of.is_some_and(|of| types.is_a(of, wanted)))
        });
        all
    }

    /// Why a capability of the right kind may not be related to.
    fn refusal(&self, name: &'a str, capability: &'s CapabilityDef<'a>) -> Option<Offer<'s, 'a>> {
        let types = self.types();
        if let Some(list) = capability.valid_sources(types)
            && let Some(of) = self.source().of
            && !takes(types, list, TypeKind::Node, of)
        {
            return Some(Offer::RefusesSource(name, list));
        }
        let relation = self.requirement.relation.of?;
        // A relationship that the requirement does not take at all is reported as such.
        let asked = self.def.and_then(|def| def.relationship);
        if asked.is_some_and(|asked| !types.is_a(relation, asked)) {
            return None;
        }
        let mut chain = types.chain(relation);
        let list = chain.find_map(|of| of.body.get("valid_target_types"))?;
        let of = capability.of?;
        (!takes(types, list, TypeKind::Capability, of))
            .then_some(Offer::RefusesTarget(name, capability, list))
    }
}

/// Whether `of` is one of the types in a list, or derived from one. An empty list takes anything, as does one with
/// names that are not known.
fn takes<'a>(types: &Types<'a>, list: View<'a>, kind: TypeKind, of: TypeId) -> bool {
    let file = types.forest.file_of(list);
    let mut names = list.items().filter_map(View::name).peekable();
    types.get(of).open
        || names.peek().is_none()
        || names.any(|name| {
            let listed = types.scopes.find(file, kind, name);
            listed.is_none_or(|listed| types.is_a(of, listed))
        })
}
