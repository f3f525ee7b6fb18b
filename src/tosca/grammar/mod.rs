//! The grammar of TOSCA as tables, one file per area: what keynames each entity has in which version.
//!
//! Sources: TOSCA Simple Profile in YAML 1.0 to 1.3, chapter 3. A row without `since` is in 1.0; a row without `until`
//! is still in the newest. Where real files that all tools accept differ from the letter, the tables accept them, and
//! a comment says so: operations of an interface stand right under it or under `operations`, in every version.
//!
//! Not in the tables, because names decide: values of properties, attributes, inputs and functions, which are `Any`
//! here; whether a definition without `type` has something to inherit it from; and whether an artifact without `type`
//! or `file` has.

mod definitions;
mod filters;
mod interfaces;
mod policies;
mod service;
mod templates;
#[cfg(test)]
mod tests;
mod types;
mod workflows;

use super::view::View;
use super::{Version, function};
use crate::diagnostic::Sink;
use crate::grammar::{self, Mending};
use crate::yaml::{NodeId, Tree};

type Entity = grammar::Entity<Version>;
type Keyname = grammar::Keyname<Version>;
type Value = grammar::Value<Version>;

impl grammar::Edition for Version {
    fn name(self) -> &'static str {
        self.as_str()
    }
}

/// Holds the TOSCA file whose document is `root` against the tables of `version`, and returns what is meant otherwise
/// than it is written. That `tosca_definitions_version` is there is not asked: who calls has read the version from it.
pub fn check(tree: &Tree, root: NodeId, version: Version, sink: &mut Sink) -> Mending {
    grammar::check(tree, root, &service::ROOT, version, sink)
}

/// A list of strings.
const STRINGS: Value = Value::List(&Value::String);
/// A map whose values are looked at elsewhere.
const VALUES: Value = Value::Map(&Value::Any);
/// Metadata: a map of strings.
const METADATA: Value = Value::Map(&Value::Text);
/// A whole number, in quotes or without: 1.x takes a property of type integer either way.
const INTEGER: Value = Value::Form {
    what: "a whole number",
    is: |text| grammar::integer(text).is_some(),
};
/// A function in the place of a value of some other kind.
const CALL: Value = Value::If {
    is: |tree, node| function::is_call(View::new(tree, node)),
    value: &Value::Any,
};

/// An entity whose keys are all in the table.
const fn entity(name: &'static str, keynames: &'static [Keyname]) -> Entity {
    Entity {
        name,
        keys: "keyname",
        keynames,
        rest: None,
        single: false,
    }
}
