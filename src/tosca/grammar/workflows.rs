//! Workflows, their steps and activities.

use super::definitions::PARAMETER;
use super::filters::CONDITIONS;
use super::interfaces::IMPLEMENTATION;
use super::{Entity, METADATA, STRINGS, VALUES, Value, entity};
use crate::grammar::key;
use crate::tosca::Version::Simple13;

/// Section 3.8.7. Workflows are there since 1.1.
pub(super) static WORKFLOW: Entity = entity(
    "workflow",
    &[
        key("description", Value::Text),
        key("metadata", METADATA),
        key("inputs", Value::Map(&Value::Entity(&PARAMETER))),
        key("preconditions", Value::List(&Value::Entity(&PRECONDITION))),
        key("steps", Value::Map(&Value::Entity(&STEP))),
        key("implementation", IMPLEMENTATION).since(Simple13),
        key("outputs", VALUES).since(Simple13),
    ],
);

/// Section 3.6.26.
static PRECONDITION: Entity = entity(
    "workflow precondition",
    &[
        key("target", Value::String).required(),
        key("target_relationship", Value::String),
        key("condition", CONDITIONS),
    ],
);

/// Section 3.6.27.
static STEP: Entity = entity(
    "workflow step",
    &[
        key("target", Value::String).required(),
        key("target_relationship", Value::String),
        // A step on a relationship needs it, and those are there since 1.1, whose table leaves it out.
        key("operation_host", Value::String),
        key("filter", CONDITIONS),
        key("activities", ACTIVITIES).required(),
        key("on_success", Value::OneOf(&[STRINGS, Value::String])),
        key("on_failure", Value::OneOf(&[STRINGS, Value::String])),
    ],
);

/// Section 3.6.23: a list of activities.
pub(super) static ACTIVITIES: Value = Value::List(&Value::Entity(&ACTIVITY));

static ACTIVITY: Entity = Entity {
    name: "activity definition",
    keys: "keyname",
    keynames: &[
        key(
            "delegate",
            Value::OneOf(&[Value::String, Value::Entity(&DELEGATE)]),
        ),
        key("set_state", Value::String),
        key(
            "call_operation",
            Value::OneOf(&[Value::String, Value::Entity(&CALL)]),
        ),
        key("inline", Value::OneOf(&[Value::String, Value::Entity(&DELEGATE)])),
    ],
    rest: None,
    single: true,
};

static DELEGATE: Entity = entity(
    "workflow call",
    &[key("workflow", Value::String).required(), key("inputs", VALUES)],
);

static CALL: Entity = entity(
    "operation call",
    &[key("operation", Value::String).required(), key("inputs", VALUES)],
);
