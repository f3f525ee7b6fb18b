//! Interfaces, operations, notifications.
//!
//! Operations stand right under their interface up to 1.2, and under `operations` from 1.3 on; real files of every
//! version have either, so both are taken.

use super::definitions::{PARAMETER, PROPERTY};
use super::service::{ARTIFACT, ARTIFACT_LONG, VERSION};
use super::types::PROPERTIES;
use super::{Entity, INTEGER, Keyname, METADATA, VALUES, Value, entity};
use crate::grammar::key;
use crate::tosca::Version::Simple13;
use crate::tosca::value::Builtin;
use crate::yaml::{NodeId, Tree};

/// Section 3.7.5: interface types. Their inputs, and those of their operations, are definitions.
pub(super) static INTERFACE_TYPE: Entity = Entity {
    name: "interface type",
    keys: "keyname",
    keynames: &[
        key("derived_from", Value::String),
        key("version", VERSION),
        key("metadata", METADATA),
        key("description", Value::Text),
        key("inputs", PROPERTIES),
        key("operations", Value::Map(&OPERATION_OF_INTERFACE_TYPE)),
        key("notifications", Value::Map(&NOTIFICATION)).since(Simple13),
    ],
    rest: Some(&OPERATION_OF_INTERFACE_TYPE),
    single: false,
};

/// Section 3.6.20: an interface of a node template and so on, whose inputs are values.
pub(super) static INTERFACE: Value = Value::Entity(&INTERFACE_LONG);

static INTERFACE_LONG: Entity = interface(
    &[
        key("type", Value::String),
        key("description", Value::Text),
        key("inputs", VALUES),
        key("operations", Value::Map(&OPERATION)),
        key("notifications", Value::Map(&NOTIFICATION)).since(Simple13),
    ],
    &OPERATION,
);

/// Section 3.6.20: an interface of a node type and so on, whose inputs are definitions or values.
pub(super) static INTERFACE_OF_TYPE: Value = Value::Entity(&INTERFACE_OF_TYPE_LONG);

static INTERFACE_OF_TYPE_LONG: Entity = interface(
    &[
        key("type", Value::String),
        key("description", Value::Text),
        key("inputs", INPUTS),
        key("operations", Value::Map(&OPERATION_OF_TYPE)),
        key("notifications", Value::Map(&NOTIFICATION)).since(Simple13),
    ],
    &OPERATION_OF_TYPE,
);

const fn interface(keynames: &'static [Keyname], rest: &'static Value) -> Entity {
    Entity {
        name: "interface definition",
        keys: "keyname",
        keynames,
        rest: Some(rest),
        single: false,
    }
}

/// Definitions where values may stand as well.
static INPUTS: Value = Value::Map(&Value::OneOf(&[
    Value::If {
        is: is_definition,
        value: &Value::Entity(&PROPERTY),
    },
    Value::Any,
]));

/// Whether an input defines something rather than being a value: it has a built-in type, or keynames of definitions only.
/// A map with a key `type` may as well be of a data type that has such a property.
fn is_definition(tree: &Tree, node: NodeId) -> bool {
    let Some(of) = tree.get(node, "type").and_then(|of| tree.scalar(of)) else {
        return false;
    };
    let mut keys = tree.entries(node).iter().map(|entry| tree.scalar(entry.key));
    let is_keyname = |key: &str| PROPERTY.keynames.iter().any(|row| row.name == key);
    Builtin::of(of).is_some() || keys.all(|key| key.is_some_and(is_keyname))
}

/// Section 3.6.17: an operation; short: only its implementation.
pub(super) static OPERATION: Value = Value::OneOf(&[Value::String, Value::Entity(&OPERATION_LONG)]);

static OPERATION_LONG: Entity = operation(&[
    key("description", Value::Text),
    key("implementation", IMPLEMENTATION),
    key("inputs", VALUES),
    key("outputs", Value::Map(&OUTPUT)).since(Simple13),
]);

/// An operation of a node type and so on.
static OPERATION_OF_TYPE: Value = Value::OneOf(&[Value::String, Value::Entity(&OPERATION_OF_TYPE_LONG)]);

static OPERATION_OF_TYPE_LONG: Entity = operation(&[
    key("description", Value::Text),
    key("implementation", IMPLEMENTATION),
    key("inputs", INPUTS),
    key("outputs", Value::Map(&OUTPUT)).since(Simple13),
]);

/// An operation of an interface type.
static OPERATION_OF_INTERFACE_TYPE: Value =
    Value::OneOf(&[Value::String, Value::Entity(&OPERATION_OF_INTERFACE_TYPE_LONG)]);

static OPERATION_OF_INTERFACE_TYPE_LONG: Entity = operation(&[
    key("description", Value::Text),
    key("implementation", IMPLEMENTATION),
    key("inputs", PROPERTIES),
    key("outputs", Value::Map(&OUTPUT)).since(Simple13),
]);

const fn operation(keynames: &'static [Keyname]) -> Entity {
    entity("operation definition", keynames)
}

/// Section 3.6.19: a notification; short: only its implementation.
static NOTIFICATION: Value = Value::OneOf(&[Value::String, Value::Entity(&NOTIFICATION_LONG)]);

static NOTIFICATION_LONG: Entity = entity(
    "notification definition",
    &[
        key("description", Value::Text),
        key("implementation", IMPLEMENTATION),
        key("outputs", Value::Map(&OUTPUT)).since(Simple13),
    ],
);

/// Sections 3.6.16 and 3.6.18: the artifact's name or file, or primary and dependencies, or an artifact in place.
pub(super) static IMPLEMENTATION: Value = Value::OneOf(&[
    Value::String,
    Value::Entity(&IMPLEMENTATION_LONG),
    Value::Entity(&ARTIFACT_LONG),
]);

static IMPLEMENTATION_LONG: Entity = entity(
    "implementation definition",
    &[
        key("primary", ARTIFACT),
        key("dependencies", Value::List(&ARTIFACT)),
        key("timeout", INTEGER).since(Simple13),
        key("operation_host", Value::String).since(Simple13),
    ],
);

/// Section 3.6.15: which attribute takes an output.
static OUTPUT: Value = Value::OneOf(&[Value::List(&Value::Any), Value::Entity(&PARAMETER)]);
