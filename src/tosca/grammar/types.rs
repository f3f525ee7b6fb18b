//! Type definitions, except for interface types.

use super::definitions::{ATTRIBUTE, CAPABILITY, PROPERTY, REQUIREMENT, SCHEMA};
use super::filters::CONSTRAINTS;
use super::interfaces::INTERFACE_OF_TYPE;
use super::policies::TRIGGER;
use super::service::{ARTIFACT, VERSION};
use super::{Entity, METADATA, STRINGS, Value, entity};
use crate::grammar::key;
use crate::tosca::Version::{Simple11, Simple12, Simple13};

/// A map of property definitions.
pub(super) static PROPERTIES: Value = Value::Map(&Value::Entity(&PROPERTY));
/// A map of attribute definitions.
pub(super) static ATTRIBUTES: Value = Value::Map(&ATTRIBUTE);

/// Section 3.7.4.
pub(super) static ARTIFACT_TYPE: Entity = entity(
    "artifact type",
    &[
        key("derived_from", Value::String),
        key("version", VERSION),
        key("metadata", METADATA),
        key("description", Value::Text),
        key("mime_type", Value::String),
        key("file_ext", STRINGS),
        key("properties", PROPERTIES),
    ],
);

/// Section 3.7.6.
pub(super) static DATA_TYPE: Entity = entity(
    "data type",
    &[
        key("derived_from", Value::String),
        key("version", VERSION),
        key("metadata", METADATA),
        key("description", Value::Text),
        key("constraints", CONSTRAINTS),
        key("properties", PROPERTIES),
        key("key_schema", SCHEMA).since(Simple13),
        key("entry_schema", SCHEMA).since(Simple13),
    ],
);

/// Section 3.7.7.
pub(super) static CAPABILITY_TYPE: Entity = entity(
    "capability type",
    &[
        key("derived_from", Value::String),
        key("version", VERSION),
        key("metadata", METADATA),
        key("description", Value::Text),
        key("properties", PROPERTIES),
        key("attributes", ATTRIBUTES),
        key("valid_source_types", STRINGS),
    ],
);

/// Section 3.7.10.
pub(super) static RELATIONSHIP_TYPE: Entity = entity(
    "relationship type",
    &[
        key("derived_from", Value::String),
        key("version", VERSION),
        key("metadata", METADATA),
        key("description", Value::Text),
        key("properties", PROPERTIES),
        key("attributes", ATTRIBUTES),
        key("interfaces", Value::Map(&INTERFACE_OF_TYPE)),
        key("valid_target_types", STRINGS),
    ],
);

/// Section 3.7.9.
pub(super) static NODE_TYPE: Entity = entity(
    "node type",
    &[
        key("derived_from", Value::String),
        key("version", VERSION),
        key("metadata", METADATA),
        key("description", Value::Text),
        key("attributes", ATTRIBUTES),
        key("properties", PROPERTIES),
        key("requirements", Value::NamedList(&REQUIREMENT)),
        key("capabilities", Value::Map(&CAPABILITY)),
        key("interfaces", Value::Map(&INTERFACE_OF_TYPE)),
        key("artifacts", Value::Map(&ARTIFACT)),
    ],
);

/// Section 3.7.11.
pub(super) static GROUP_TYPE: Entity = entity(
    "group type",
    &[
        key("derived_from", Value::String),
        key("version", VERSION),
        key("metadata", METADATA),
        key("description", Value::Text),
        key("attributes", ATTRIBUTES).since(Simple11),
        key("properties", PROPERTIES),
        key("members", STRINGS),
        key("requirements", Value::NamedList(&REQUIREMENT)).until(Simple12),
        key("capabilities", Value::Map(&CAPABILITY)).until(Simple12),
        key("interfaces", Value::Map(&INTERFACE_OF_TYPE)).until(Simple12),
    ],
);

/// Section 3.7.12.
pub(super) static POLICY_TYPE: Entity = entity(
    "policy type",
    &[
        key("derived_from", Value::String),
        key("version", VERSION),
        key("metadata", METADATA),
        key("description", Value::Text),
        key("properties", PROPERTIES),
        key("targets", STRINGS),
        key("triggers", Value::Map(&Value::Entity(&TRIGGER))).since(Simple11),
    ],
);
