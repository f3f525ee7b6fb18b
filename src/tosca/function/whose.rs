//! Whose property, attribute, output or artifact a function reads: what its first argument means (Simple Profile 1.3,
//! section 4.1).

use super::super::template::{NodeAt, Service};
use super::super::types::TypeKind;
use super::super::view::View;
use super::call::Function;
use super::entity::Entity;
use super::evaluate::Here;
use super::unknown;
use crate::diagnostic::Diagnostic;

/// What a first argument means.
pub(super) enum Whose<'a> {
    One(Entity<'a>),
    /// HOST: whatever this node is hosted on, or that is hosted on.
    Hosts(NodeAt),
    /// Something that cannot be told here.
    Unknown,
}

/// What the first argument of a call means. A keyword out of place and the name of nothing are faults.
pub(super) fn whose<'a>(
    service: &Service<'a>,
    function: Function,
    first: View<'a>,
    here: Here,
) -> Result<Whose<'a>, Box<Diagnostic>> {
    let Some(name) = first.name() else {
        return Ok(Whose::Unknown);
    };
    let kind = |of| service.types.get(of).kind;
    Ok(match (name, here) {
        ("SELF", Here::Node(at)) | ("SOURCE", Here::Relationship(at, _)) => Whose::One(Entity::Node(at)),
        ("SELF", Here::Relationship(at, which)) => Whose::One(Entity::Relationship(at, which)),
        ("SELF", Here::Some(Some(of)) | Here::Type(Some(of))) => Whose::One(Entity::Type(of)),
        ("TARGET", Here::Relationship(at, which)) => {
            let target = service.node(at).requirements[which].target;
            target.map_or(Whose::Unknown, |target| Whose::One(Entity::Node(target)))
        }
        ("HOST", Here::Node(at)) if service.host_of(at).is_some() || service.may_be_hosted(at) => {
            Whose::Hosts(at)
        }
        ("HOST", Here::Node(at)) => return Err(Box::new(unknown::unhosted(service, first, at))),
        ("HOST", Here::Some(Some(of)) | Here::Type(Some(of))) if kind(of) == TypeKind::Node => Whose::Unknown,
        ("SOURCE" | "TARGET", Here::Some(Some(of)) | Here::Type(Some(of)))
            if kind(of) == TypeKind::Relationship =>
        {
            Whose::Unknown
        }
        ("SELF" | "HOST" | "SOURCE" | "TARGET", Here::Some(None) | Here::Type(None)) => Whose::Unknown,
        ("SELF" | "HOST" | "SOURCE" | "TARGET", _) => {
            return Err(Box::new(unknown::misplaced(service, name, first, here)));
        }
        _ => match template(service, name) {
            Some(entity) => Whose::One(entity),
            None if matches!(here, Here::Type(_)) => Whose::Unknown,
            None => return Err(Box::new(unknown::node(service, function, first, name))),
        },
    })
}

/// The template of this name.
fn template<'a>(service: &Service<'a>, name: &str) -> Option<Entity<'a>> {
    if let Some(&at) = service.by_name.get(name) {
        return Some(Entity::Node(at));
    }
    if let Some(template) = service.relationships.get(name) {
        return Some(Entity::Template(template.of, template.body));
    }
    if let Some(group) = service.groups.get(name) {
        return Some(Entity::Template(group.of, group.body));
    }
    let policy = service.policies.iter().find(|policy| policy.name == name)?;
    Some(Entity::Template(policy.of, policy.body))
}
