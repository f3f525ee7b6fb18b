//! Constraint clauses, node filters, conditions.

use super::{CALL, Entity, Value, entity};
use crate::grammar::key;
use crate::tosca::Version::Simple12;

/// A list of constraint clauses.
pub(super) static CONSTRAINTS: Value = Value::List(&CLAUSE);

/// A bare value is short for `equal` (section 3.6.3.4).
static CLAUSE: Value = Value::OneOf(&[Value::Entity(&CONSTRAINT), Value::String]);

/// A list of values, or a function that gives one.
const VALUES_OF_LIST: Value = Value::OneOf(&[Value::List(&Value::Any), CALL]);

/// Section 3.6.3. Whether the operand suits the type is asked where the type is known.
pub(super) static CONSTRAINT: Entity = Entity {
    name: "constraint clause",
    keys: "operator",
    keynames: &[
        key("equal", Value::Any),
        key("greater_than", Value::Any),
        key("greater_or_equal", Value::Any),
        key("less_than", Value::Any),
        key("less_or_equal", Value::Any),
        key("in_range", VALUES_OF_LIST),
        key("valid_values", VALUES_OF_LIST),
        key("length", Value::Any),
        key("min_length", Value::Any),
        key("max_length", Value::Any),
        key("pattern", Value::Any),
        key("schema", Value::Any).since(Simple12),
    ],
    rest: None,
    single: true,
};

/// One clause, or a list of them; a function is short for `equal`, as any value is.
static CLAUSES: Value = Value::OneOf(&[
    Value::Entity(&CONSTRAINT),
    CALL,
    Value::List(&CLAUSE),
    Value::String,
]);

/// Section 3.6.5.
pub(super) static NODE_FILTER: Entity = entity(
    "node filter",
    &[
        key("properties", Value::NamedList(&CLAUSES)),
        key(
            "capabilities",
            Value::NamedList(&Value::Entity(&CAPABILITY_FILTER)),
        ),
    ],
);

static CAPABILITY_FILTER: Entity = entity(
    "capability filter",
    &[key("properties", Value::NamedList(&CLAUSES))],
);

/// Section 3.6.25: a list of conditions, all of which must hold.
pub(super) static CONDITIONS: Value = Value::List(&CONDITION);

static CONDITION: Value = Value::Entity(&CONDITION_CLAUSE);

static CONDITION_CLAUSE: Entity = Entity {
    name: "condition clause",
    keys: "keyname",
    keynames: &[
        key("and", CONDITIONS),
        key("or", CONDITIONS),
        key("not", Value::OneOf(&[CONDITION, CONDITIONS])),
        key("assert", CONDITIONS),
        // 1.1 writes the constraint beside the attribute that it is about.
        key("constraint", Value::Any),
    ],
    // An assertion: an attribute's name, and what must hold for its value.
    rest: Some(&Value::Any),
    single: false,
};
