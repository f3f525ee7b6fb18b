//! Definitions of properties, attributes, parameters, schemas, capabilities and requirements. Whether one may leave out
//! its type, because it refines another, is asked where types are known.

use super::filters::{CONSTRAINTS, NODE_FILTER};
use super::interfaces::INTERFACE_OF_TYPE;
use super::types::{ATTRIBUTES, PROPERTIES};
use super::{Entity, METADATA, STRINGS, Value, entity};
use crate::grammar::key;
use crate::tosca::Version::{Simple12, Simple13};

const STATUS: Value = Value::Words(&["supported", "unsupported", "experimental", "deprecated"]);

/// How often something occurs.
pub(super) const OCCURRENCES: Value = Value::Range { single: false };

/// Section 3.6.10. A refinement may leave the type as it is, and since 1.3 fix the value.
pub(super) static PROPERTY: Entity = entity(
    "property definition",
    &[
        key("type", Value::String),
        key("description", Value::Text),
        key("value", Value::Any).since(Simple13),
        key("required", Value::Boolean),
        key("default", Value::Any),
        key("status", STATUS),
        key("constraints", CONSTRAINTS),
        key("key_schema", SCHEMA).since(Simple13),
        key("entry_schema", SCHEMA),
        key("external-schema", Value::String).since(Simple12),
        key("external_schema", Value::String).since(Simple12),
        key("metadata", METADATA).since(Simple13),
    ],
);

/// Section 3.6.12.
pub(super) static ATTRIBUTE: Value = Value::Entity(&ATTRIBUTE_LONG);

static ATTRIBUTE_LONG: Entity = entity(
    "attribute definition",
    &[
        key("type", Value::String),
        key("description", Value::Text),
        key("default", Value::Any),
        key("status", STATUS),
        key("constraints", CONSTRAINTS).since(Simple13),
        key("key_schema", SCHEMA).since(Simple13),
        key("entry_schema", SCHEMA),
        key("metadata", METADATA).since(Simple13),
    ],
);

/// Section 3.6.14: inputs and outputs of a topology, of workflows and of operations.
pub(super) static PARAMETER: Entity = entity(
    "parameter definition",
    &[
        key("type", Value::String),
        key("value", Value::Any),
        key("description", Value::Text),
        key("required", Value::Boolean),
        key("default", Value::Any),
        key("status", STATUS),
        key("constraints", CONSTRAINTS),
        key("key_schema", SCHEMA).since(Simple13),
        key("entry_schema", SCHEMA),
        key("external-schema", Value::String).since(Simple12),
        key("external_schema", Value::String).since(Simple12),
        key("metadata", METADATA).since(Simple13),
    ],
);

/// Section 3.6.9: the schema of entries or keys; short: only its type.
pub(super) static SCHEMA: Value = Value::OneOf(&[Value::String, Value::Entity(&SCHEMA_LONG)]);

static SCHEMA_LONG: Entity = entity(
    "schema definition",
    &[
        key("type", Value::String).required(),
        key("description", Value::Text),
        key("constraints", CONSTRAINTS),
        key("key_schema", SCHEMA).since(Simple13),
        key("entry_schema", SCHEMA),
        // Of no effect, but written by many as if an entry were a property.
        key("required", Value::Boolean),
        key("default", Value::Any),
    ],
);

/// Section 3.7.2: a capability; short: only its type.
pub(super) static CAPABILITY: Value = Value::OneOf(&[Value::String, Value::Entity(&CAPABILITY_LONG)]);

static CAPABILITY_LONG: Entity = entity(
    "capability definition",
    &[
        key("type", Value::String),
        key("description", Value::Text),
        key("properties", PROPERTIES),
        key("attributes", ATTRIBUTES),
        key("valid_source_types", STRINGS),
        key("occurrences", OCCURRENCES),
    ],
);

/// Section 3.7.3: a requirement; short: only its capability type.
pub(super) static REQUIREMENT: Value = Value::OneOf(&[Value::String, Value::Entity(&REQUIREMENT_LONG)]);

static REQUIREMENT_LONG: Entity = entity(
    "requirement definition",
    &[
        key("capability", Value::String),
        key("node", Value::String),
        key(
            "relationship",
            Value::OneOf(&[Value::String, Value::Entity(&RELATIONSHIP_OF_REQUIREMENT)]),
        ),
        key("node_filter", Value::Entity(&NODE_FILTER)),
        key("occurrences", OCCURRENCES),
        // Not in the table, but the standard's own types have it.
        key("description", Value::Text),
        key("metadata", METADATA).since(Simple13),
    ],
);

static RELATIONSHIP_OF_REQUIREMENT: Entity = entity(
    "relationship of a requirement",
    &[
        key("type", Value::String),
        key("interfaces", Value::Map(&INTERFACE_OF_TYPE)),
    ],
);
