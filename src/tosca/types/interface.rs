//! Interfaces and their operations, from interface type over node type to template: each refines the one before.

use super::super::view::View;
use super::operation::{InputDef, OperationDef, refine_inputs};
use super::{Members, TypeId, TypeKind, Types, refine};
use crate::diagnostic::Sink;

/// Keynames of an interface; every other key is an operation (Simple Profile 1.2 and before).
const KEYNAMES: [&str; 8] = [
    "type",
    "inputs",
    "operations",
    "notifications",
    "description",
    "metadata",
    "version",
    "derived_from",
];

/// Whose interfaces a body speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tosca) enum Bearer {
    /// A type; an interface type speaks of itself.
    Type(TypeKind),
    /// A template of a type of this kind.
    Template(TypeKind),
}

impl Bearer {
    pub(super) fn is_template(self) -> bool {
        matches!(self, Self::Template(_))
    }

    pub(super) fn kind(self) -> TypeKind {
        match self {
            Self::Type(kind) | Self::Template(kind) => kind,
        }
    }
}

/// One interface.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct InterfaceDef<'a> {
    pub(in crate::tosca) key: View<'a>,
    /// Its type; none where that is unknown.
    pub(in crate::tosca) of: Option<TypeId>,
    /// Inputs that all operations get.
    pub(in crate::tosca) inputs: Members<'a, InputDef<'a>>,
    pub(in crate::tosca) operations: Members<'a, OperationDef<'a>>,
    pub(in crate::tosca) notifications: Members<'a, OperationDef<'a>>,
}

impl<'a> InterfaceDef<'a> {
    /// An interface without anything.
    pub(in crate::tosca) fn empty(key: View<'a>, of: Option<TypeId>) -> Self {
        Self {
            key,
            of,
            inputs: Members::default(),
            operations: Members::default(),
            notifications: Members::default(),
        }
    }

    /// The interface `name` of a type or template, before its body refines it: what is inherited, or what its type
    /// brings. None where nothing tells its type.
    pub(in crate::tosca) fn base(
        types: &Types<'a>,
        key: View<'a>,
        name: &'a str,
        body: View<'a>,
        inherited: Option<&Self>,
        sink: &mut Sink,
    ) -> Option<Self> {
        let named = body.get("type").filter(|_| body.is_map());
        let stated = named.map(|named| types.resolve(named, TypeKind::Interface, sink));
        if let Some(inherited) = inherited
            && (stated.is_none() || stated.flatten() == inherited.of || stated == Some(None))
        {
            return Some(inherited.clone());
        }
        if let (Some(named), Some(inherited)) = (named, inherited) {
            let named = refine::Named {
                words: "type",
                stated: named,
                of: stated.flatten(),
            };
            refine::named(types, key, &named, (inherited.of, inherited.key), sink);
        }
        let of = match stated {
            Some(stated) => stated,
            None => Some(
                types
                    .scopes
                    .find(types.forest.file_of(key), TypeKind::Interface, name)?,
            ),
        };
        let mut base = of
            .and_then(|of| types.get(of).interface.clone())
            .unwrap_or_else(|| Self::empty(key, of));
        base.key = key;
        base.of = of;
        if let Some(inherited) = inherited {
            // The interface's type was made narrower: what is implemented stays.
            fn add<'a, T: Clone>(to: &mut Members<'a, T>, from: &Members<'a, T>) {
                to.extend(from.iter().map(|(&name, member)| (name, member.clone())));
            }
            add(&mut base.inputs, &inherited.inputs);
            add(&mut base.operations, &inherited.operations);
            add(&mut base.notifications, &inherited.notifications);
        }
        Some(base)
    }

    /// Applies a body in either notation.
    pub(in crate::tosca) fn refine(
        &mut self,
        types: &Types<'a>,
        bearer: Bearer,
        body: View<'a>,
        sink: &mut Sink,
    ) {
        refine_inputs(&mut self.inputs, None, types, bearer, body, sink);
        for (key, name, body) in Self::operations_in(body) {
            let operation = self.operations.entry(name);
            let operation = operation.or_insert_with(|| OperationDef::empty(key));
            operation.refine(&self.inputs, types, bearer, (key, body), sink);
        }
        for (key, name, body) in body.entries_of("notifications") {
            let notification = self.notifications.entry(name);
            let notification = notification.or_insert_with(|| OperationDef::empty(key));
            notification.refine(&self.inputs, types, bearer, (key, body), sink);
        }
    }

    /// The operations that a body states, in either notation.
    pub(in crate::tosca) fn operations_in(
        body: View<'a>,
    ) -> impl Iterator<Item = (View<'a>, &'a str, View<'a>)> {
        let direct = body.entries().filter(|(_, name, _)| !KEYNAMES.contains(name));
        direct.chain(body.entries_of("operations"))
    }
}
