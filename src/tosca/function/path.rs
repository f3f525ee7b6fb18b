//! What the arguments of `get_property` and `get_attribute` lead to.

use super::super::template::{NodeAt, Service};
use super::super::types::TypeId;
use super::super::view::View;
use super::call::Function;
use super::entity::{Entity, Found};
use super::evaluate::Here;
use super::unknown;
use super::whose::{Whose, whose};
use crate::diagnostic::Diagnostic;

/// The most derived types that are looked through for what a type has not. Where there are more, one may have it.
const MOST_DERIVED: usize = 1000;

/// The most hosts of hosts that are searched. No real chain comes near; a circle, which is reported elsewhere, ends here too.
const MOST_HOSTS: usize = 100;

pub(super) type Answer<'s, 'a> = Result<Found<'s, 'a>, Box<Diagnostic>>;

/// Follows a path of at least two arguments.
pub(super) fn follow<'s, 'a>(
    service: &'s Service<'a>,
    function: Function,
    arguments: &[View<'a>],
    here: Here,
) -> Answer<'s, 'a> {
    let [first, second, rest @ ..] = arguments else {
        return Ok(Found::Unknown);
    };
    let (Some(_), Some(name)) = (first.name(), second.name()) else {
        return Ok(Found::Unknown);
    };
    let path = Path {
        service,
        function,
        second: *second,
        name,
        rest,
    };
    match whose(service, function, *first, here)? {
        Whose::One(Entity::Node(at)) => path.of_node(at),
        Whose::One(Entity::Type(of)) => path.of_type(of),
        Whose::One(other) => path.of_other(other),
        Whose::Hosts(at) => path.of_hosts(at),
        Whose::Unknown => Ok(Found::Unknown),
    }
}

/// One path, from a node on.
pub(super) struct Path<'p, 's, 'a> {
    pub(super) service: &'s Service<'a>,
    pub(super) function: Function,
    /// The argument behind the node.
    pub(super) second: View<'a>,
    pub(super) name: &'a str,
    pub(super) rest: &'p [View<'a>],
}

impl<'s, 'a> Path<'_, 's, 'a> {
    fn of_node(&self, at: NodeAt) -> Answer<'s, 'a> {
        self.in_node(at)
            .ok_or_else(|| Box::new(unknown::in_node(self, at)))
    }

    fn of_other(&self, entity: Entity<'a>) -> Answer<'s, 'a> {
        if let Some(found) = self.member(entity, self.name, self.rest) {
            return Ok(found);
        }
        if entity.is_open(self.service) {
            return Ok(Found::Unknown);
        }
        Err(Box::new(unknown::in_other(self, entity)))
    }

    fn member(&self, entity: Entity<'a>, name: &'a str, rest: &[View<'a>]) -> Option<Found<'s, 'a>> {
        entity.member(self.service, self.function, name, rest)
    }

    /// A property; or one of a requirement's target; or one of a capability.
    fn in_node(&self, at: NodeAt) -> Option<Found<'s, 'a>> {
        if let Some(found) = self.member(Entity::Node(at), self.name, self.rest) {
            return Some(found);
        }
        let node = self.service.node(at);
        if let Some((next, rest)) = self.rest.split_first() {
            if let Some(found) = self.through_requirement(at) {
                return Some(found);
            }
            if let Some(found) = self.member(Entity::Capability(at, self.name), next.name()?, rest) {
                return Some(found);
            }
            // Defined by the type, and nothing fulfils it here.
            let types = &self.service.types;
            let is_defined = node
                .of
                .is_some_and(|of| types.requirement(of, self.name).is_some());
            let mut assigned = node.requirements.iter();
            if is_defined && !assigned.any(|requirement| requirement.name == self.name) {
                return Some(Found::Unknown);
            }
        }
        node.is_open(&self.service.types).then_some(Found::Unknown)
    }

    /// What a requirement leads to: its target's capability, its target, its relationship. Where a requirement is
    /// assigned several times, a number may say which one is meant.
    fn through_requirement(&self, at: NodeAt) -> Option<Found<'s, 'a>> {
        let (which, rest) = self.requirement(at)?;
        let requirement = &self.service.node(at).requirements[which];
        let Some(target) = requirement.target else {
            return Some(Found::Unknown);
        };
        let (next, rest) = rest.split_first()?;
        let name = next.name()?;
        let of_capability = requirement
            .capability
            .and_then(|capability| self.member(Entity::Capability(target, capability), name, rest));
        if let Some(found) = of_capability
            .or_else(|| self.member(Entity::Node(target), name, rest))
            .or_else(|| self.member(Entity::Relationship(at, which), name, rest))
        {
            return Some(found);
        }
        // The name of the target's capability may stand between.
        if let Some((inner, rest)) = rest.split_first()
            && let Some(inner) = inner.name()
            && let Some(found) = self.member(Entity::Capability(target, name), inner, rest)
        {
            return Some(found);
        }
        let types = &self.service.types;
        let def = requirement
            .defined_by
            .and_then(|of| types.requirement(of, self.name));
        let open = self.service.node(target).is_open(types)
            || def.is_some_and(|def| def.open)
            || requirement.relation.of.is_some_and(|of| types.get(of).open);
        open.then_some(Found::Unknown)
    }

    /// The requirement that is meant, and the path behind it.
    pub(super) fn requirement(&self, at: NodeAt) -> Option<(usize, &[View<'a>])> {
        let all = self.service.node(at).requirements.iter().enumerate();
        let mut same = all.filter(|(_, requirement)| requirement.name == self.name);
        let number = self.rest.first()?.text().and_then(|text| text.parse().ok());
        let (which, _) = same.nth(number.unwrap_or(0))?;
        Some((which, &self.rest[usize::from(number.is_some())..]))
    }

    /// Anything of a type. What a derived type brings may be there.
    fn of_type(&self, of: TypeId) -> Answer<'s, 'a> {
        if let Some(found) = self.in_type(of) {
            return Ok(found);
        }
        let mut derived = self
            .service
            .types
            .derived_from(of)
            .take(MOST_DERIVED + 1)
            .enumerate();
        if derived.any(|(at, of)| at == MOST_DERIVED || self.in_type(of).is_some()) {
            return Ok(Found::Unknown);
        }
        Err(Box::new(unknown::in_type(self, of)))
    }

    fn in_type(&self, of: TypeId) -> Option<Found<'s, 'a>> {
        let types = &self.service.types;
        if let Some(found) = self.member(Entity::Type(of), self.name, self.rest) {
            return Some(found);
        }
        if let Some((next, rest)) = self.rest.split_first() {
            // Which node or relationship fulfils a requirement is for templates to say.
            if types.requirement(of, self.name).is_some() {
                return Some(Found::Unknown);
            }
            if let Some(found) = self.member(Entity::CapabilityOfType(of, self.name), next.name()?, rest) {
                return Some(found);
            }
        }
        types.get(of).open.then_some(Found::Unknown)
    }

    /// The nearest host that has it (Simple Profile 1.3, section 4.1: all nodes along the chain of hosts are searched).
    fn of_hosts(&self, at: NodeAt) -> Answer<'s, 'a> {
        let mut hosts = Vec::new();
        let mut here = at;
        while let Some(host) = self.service.host_of(here) {
            if let Some(found) = self.in_node(host) {
                return Ok(found);
            }
            if hosts.len() == MOST_HOSTS {
                return Ok(Found::Unknown);
            }
            hosts.push(host);
            here = host;
        }
        if self.service.may_be_hosted(here) {
            return Ok(Found::Unknown);
        }
        Err(Box::new(unknown::in_hosts(self, at, &hosts)))
    }
}
