//! Groups, policies, triggers.

use super::filters::CONDITIONS;
use super::interfaces::{INTERFACE, OPERATION};
use super::workflows::ACTIVITIES;
use super::{Entity, INTEGER, METADATA, STRINGS, VALUES, Value, entity};
use crate::grammar::key;
use crate::tosca::Version::{Simple11, Simple12, Simple13};

/// Section 3.8.5.
pub(super) static GROUP: Entity = entity(
    "group",
    &[
        key("type", Value::String).required(),
        key("description", Value::Text),
        key("metadata", METADATA),
        key("attributes", VALUES).since(Simple13),
        key("properties", VALUES),
        key("members", STRINGS),
        key("interfaces", Value::Map(&INTERFACE)).until(Simple12),
    ],
);

/// Section 3.8.6.
pub(super) static POLICY: Entity = entity(
    "policy",
    &[
        key("type", Value::String).required(),
        key("description", Value::Text),
        key("metadata", METADATA),
        key("properties", VALUES),
        key("targets", STRINGS),
        key("triggers", Value::Map(&Value::Entity(&TRIGGER))).since(Simple11),
    ],
);

/// Section 3.6.22. Up to 1.2 the table says `event` and the grammar `event_type`, and the action is one operation.
pub(super) static TRIGGER: Entity = entity(
    "trigger definition",
    &[
        key("description", Value::Text),
        key("event", Value::OneOf(&[Value::String, VALUES])).required_unless("event_type"),
        key("event_type", Value::OneOf(&[Value::String, VALUES])).deprecated(Simple13, "event"),
        key("schedule", VALUES),
        key("target_filter", Value::Entity(&EVENT_FILTER)),
        key(
            "condition",
            Value::OneOf(&[Value::Entity(&CONDITION), CONDITIONS, VALUES]),
        ),
        key("action", Value::OneOf(&[ACTIVITIES, OPERATION, VALUES])).until(Simple12),
        key("action", ACTIVITIES).required().since(Simple13),
    ],
);

/// Section 3.6.21.
static EVENT_FILTER: Entity = entity(
    "event filter",
    &[
        key("node", Value::String),
        key("requirement", Value::String),
        key("capability", Value::String),
    ],
);

/// The extended condition of a trigger.
static CONDITION: Entity = entity(
    "trigger condition",
    &[
        key("constraint", Value::Any),
        key("period", Value::String),
        key("evaluations", INTEGER),
        key("method", Value::String),
    ],
);
