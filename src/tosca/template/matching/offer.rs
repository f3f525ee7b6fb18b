//! Whether a node template has a capability that fulfils a requirement, and whether that takes it.

use super::super::super::map::HashMap;
use super::super::super::types::{CapabilityDef, TypeId, TypeKind};
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
    /// The assignment names this capability, which is not of the type that the definition asks for.
    Unsuited(&'a str, &'s CapabilityDef<'a>),
    /// The capability does not take nodes of the source's type (`valid_source_types`, this list).
    RefusesSource(&'a str, View<'a>),
    /// The relationship does not lead to capabilities of that type (`valid_target_types`, this list).
    RefusesTarget(&'a str, &'s CapabilityDef<'a>, View<'a>),
    /// Something in it is not known, which is reported.
    Unknown,
}

/// Requirements that are known to be fulfilled: in a large topology thousands ask the same of nodes of the same types.
#[derive(Default)]
pub(super) struct Fits<'a> {
    known: HashMap<Question<'a>, Option<&'a str>>,
}

/// All that an offer hangs on.
#[derive(PartialEq, Eq, Hash)]
struct Question<'a> {
    source: Option<TypeId>,
    /// The definition: the type it stands in, and its name.
    defined_by: Option<TypeId>,
    name: &'a str,
    asked: Asked<'a>,
    relation: Option<TypeId>,
    target: Option<TypeId>,
}

impl<'a> Fits<'a> {
    /// What `target` has for a requirement.
    pub(super) fn offer<'s>(&mut self, wanted: &Wanted<'s, 'a>, target: NodeAt) -> Offer<'s, 'a> {
        let question = Question {
            source: wanted.source().of,
            defined_by: wanted.requirement.defined_by,
            name: wanted.requirement.name,
            asked: wanted.asked(),
            relation: wanted.requirement.relation.of,
            target: wanted.service.node(target).of,
        };
        if let Some(&capability) = self.known.get(&question) {
            return Offer::Fits(capability);
        }
        let offer = wanted.offer(target);
        if let Offer::Fits(capability) = offer {
            self.known.insert(question, capability);
        }
        offer
    }
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
        if let Asked::Named(name, _) = self.asked()
            && let Some(capability) = types.capability(of, name).filter(|found| !self.suits(found))
        {
            return Offer::Unsuited(name, capability);
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
        let wanted = match self.asked() {
            Asked::Any => None,
            Asked::Type(of) => Some(of),
            Asked::Named(name, wanted) => match types.capability(of, name) {
                Some(named) => return vec![(name, named)],
                None => wanted,
            },
        };
        let Some(wanted) = wanted else { return Vec::new() };
        let all = types.chain(of).flat_map(|of| &of.capabilities);
        all.filter(|&(name, found)| {
            found.of.is_some_and(|of| types.is_a(of, wanted))
                && self.suits(found)
                // Not one that a derived type defines anew.
                && types.capability(of, name).is_some_and(|nearest| std::ptr::eq(nearest, found))
        })
        .map(|(&name, found)| (name, found))
        .collect()
    }

    /// Whether a capability is of the type that the definition asks for.
    fn suits(&self, capability: &CapabilityDef<'a>) -> bool {
        let types = self.types();
        let asked = self.def.filter(|def| !def.open).and_then(|def| def.capability);
        asked.is_none_or(|asked| {
            capability.is_open(types) || capability.of.is_some_and(|of| types.is_a(of, asked))
        })
    }

    /// Why a capability of the right kind may not be related to.
    fn refusal(&self, name: &'a str, capability: &'s CapabilityDef<'a>) -> Option<Offer<'s, 'a>> {
        let types = self.types();
        if let Some(list) = capability.valid_sources(types)
            && let Some(of) = self.source().of
            && !types.takes(list, TypeKind::Node, of)
        {
            return Some(Offer::RefusesSource(name, list));
        }
        let (relation, of) = (self.requirement.relation.of?, capability.of?);
        // A definition whose relationship never leads to what it asks for is reported itself, and so is a relationship
        // that the definition does not take at all.
        let settled = self.def.is_some_and(|def| {
            def.relationship.is_some_and(|asked| {
                !types.is_a(relation, asked) || def.capability.is_some_and(|of| types.never_leads(asked, of))
            })
        });
        let list = types.refuses_target(relation, of).filter(|_| !settled)?;
        Some(Offer::RefusesTarget(name, capability, list))
    }
}
