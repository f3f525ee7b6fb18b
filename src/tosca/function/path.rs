//! What the arguments of `get_property` and `get_attribute` lead to.

use super::super::template::{NodeAt, Service};
use super::super::types::{CapabilityDef, PropertyDef, TypeId};
use super::super::value::Schema;
use super::super::view::View;
use super::call::Function;
use super::evaluate::Here;
use crate::diagnostic::{Diagnostic, Severity, codes, did_you_mean};

/// What a path leads to.
pub(super) enum Found<'s, 'a> {
    /// A value in a template or a default in a type, to be evaluated on behalf of `here`; `rest` of the path goes on
    /// inside it.
    Value {
        view: View<'a>,
        schema: Option<&'s Schema<'a>>,
        here: Here,
        rest: Vec<View<'a>>,
    },
    /// It is defined, and has no value.
    Unset,
    /// It has a value only while the application runs.
    Runtime,
    /// Nothing can be said: a type is not known, or a requirement is open.
    Unknown,
}

/// One thing that has properties.
#[derive(Clone, Copy)]
enum Entity<'a> {
    Node(NodeAt),
    Capability(NodeAt, &'a str),
    Relationship(NodeAt, usize),
}

type Answer<'s, 'a> = Result<Found<'s, 'a>, Box<Diagnostic>>;

/// Follows a path of at least two arguments.
pub(super) fn follow<'s, 'a>(
    service: &'s Service<'a>,
    function: Function,
    arguments: &[View<'a>],
    here: Here,
) -> Answer<'s, 'a> {
    let (Some(&first), Some(&second)) = (arguments.first(), arguments.get(1)) else {
        return Ok(Found::Unknown);
    };
    let (Some(keyword), Some(name)) = (first.name(), second.name()) else {
        return Ok(Found::Unknown);
    };
    let path = Path {
        service,
        function,
        second,
        name,
        rest: &arguments[2..],
    };
    match (keyword, here) {
        ("SELF", Here::Node(at)) | ("SOURCE", Here::Relationship(at, _)) => path.of_node(at),
        ("SELF", Here::Relationship(at, which)) => path.of_relationship(at, which),
        ("TARGET", Here::Relationship(at, which)) => match service.node(at).requirements[which].target {
            Some(target) => path.of_node(target),
            None => Ok(Found::Unknown),
        },
        ("HOST", Here::Node(at)) => path.of_hosts(at),
        ("SELF" | "SOURCE" | "TARGET" | "HOST", _) => Err(Box::new(misplaced(keyword, first, here))),
        _ => {
            if let Some(&at) = service.by_name.get(keyword) {
                return path.of_node(at);
            }
            if let Some(template) = service.relationships.get(keyword) {
                return Ok(path.of_template(template.of, template.body, here));
            }
            Err(Box::new(unknown_node(service, function, first, keyword)))
        }
    }
}

/// A keyword where it means nothing.
pub(super) fn misplaced(keyword: &str, at: View<'_>, here: Here) -> Diagnostic {
    let place = match here {
        Here::Topology => "outside of node and relationship templates",
        Here::Node(_) => "in a node template",
        Here::Relationship(..) => "in a relationship",
    };
    Diagnostic::new(&codes::UNKNOWN_NODE, at.span(), format!("`{keyword}` means nothing {place}"))
        .note("SELF is the node or relationship itself, HOST what a node is hosted on, SOURCE and TARGET the ends of a relationship")
        .help("name a node template instead")
}

/// A name that is no node template.
pub(super) fn unknown_node(
    service: &Service<'_>,
    function: Function,
    at: View<'_>,
    name: &str,
) -> Diagnostic {
    let known = service
        .nodes
        .iter()
        .map(|node| node.name)
        .chain(["SELF", "HOST", "SOURCE", "TARGET"]);
    Diagnostic::new(
        &codes::UNKNOWN_NODE,
        at.span(),
        format!("`{}` names the unknown node template `{name}`", function.as_str()),
    )
    .help(
        did_you_mean(name, known)
            .unwrap_or_else(|| "name a node template, or SELF, HOST, SOURCE or TARGET".to_owned()),
    )
}

struct Path<'p, 's, 'a> {
    service: &'s Service<'a>,
    function: Function,
    /// The argument behind the node.
    second: View<'a>,
    name: &'a str,
    rest: &'p [View<'a>],
}

impl<'s, 'a> Path<'_, 's, 'a> {
    fn of_node(&self, at: NodeAt) -> Answer<'s, 'a> {
        match self.in_node(at) {
            Some(found) => Ok(found),
            None => Err(Box::new(self.unknown(at))),
        }
    }

    /// A property; or one of a requirement's target; or one of a capability.
    fn in_node(&self, at: NodeAt) -> Option<Found<'s, 'a>> {
        if let Some(found) = self.member(Entity::Node(at), self.name, self.rest) {
            return Some(found);
        }
        let node = self.service.node(at);
        if !self.rest.is_empty() {
            if let Some(found) = self.through_requirement(at) {
                return Some(found);
            }
            if let Some((next, rest)) = self.rest.split_first()
                && let Some(found) = self.member(Entity::Capability(at, self.name), next.name()?, rest)
            {
                return Some(found);
            }
            // Defined by the type, and nothing fulfils it here.
            let types = &self.service.types;
            if node
                .of
                .is_some_and(|of| types.requirement(of, self.name).is_some())
                && !node
                    .requirements
                    .iter()
                    .any(|requirement| requirement.name == self.name)
            {
                return Some(Found::Unknown);
            }
        }
        node.is_open(&self.service.types).then_some(Found::Unknown)
    }

    /// What a requirement leads to: its target's capability, its target, its relationship. Where a requirement is
    /// assigned several times, a number may say which one is meant.
    fn through_requirement(&self, at: NodeAt) -> Option<Found<'s, 'a>> {
        let all = &self.service.node(at).requirements;
        let mut same = all
            .iter()
            .enumerate()
            .filter(|(_, requirement)| requirement.name == self.name);
        let number = self.rest[0].text().and_then(|text| text.parse().ok());
        let (which, requirement) = same.nth(number.unwrap_or(0))?;
        let rest = if number.is_some() {
            &self.rest[1..]
        } else {
            self.rest
        };
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

    /// The nearest host that has it.
    fn of_hosts(&self, at: NodeAt) -> Answer<'s, 'a> {
        let mut host = self.service.host_of(at);
        let mut nearest = None;
        // No chain of hosts is longer than there are nodes; a circle is reported elsewhere.
        for _ in 0..self.service.nodes.len() {
            let Some(here) = host else { break };
            nearest = nearest.or(Some(here));
            if let Some(found) = self.in_node(here) {
                return Ok(found);
            }
            host = self.service.host_of(here);
        }
        match nearest {
            Some(host)
                if self
                    .service
                    .node(at)
                    .requirements
                    .iter()
                    .all(|requirement| requirement.target.is_some()) =>
            {
                Err(Box::new(self.unknown(host)))
            }
            _ => Ok(Found::Unknown),
        }
    }

    fn of_relationship(&self, at: NodeAt, which: usize) -> Answer<'s, 'a> {
        let requirement = &self.service.node(at).requirements[which];
        if let Some(found) = self.member(Entity::Relationship(at, which), self.name, self.rest) {
            return Ok(found);
        }
        let Some(of) = requirement.relation.of else {
            return Ok(Found::Unknown);
        };
        let known = self.service.types.all(of, |of| &of.properties);
        let of = self.service.types.get(of);
        if of.open {
            return Ok(Found::Unknown);
        }
        Err(Box::new(
            Diagnostic::new(
                &codes::UNKNOWN_PATH,
                self.second.span(),
                format!(
                    "relationship type `{}` has no {} `{}`",
                    of.name,
                    self.words(),
                    self.name
                ),
            )
            .help(
                did_you_mean(self.name, known.iter().map(|(name, _)| *name))
                    .unwrap_or_else(|| format!("name one that `{}` defines", of.name)),
            )
            .related(of.key.span(), format!("`{}` is defined here", of.name)),
        ))
    }

    /// A relationship template named outside of its use.
    fn of_template(&self, of: Option<TypeId>, body: View<'a>, here: Here) -> Found<'s, 'a> {
        let given = body
            .get("properties")
            .and_then(|properties| properties.get(self.name));
        let def = of.and_then(|of| self.service.types.property(of, self.name));
        found(given, def, here, self.rest).unwrap_or(Found::Unknown)
    }

    /// A property or, for `get_attribute`, an attribute.
    fn member(&self, entity: Entity<'a>, name: &str, rest: &[View<'a>]) -> Option<Found<'s, 'a>> {
        let types = &self.service.types;
        let in_section = |body: Option<View<'a>>, section: &str| body?.get(section)?.get(name);
        let (here, body, property, attribute) = match entity {
            Entity::Node(at) => {
                let node = self.service.node(at);
                let property = node.of.and_then(|of| types.property(of, name));
                let attribute = node.of.and_then(|of| types.attribute(of, name));
                (Here::Node(at), Some(node.body), property, attribute)
            }
            Entity::Capability(at, capability) => {
                let node = self.service.node(at);
                let def: &CapabilityDef<'a> = types.capability(node.of?, capability)?;
                let body = in_capability(node.body, capability);
                if def.is_open(types) {
                    return Some(Found::Unknown);
                }
                (
                    Here::Node(at),
                    body,
                    def.property(types, name),
                    def.attribute(types, name),
                )
            }
            Entity::Relationship(at, which) => {
                let relation = self.service.node(at).requirements[which].relation;
                let property = relation.of.and_then(|of| types.property(of, name));
                let attribute = relation.of.and_then(|of| types.attribute(of, name));
                (Here::Relationship(at, which), relation.body, property, attribute)
            }
        };
        let is_attribute = self.function == Function::GetAttribute;
        if is_attribute && (attribute.is_some() || in_section(body, "attributes").is_some()) {
            return Some(Found::Runtime);
        }
        if is_attribute && matches!(name, "tosca_id" | "tosca_name" | "state") {
            return Some(Found::Runtime);
        }
        found(in_section(body, "properties"), property, here, rest)
    }

    fn words(&self) -> &'static str {
        if self.function == Function::GetAttribute {
            "attribute"
        } else {
            "property"
        }
    }

    fn unknown(&self, at: NodeAt) -> Diagnostic {
        let types = &self.service.types;
        let node = self.service.node(at);
        let mut known = Vec::new();
        let mut help = None;
        if let Some(of) = node.of {
            known.extend(
                types
                    .all(of, |of| &of.properties)
                    .into_iter()
                    .map(|(name, _)| name),
            );
            if self.function == Function::GetAttribute {
                known.extend(
                    types
                        .all(of, |of| &of.attributes)
                        .into_iter()
                        .map(|(name, _)| name),
                );
            } else if types.attribute(of, self.name).is_some() {
                help = Some(format!("`{}` is an attribute: use get_attribute", self.name));
            }
            if !self.rest.is_empty() {
                known.extend(
                    types
                        .all(of, |of| &of.capabilities)
                        .into_iter()
                        .map(|(name, _)| name),
                );
                known.extend(
                    types
                        .all(of, |of| &of.requirements)
                        .into_iter()
                        .map(|(name, _)| name),
                );
            }
        }
        let is_container = node.of.is_some_and(|of| {
            types.capability(of, self.name).is_some() || types.requirement(of, self.name).is_some()
        });
        let (place, name) = match self.rest.first() {
            Some(next) if is_container => (*next, next.name().unwrap_or_default()),
            _ => (self.second, self.name),
        };
        let through = if place == self.second {
            String::new()
        } else {
            format!(" through `{}`", self.name)
        };
        let words = self.words();
        let mut fault = Diagnostic::new(
            &codes::UNKNOWN_PATH,
            place.span(),
            format!("node template `{}` has no {words} `{name}`{through}", node.name),
        );
        if self.function == Function::GetAttribute {
            // The standard's own examples read attributes that no type defines: scripts may bring them.
            fault.severity = Severity::Warning;
        }
        fault
            .help(
                help.or_else(|| did_you_mean(name, known))
                    .unwrap_or_else(|| format!("name one that its type defines, or define `{name}` there")),
            )
            .related(node.key.span(), format!("`{}` is here", node.name))
    }
}

fn in_capability<'a>(body: View<'a>, capability: &str) -> Option<View<'a>> {
    body.get("capabilities")?.get(capability)
}

/// What a property leads to: the value that is given, or the default.
fn found<'s, 'a>(
    given: Option<View<'a>>,
    def: Option<&'s PropertyDef<'a>>,
    here: Here,
    rest: &[View<'a>],
) -> Option<Found<'s, 'a>> {
    if given.is_none() && def.is_none() {
        return None;
    }
    let value = given
        .or_else(|| def.and_then(|def| def.default))
        .filter(|value| !value.is_null());
    Some(match value {
        Some(view) => Found::Value {
            view,
            schema: def.map(|def| &def.schema),
            here,
            rest: rest.to_vec(),
        },
        None => Found::Unset,
    })
}
