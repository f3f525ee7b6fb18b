//! Interfaces, operations, notifications.
//!
//! Operations stand right under their interface up to 1.2, and under `operations` from 1.3 on; real files of every
//! version have either, so both are taken.

use super::definitions::PARAMETER;
use super::service::{ARTIFACT, ARTIFACT_LONG, VERSION};
use super::{Entity, METADATA, VALUES, Value, entity};
use crate::grammar::key;
use crate::tosca::Version::Simple13;

/// Section 3.7.5: interface types.
pub(super) static INTERFACE_TYPE: Entity = Entity {
    name: "interface type",
    keys: "keyname",
    keynames: &[
        key("derived_from", Value::String),
        key("version", VERSION),
        key("metadata", METADATA),
        key("description", Value::String),
        key("inputs", VALUES),
        key("operations", Value::Map(&OPERATION)),
        key("notifications", Value::Map(&NOTIFICATION)).since(Simple13),
    ],
    rest: Some(&OPERATION),
    single: false,
};

/// Section 3.6.20: an interface of a node type, a node template and so on. The values of its inputs are definitions
/// under types and values under templates.
pub(super) static INTERFACE: Value = Value::Entity(&INTERFACE_LONG);

static INTERFACE_LONG: Entity = Entity {
    name: "interface definition",
    keys: "keyname",
    keynames: &[
        key("type", Value::String),
        key("description", Value::String),
        key("inputs", VALUES),
        key("operations", Value::Map(&OPERATION)),
        key("notifications", Value::Map(&NOTIFICATION)).since(Simple13),
    ],
    rest: Some(&OPERATION),
    single: false,
};

/// Section 3.6.17: an operation; short: only its implementation.
pub(super) static OPERATION: Value = Value::OneOf(&[Value::String, Value::Entity(&OPERATION_LONG)]);

static OPERATION_LONG: Entity = entity(
    "operation definition",
    &[
        key("description", Value::String),
        key("implementation", IMPLEMENTATION),
        key("inputs", VALUES),
        key("outputs", Value::Map(&OUTPUT)).since(Simple13),
    ],
);

/// Section 3.6.19: a notification; short: only its implementation.
static NOTIFICATION: Value = Value::OneOf(&[Value::String, Value::Entity(&NOTIFICATION_LONG)]);

static NOTIFICATION_LONG: Entity = entity(
    "notification definition",
    &[
        key("description", Value::String),
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
        key("timeout", Value::Integer).since(Simple13),
        key("operation_host", Value::String).since(Simple13),
    ],
);

/// Section 3.6.15: which attribute takes an output.
static OUTPUT: Value = Value::OneOf(&[Value::List(&Value::Any), Value::Entity(&PARAMETER)]);
