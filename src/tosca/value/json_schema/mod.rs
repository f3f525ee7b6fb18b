//! JSON Schema, as `schema` constraints hold it: whether a schema is one, and whether a document holds to it.
//!
//! This reads the drafts from 4 to 2020-12 as far as a document can be judged by the schema alone. What leads out of it
//! (`$ref` to another document), annotations that are collected (`unevaluatedProperties`), dynamic references and
//! patterns that are not regular leave things undecided, and what is undecided is no fault. `format` is an annotation.
//!
//! It is khor's own, for what the crates offer is not bounded: a schema of a few lines whose alternatives double each
//! other would keep them busy for years. Here every step is counted.

mod judge;
mod members;
mod place;
mod scalar;
mod sound;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::super::view::View;
use crate::source::SourceId;
use crate::yaml::NodeId;

pub(super) use sound::fault;

/// The most steps that all documents of one run may take together.
const MOST_STEPS: usize = 4_000_000;
/// The most steps that one document may take.
const MOST_STEPS_EACH: usize = 200_000;
/// How deep schemas may lead into each other.
const DEEPEST: usize = 64;

/// Schemas by their place, so that each is read once.
#[derive(Debug)]
pub(in crate::tosca) struct Schemas(RefCell<State>);

#[derive(Debug)]
struct State {
    /// None for a text that is no schema.
    read: HashMap<(SourceId, NodeId), Option<Rc<JsonSchema>>>,
    /// The steps that may still be taken.
    left: usize,
}

impl Default for Schemas {
    fn default() -> Self {
        Self(RefCell::new(State {
            read: HashMap::new(),
            left: MOST_STEPS,
        }))
    }
}

impl Schemas {
    /// What is wrong with a document by the schema that is written there: "`port` must be an integer". None where it
    /// holds, or cannot be judged.
    pub(super) fn broken(&self, schema: View<'_>, document: &Value) -> Option<String> {
        let schema = self.read(schema)?;
        let mut state = self.0.borrow_mut();
        let steps = state.left.min(MOST_STEPS_EACH);
        let (broken, left) = judge::judge(&schema, document, steps);
        state.left -= steps - left;
        broken
    }

    /// Whether a JSON Schema is written there.
    pub(super) fn is_schema(&self, schema: View<'_>) -> bool {
        self.read(schema).is_some()
    }

    fn read(&self, schema: View<'_>) -> Option<Rc<JsonSchema>> {
        let mut state = self.0.borrow_mut();
        let read = state.read.entry(schema.id());
        read.or_insert_with(|| JsonSchema::read(schema.text()?).map(Rc::new))
            .clone()
    }
}

/// A schema that was read.
#[derive(Debug)]
struct JsonSchema {
    /// A map of keywords, or a boolean that lets everything pass or nothing.
    root: Value,
    /// Parts of it have identifiers of their own, so that references may count from there.
    has_parts: bool,
    /// Beside a reference nothing counts: it is of draft 7 or before.
    is_old: bool,
}

/// What a reference leads to.
enum Led<'s> {
    To(&'s Value),
    Nowhere,
    /// Out of the document, or to where only its identifiers tell.
    Out,
}

impl JsonSchema {
    fn read(text: &str) -> Option<Self> {
        let root = serde_json::from_str::<Value>(text).ok()?;
        let draft = root.get("$schema").and_then(Value::as_str).unwrap_or_default();
        let is_old = ["draft-03", "draft-04", "draft-06", "draft-07"]
            .iter()
            .any(|old| draft.contains(old));
        (root.is_object() || root.is_boolean()).then(|| Self {
            has_parts: has_parts(&root, true),
            is_old,
            root,
        })
    }

    fn follow(&self, reference: &str) -> Led<'_> {
        match reference.strip_prefix('#') {
            Some("") if !self.has_parts => Led::To(&self.root),
            Some(pointer) if !self.has_parts && pointer.starts_with('/') && !pointer.contains('%') => {
                self.root.pointer(pointer).map_or(Led::Nowhere, Led::To)
            }
            _ => Led::Out,
        }
    }
}

/// Whether anything in a schema has an identifier of its own. JSON nests no deeper than its reader lets it.
fn has_parts(value: &Value, is_root: bool) -> bool {
    match value {
        Value::Object(entries) => {
            let named = |key: &str| entries.get(key).is_some_and(Value::is_string);
            !is_root && (named("$id") || named("id")) || entries.values().any(|inner| has_parts(inner, false))
        }
        Value::Array(items) => items.iter().any(|inner| has_parts(inner, false)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
