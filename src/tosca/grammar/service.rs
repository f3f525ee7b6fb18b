//! The file as a whole: service template, imports, repositories.

use super::interfaces::INTERFACE_TYPE;
use super::templates::TOPOLOGY;
use super::types::{
    ARTIFACT_TYPE, CAPABILITY_TYPE, DATA_TYPE, GROUP_TYPE, NODE_TYPE, POLICY_TYPE, RELATIONSHIP_TYPE,
};
use super::{Entity, METADATA, VALUES, Value, entity};
use crate::grammar::key;
use crate::tosca::Version::{Simple12, Simple13};

/// What a file is.
pub(super) static ROOT: Value = Value::Entity(&FILE);

/// Section 3.10 (1.3): the service template.
static FILE: Entity = entity(
    "service template",
    &[
        // Looked at where the version is read from it, without which there is no table.
        key("tosca_definitions_version", Value::Any),
        key("namespace", Value::String).since(Simple12),
        // Of drafts before 1.0; many files of that time still have them, and no reader minds.
        key("tosca_default_namespace", Value::String),
        key("template_name", Value::Text),
        key("template_author", Value::Text),
        key("template_version", Value::Text),
        key("metadata", Value::Entity(&FILE_METADATA)),
        key("description", Value::Text),
        key("dsl_definitions", VALUES),
        key("repositories", Value::Map(&REPOSITORY)),
        key("imports", Value::List(&IMPORT)),
        key("artifact_types", Value::Map(&Value::Entity(&ARTIFACT_TYPE))),
        key("data_types", Value::Map(&Value::Entity(&DATA_TYPE))),
        key("capability_types", Value::Map(&Value::Entity(&CAPABILITY_TYPE))),
        key("interface_types", Value::Map(&Value::Entity(&INTERFACE_TYPE))),
        key(
            "relationship_types",
            Value::Map(&Value::Entity(&RELATIONSHIP_TYPE)),
        ),
        key("node_types", Value::Map(&Value::Entity(&NODE_TYPE))),
        key("group_types", Value::Map(&Value::Entity(&GROUP_TYPE))),
        key("policy_types", Value::Map(&Value::Entity(&POLICY_TYPE))),
        key("topology_template", Value::Entity(&TOPOLOGY)),
    ],
);

/// Section 3.10.3: metadata of the file, of which some names have a meaning.
static FILE_METADATA: Entity = Entity {
    name: "metadata",
    keys: "keyname",
    keynames: &[
        key("template_name", Value::Text),
        key("template_author", Value::Text),
        key("template_version", VERSION),
    ],
    rest: Some(&Value::Text),
    single: false,
};

/// Section 3.3.2, but lenient about what stands behind the numbers: `1.0-draft` is taken.
pub(super) const VERSION: Value = Value::Form {
    what: "a version, as in `1.2.3`",
    is: |text| {
        let end = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
        text.starts_with(|first: char| first.is_ascii_digit()) && text.bytes().all(end)
    },
};

/// Section 3.6.6: a repository, short or long.
static REPOSITORY: Value = Value::OneOf(&[Value::String, Value::Entity(&REPOSITORY_LONG)]);

static REPOSITORY_LONG: Entity = entity(
    "repository definition",
    &[
        key("description", Value::Text),
        key("url", Value::String).required(),
        key("credential", VALUES),
    ],
);

/// Section 3.6.8: an import, as a file name, with keynames, or either of these under a name (as 1.0 writes it).
static IMPORT: Value = Value::OneOf(&[
    Value::String,
    Value::Entity(&IMPORT_LONG),
    Value::Named(&Value::OneOf(&[Value::String, Value::Entity(&IMPORT_LONG)])),
]);

static IMPORT_LONG: Entity = entity(
    "import definition",
    &[
        key("file", Value::String).required(),
        key("repository", Value::String),
        key("namespace_uri", Value::String).deprecated(Simple13, "namespace_prefix"),
        key("namespace_prefix", Value::String),
    ],
);

/// Section 3.6.7: an artifact, short or long. The table has `type` and `file` as required; but where the node's type
/// or its parent has an artifact of this name, both are taken from there, and the standard's own examples do so.
pub(super) static ARTIFACT: Value = Value::OneOf(&[Value::String, Value::Entity(&ARTIFACT_LONG)]);

pub(super) static ARTIFACT_LONG: Entity = entity(
    "artifact definition",
    &[
        key("type", Value::String),
        key("file", Value::String),
        key("repository", Value::String),
        key("description", Value::Text),
        key("deploy_path", Value::String),
        // The table of 1.3 calls it so, its grammar `version`.
        key("artifact_version", Value::String).since(Simple13),
        key("version", Value::String).since(Simple13),
        key("checksum", Value::String).since(Simple13),
        key("checksum_algorithm", Value::String).since(Simple13),
        key("properties", VALUES),
        key("metadata", METADATA).since(Simple13),
    ],
);
