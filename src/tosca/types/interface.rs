//! Interfaces and their operations, from interface type over node type to template: each refines the one before.

use super::super::value::Schema;
use super::super::view::View;
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

/// An input of an operation: what it is, or what it is set to, or both.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct InputDef<'a> {
    pub(in crate::tosca) key: View<'a>,
    pub(in crate::tosca) schema: Option<Schema<'a>>,
    pub(in crate::tosca) value: Option<View<'a>>,
}

/// One operation.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct OperationDef<'a> {
    pub(in crate::tosca) key: View<'a>,
    /// `implementation`, or the short form's scalar.
    pub(in crate::tosca) implementation: Option<View<'a>>,
    pub(in crate::tosca) inputs: Members<'a, InputDef<'a>>,
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
}

impl<'a> InterfaceDef<'a> {
    /// An interface without anything.
    pub(in crate::tosca) fn empty(key: View<'a>, of: Option<TypeId>) -> Self {
        Self {
            key,
            of,
            inputs: Members::new(),
            operations: Members::new(),
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
            refine::named(
                types,
                key,
                named,
                stated.flatten(),
                (inherited.of, inherited.key),
                sink,
            );
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
            base.inputs.extend(
                inherited
                    .inputs
                    .iter()
                    .map(|(&name, input)| (name, input.clone())),
            );
            base.operations.extend(
                inherited
                    .operations
                    .iter()
                    .map(|(&name, operation)| (name, operation.clone())),
            );
        }
        Some(base)
    }

    /// Applies a body in either notation.
    pub(in crate::tosca) fn refine(&mut self, types: &Types<'a>, body: View<'a>, sink: &mut Sink) {
        refine_inputs(&mut self.inputs, types, body, sink);
        for (key, name, body) in Self::operations_in(body) {
            let operation = self.operations.entry(name).or_insert_with(|| OperationDef {
                key,
                implementation: None,
                inputs: Members::new(),
            });
            operation.refine(types, key, body, sink);
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

impl<'a> OperationDef<'a> {
    fn refine(&mut self, types: &Types<'a>, key: View<'a>, body: View<'a>, sink: &mut Sink) {
        if body.is_null() {
            return;
        }
        self.key = key;
        if body.is_scalar() {
            self.implementation = Some(body);
            return;
        }
        if let Some(implementation) = body.get("implementation") {
            self.implementation = Some(implementation);
        }
        refine_inputs(&mut self.inputs, types, body, sink);
    }
}

fn refine_inputs<'a>(
    inputs: &mut Members<'a, InputDef<'a>>,
    types: &Types<'a>,
    body: View<'a>,
    sink: &mut Sink,
) {
    for (key, name, body) in body.entries_of("inputs") {
        let input = if is_definition(types, body) {
            InputDef {
                key,
                schema: Some(Schema::read(types, body, sink)),
                value: body
                    .get_nullable("value")
                    .or_else(|| body.get_nullable("default")),
            }
        } else {
            InputDef {
                key,
                schema: None,
                value: Some(body),
            }
        };
        let known = inputs.entry(name).or_insert_with(|| InputDef {
            key,
            schema: None,
            value: None,
        });
        known.key = input.key;
        known.schema = input.schema.or(known.schema.take());
        known.value = input.value.or(known.value);
    }
}

/// Whether an input's body defines it (a map with a `type` and nothing that definitions do not have) rather than
/// being its value.
pub(super) fn is_definition<'a>(types: &Types<'a>, body: View<'a>) -> bool {
    const KEYNAMES: [&str; 11] = [
        "type",
        "description",
        "required",
        "default",
        "value",
        "status",
        "constraints",
        "entry_schema",
        "key_schema",
        "metadata",
        "mapping",
    ];
    let Some((at, name)) = body.name_of("type") else {
        return false;
    };
    body.entries().all(|(_, key, _)| KEYNAMES.contains(&key))
        && (super::super::value::Builtin::of(name).is_some()
            || types
                .scopes
                .find(types.forest.file_of(at), TypeKind::Data, name)
                .is_some()
            || body.width() > 1)
}
