//! The topology template and the templates in it.

use super::definitions::{OCCURRENCES, PARAMETER};
use super::filters::NODE_FILTER;
use super::interfaces::INTERFACE;
use super::policies::{GROUP, POLICY};
use super::service::ARTIFACT;
use super::workflows::WORKFLOW;
use super::{Entity, METADATA, STRINGS, VALUES, Value, entity};
use crate::grammar::key;
use crate::tosca::Version::{Simple11, Simple12, Simple13};

/// Section 3.9.
pub(super) static TOPOLOGY: Entity = entity(
    "topology template",
    &[
        key("description", Value::Text),
        key("inputs", Value::Map(&Value::Entity(&PARAMETER))),
        key("node_templates", Value::Map(&Value::Entity(&NODE))),
        key(
            "relationship_templates",
            Value::Map(&Value::Entity(&RELATIONSHIP)),
        ),
        key("groups", Value::Map(&Value::Entity(&GROUP))),
        key("policies", Value::NamedList(&Value::Entity(&POLICY))),
        key("outputs", Value::Map(&Value::Entity(&PARAMETER))),
        key(
            "substitution_mappings",
            Value::OneOf(&[Value::String, Value::Entity(&SUBSTITUTION)]),
        ),
        key("workflows", Value::Map(&Value::Entity(&WORKFLOW))).since(Simple11),
    ],
);

/// Section 3.8.3.
static NODE: Entity = entity(
    "node template",
    &[
        key("type", Value::String).required_unless("copy"),
        key("description", Value::Text),
        key("metadata", METADATA),
        key("directives", STRINGS),
        key("properties", VALUES),
        key("attributes", VALUES),
        key("requirements", Value::NamedList(&REQUIREMENT)),
        key("capabilities", Value::Map(&Value::Entity(&CAPABILITY))),
        key("interfaces", Value::Map(&INTERFACE)),
        key("artifacts", Value::Map(&ARTIFACT)),
        key("node_filter", Value::Entity(&NODE_FILTER)),
        key("copy", Value::String),
    ],
);

/// Section 3.8.4.
static RELATIONSHIP: Entity = entity(
    "relationship template",
    &[
        key("type", Value::String).required_unless("copy"),
        key("description", Value::Text),
        key("metadata", METADATA),
        key("properties", VALUES),
        key("attributes", VALUES),
        key("interfaces", Value::Map(&INTERFACE)),
        key("copy", Value::String),
    ],
);

/// Section 3.8.1.
static CAPABILITY: Entity = entity(
    "capability assignment",
    &[
        key("properties", VALUES),
        key("attributes", VALUES),
        key("occurrences", OCCURRENCES).since(Simple13),
    ],
);

/// Section 3.8.2: a requirement; short: only the node.
static REQUIREMENT: Value = Value::OneOf(&[Value::String, Value::Entity(&REQUIREMENT_LONG)]);

static REQUIREMENT_LONG: Entity = entity(
    "requirement assignment",
    &[
        key("node", Value::String),
        key("capability", Value::String),
        key(
            "relationship",
            Value::OneOf(&[Value::String, Value::Entity(&RELATIONSHIP_OF_REQUIREMENT)]),
        ),
        key("node_filter", Value::Entity(&NODE_FILTER)),
        key("occurrences", OCCURRENCES).since(Simple13),
    ],
);

static RELATIONSHIP_OF_REQUIREMENT: Entity = entity(
    "relationship of a requirement",
    &[
        key("type", Value::String),
        key("properties", VALUES),
        key("interfaces", Value::Map(&INTERFACE)),
    ],
);

/// Section 3.8.13.
static SUBSTITUTION: Entity = entity(
    "substitution mapping",
    &[
        key("node_type", Value::String).required(),
        key("substitution_filter", Value::Entity(&NODE_FILTER)).since(Simple13),
        key("properties", VALUES).since(Simple12),
        key("attributes", VALUES).since(Simple13),
        key("capabilities", Value::Map(&MAPPING)),
        key("requirements", MAPPINGS),
        key("interfaces", VALUES).since(Simple12),
    ],
);

/// What a capability or requirement of the substituted type stands for: a node and one of its own.
static MAPPING: Value = Value::OneOf(&[STRINGS, VALUES]);

/// A map by the standard; a list, as where requirements are assigned, in many a file.
static MAPPINGS: Value = Value::OneOf(&[Value::Map(&MAPPING), Value::NamedList(&MAPPING)]);
