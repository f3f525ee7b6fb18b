//! Things that have properties and attributes, and what a name means in one of them.

use super::super::template::{NodeAt, Service};
use super::super::types::{CapabilityDef, Members, PropertyDef, Type, TypeId, TypeKind};
use super::super::value::Schema;
use super::super::view::View;
use super::call::Function;
use super::evaluate::Here;
use crate::source::Span;

/// One thing that has properties.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entity<'a> {
    Node(NodeAt),
    Capability(NodeAt, &'a str),
    Relationship(NodeAt, usize),
    /// A relationship template outside of its use, a group, a policy: its type and its body.
    Template(Option<TypeId>, View<'a>),
    /// Anything of a type.
    Type(TypeId),
    /// The capability of any node of a type.
    CapabilityOfType(TypeId, &'a str),
}

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Found<'s, 'a> {
    /// A value in a template or a default in a type, to be evaluated on behalf of `here`; `rest` of the path goes on
    /// inside it.
    Value {
        view: View<'a>,
        def: Option<&'s PropertyDef<'a>>,
        here: Here,
        rest: Vec<View<'a>>,
        /// Whose it is, and its name.
        of: (Entity<'a>, &'a str),
    },
    /// It is defined, and has no value; what it is declared as, and the path inside of it.
    Unset(Option<&'s PropertyDef<'a>>, Vec<View<'a>>),
    /// It is defined, and which value it has is not known: it is that of any thing of a type.
    Open(Option<&'s PropertyDef<'a>>, Vec<View<'a>>),
    /// An attribute: it has a value while the application runs.
    Runtime {
        /// What it is declared as.
        def: Option<&'s PropertyDef<'a>>,
        /// What it is at first, and on whose behalf that is evaluated.
        first: Option<(View<'a>, Here)>,
        /// The path inside of it.
        rest: Vec<View<'a>>,
        /// Whose it is, and its name.
        of: (Entity<'a>, &'a str),
    },
    /// Nothing can be said: a type is not known, or a requirement is open.
    Unknown,
}

impl<'a> Entity<'a> {
    /// A property or, for `get_attribute`, an attribute.
    pub(super) fn member<'s>(
        self,
        service: &'s Service<'a>,
        function: Function,
        name: &'a str,
        rest: &[View<'a>],
    ) -> Option<Found<'s, 'a>> {
        let types = &service.types;
        let (property, attribute) = if self.is_capability() {
            let def = self.capability(service)?;
            if def.is_open(types) {
                return Some(Found::Unknown);
            }
            (def.property(types, name), def.attribute(types, name))
        } else {
            let of = self.of(service);
            (
                of.and_then(|of| types.property(of, name)),
                of.and_then(|of| types.attribute(of, name)),
            )
        };
        let (here, body) = match self {
            Self::Node(at) => (Here::Node(at), Some(service.node(at).body)),
            Self::Capability(at, name) => {
                let all = service.node(at).body.get("capabilities");
                (Here::Node(at), all.and_then(|all| all.get(name)))
            }
            Self::Relationship(at, which) => {
                let relation = service.node(at).requirements[which].relation;
                (Here::Relationship(at, which), relation.body)
            }
            Self::Template(of, body) => {
                let kind = of.map(|of| types.get(of).kind);
                let is_relationship = kind == Some(TypeKind::Relationship);
                let here = if is_relationship {
                    Here::Some(of)
                } else {
                    Here::Topology
                };
                (here, Some(body))
            }
            Self::Type(of) | Self::CapabilityOfType(of, _) => (Here::Type(Some(of)), None),
        };
        let given = |section: &str| body?.get(section)?.get(name);
        if function == Function::GetAttribute
            && (attribute.is_some()
                || given("attributes").is_some()
                || matches!(name, "tosca_id" | "tosca_name" | "state"))
        {
            let first = given("attributes")
                .map(assigned)
                .or_else(|| attribute.and_then(|attribute| attribute.default))
                .or_else(|| given("properties"))
                .or_else(|| property.and_then(|property| property.default));
            return Some(Found::Runtime {
                def: attribute,
                first: first.filter(|first| !first.is_null()).map(|first| (first, here)),
                rest: rest.to_vec(),
                of: (self, name),
            });
        }
        let given = given("properties");
        if given.is_none() && property.is_none() {
            return None;
        }
        if matches!(here, Here::Type(_)) {
            return Some(Found::Open(property, rest.to_vec()));
        }
        let value = given
            .or_else(|| property.and_then(|property| property.default))
            .filter(|value| !value.is_null());
        Some(match value {
            Some(view) => Found::Value {
                view,
                def: property,
                here,
                rest: rest.to_vec(),
                of: (self, name),
            },
            None => Found::Unset(property, rest.to_vec()),
        })
    }

    fn is_capability(self) -> bool {
        matches!(self, Self::Capability(..) | Self::CapabilityOfType(..))
    }

    /// The definition of a capability.
    fn capability<'s>(self, service: &'s Service<'a>) -> Option<&'s CapabilityDef<'a>> {
        match self {
            Self::Capability(at, name) => service.types.capability(service.node(at).of?, name),
            Self::CapabilityOfType(of, name) => service.types.capability(of, name),
            _ => None,
        }
    }

    /// Its type.
    fn of(self, service: &Service<'a>) -> Option<TypeId> {
        match self {
            Self::Node(at) => service.node(at).of,
            Self::Relationship(at, which) => service.node(at).requirements[which].relation.of,
            Self::Template(of, _) => of,
            Self::Type(of) => Some(of),
            Self::Capability(..) | Self::CapabilityOfType(..) => self.capability(service)?.of,
        }
    }

    /// Whether it may have more than can be seen.
    pub(super) fn is_open(self, service: &Service<'a>) -> bool {
        let types = &service.types;
        if self.is_capability() {
            return self.capability(service).is_none_or(|def| def.is_open(types));
        }
        self.of(service).is_none_or(|of| types.get(of).open)
    }

    /// Its type in words, and where that is defined: "node type `X`".
    pub(super) fn type_of(self, service: &Service<'a>) -> Option<(String, Span)> {
        let of = service.types.get(self.of(service)?);
        Some((format!("{} `{}`", of.kind.words(), of.name), of.key.span()))
    }

    /// The type and the body of what may have interfaces.
    pub(super) fn bearer(self, service: &Service<'a>) -> Option<(TypeId, Option<View<'a>>)> {
        let body = match self {
            Self::Node(at) => Some(service.node(at).body),
            Self::Relationship(at, which) => service.node(at).requirements[which].relation.body,
            Self::Template(_, body) => Some(body),
            Self::Type(_) => None,
            Self::Capability(..) | Self::CapabilityOfType(..) => return None,
        };
        Some((self.of(service)?, body))
    }

    /// The names that a function may read from it.
    pub(super) fn names(self, service: &Service<'a>, function: Function) -> Vec<&'a str> {
        let types = &service.types;
        let of = self.of(service);
        let of_type = |section: for<'t> fn(&'t Type<'a>) -> &'t Members<'a, PropertyDef<'a>>| {
            let all = of.map(|of| types.all(of, section)).unwrap_or_default();
            all.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        let own = self.capability(service);
        let mut names = of_type(|of| &of.properties);
        names.extend(own.into_iter().flat_map(|def| def.properties.keys().copied()));
        if function == Function::GetAttribute {
            names.extend(of_type(|of| &of.attributes));
            names.extend(own.into_iter().flat_map(|def| def.attributes.keys().copied()));
        }
        names
    }
}

/// The schema of what is defined.
pub(super) fn schema_of<'s, 'a>(def: Option<&'s PropertyDef<'a>>) -> Option<&'s Schema<'a>> {
    def.map(|def| &def.schema)
}

/// The value that a template gives an attribute: the long form has it beside a description (Simple Profile 1.3, section
/// 3.6.13).
fn assigned(value: View<'_>) -> View<'_> {
    let is_long = value
        .entries()
        .all(|(_, key, _)| matches!(key, "value" | "description"));
    value.get("value").filter(|_| is_long).unwrap_or(value)
}
