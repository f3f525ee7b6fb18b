//! The format as a table.

use crate::grammar::{self, key};

type Entity = grammar::Entity<()>;
type Keyname = grammar::Keyname<()>;
type Value = grammar::Value<()>;

/// The document.
pub(super) static DOCUMENT: Value = Value::List(&Value::Entity(&NODE));

const fn entity(name: &'static str, keys: &'static str, keynames: &'static [Keyname]) -> Entity {
    Entity {
        name,
        keys,
        keynames,
        rest: None,
        single: false,
    }
}

static NODE: Entity = entity(
    "node",
    "key",
    &[
        key("id", Value::Integer).required(),
        key("name", Value::String).required(),
        key("target", Value::String).required(),
        key("interfaces", Value::Entity(&INTERFACES)),
        key("deps", Value::List(&Value::Entity(&DEPENDENCY))),
    ],
);

static INTERFACES: Entity = entity(
    "interfaces",
    "operation",
    &[
        key("create", Value::Entity(&OPERATION)),
        key("configure", Value::Entity(&OPERATION)),
        key("start", Value::Entity(&OPERATION)),
        key("stop", Value::Entity(&OPERATION)),
        key("delete", Value::Entity(&OPERATION)),
    ],
);

static DEPENDENCY: Entity = entity(
    "dependency",
    "key",
    &[key("nodes", Value::List(&Value::Integer)).required()],
);

static OPERATION: Entity = entity(
    "operation",
    "key",
    &[key("check", Value::Entity(&CHECK)), key("do", Value::Entity(&DO))],
);

static CHECK: Entity = Entity {
    name: "check",
    keys: "engine",
    keynames: ENGINES,
    rest: None,
    single: true,
};

static DO: Entity = Entity {
    name: "do",
    keys: "engine",
    keynames: ENGINES,
    rest: None,
    single: true,
};

static ENGINES: &[Keyname] = &[
    key("nil", Value::Entity(&NIL)),
    key("file", Value::Entity(&FILE)),
    key("shell", Value::Entity(&SHELL)),
];

static NIL: Entity = entity("`nil` engine", "argument", &[]);

static FILE: Entity = entity(
    "`file` engine",
    "argument",
    &[
        key("path", Value::String).required(),
        key("state", Value::Words(&["file", "directory", "symlink", "absent"])),
        key("target", Value::String),
        key("content", Value::String),
        key("mode", Value::String),
        key("owner", Value::String),
        key("group", Value::String),
    ],
);

static SHELL: Entity = entity(
    "`shell` engine",
    "argument",
    &[
        key("artifact", Value::String).required(),
        key("args", Value::List(&Value::String)),
    ],
);
