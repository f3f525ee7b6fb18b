//! Whether a text is a JSON Schema at all.

use serde_json::{Map, Value};

use super::super::markup;
use super::super::pattern;
use super::place::Place;
use super::scalar::TYPES;
use super::{JsonSchema, Led};
use crate::diagnostic::did_you_mean;

/// What is wrong with a text that should be a schema. Keywords that are not known are free for all.
pub(in crate::tosca::value) fn fault(text: &str) -> Option<String> {
    if let Some(why) = markup::json(text) {
        return Some(why);
    }
    let Some(schema) = JsonSchema::read(text) else {
        return Some("a JSON Schema is a map of keywords".to_owned());
    };
    let mut sound = Sound { schema: &schema };
    sound.fault(&schema.root, &Place::Root)
}

struct Sound<'s> {
    schema: &'s JsonSchema,
}

impl Sound<'_> {
    /// JSON nests no deeper than its reader lets it.
    fn fault(&mut self, schema: &Value, place: &Place<'_>) -> Option<String> {
        let Value::Object(keywords) = schema else {
            return (!schema.is_boolean()).then(|| format!("{place} must be a map of keywords"));
        };
        keywords
            .iter()
            .find_map(|(name, bound)| self.keyword(name, bound, &Place::Entry(place, name)))
    }

    fn keyword(&mut self, name: &str, bound: &Value, place: &Place<'_>) -> Option<String> {
        let must = |what: &str, holds: bool| (!holds).then(|| format!("{place} must be {what}"));
        match name {
            "type" => types(bound, place),
            "$ref" => self.reference(bound, place),
            "pattern" => match bound {
                Value::String(text) => pattern::fault(text).map(|why| format!("{place}: {why}")),
                _ => must("a regular expression", false),
            },
            "enum" => must("a list", bound.is_array()),
            "required" => must(
                "a list of names",
                bound.is_boolean()
                    || bound
                        .as_array()
                        .is_some_and(|names| names.iter().all(Value::is_string)),
            ),
            "minimum" | "maximum" => must("a number", bound.is_number()),
            "multipleOf" => must(
                "a number above 0",
                bound.as_f64().is_some_and(|number| number > 0.0),
            ),
            "exclusiveMinimum" | "exclusiveMaximum" => {
                must("a number", bound.is_number() || bound.is_boolean())
            }
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
            | "minContains" | "maxContains" => must(
                "a count",
                bound
                    .as_f64()
                    .is_some_and(|count| count >= 0.0 && count.fract() == 0.0),
            ),
            "uniqueItems" => must("`true` or `false`", bound.is_boolean()),
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => match bound {
                Value::Array(schemas) => self.list(schemas, place),
                _ => must("a list of schemas", false),
            },
            "items" => match bound {
                Value::Array(schemas) => self.list(schemas, place),
                schema => self.fault(schema, place),
            },
            "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => {
                match bound {
                    Value::Object(schemas) => self.map(schemas, place),
                    _ => must("a map of schemas", false),
                }
            }
            "additionalProperties"
            | "additionalItems"
            | "propertyNames"
            | "contains"
            | "not"
            | "if"
            | "then"
            | "else" => self.fault(bound, place),
            _ => None,
        }
    }

    fn list(&mut self, schemas: &[Value], place: &Place<'_>) -> Option<String> {
        let mut each = schemas.iter().enumerate();
        each.find_map(|(at, schema)| self.fault(schema, &Place::Item(place, at)))
    }

    fn map(&mut self, schemas: &Map<String, Value>, place: &Place<'_>) -> Option<String> {
        let mut each = schemas.iter();
        each.find_map(|(name, schema)| self.fault(schema, &Place::Entry(place, name)))
    }

    fn reference(&self, bound: &Value, place: &Place<'_>) -> Option<String> {
        let Some(reference) = bound.as_str() else {
            return Some(format!("{place} must be a reference, as in `#/$defs/port`"));
        };
        matches!(self.schema.follow(reference), Led::Nowhere)
            .then(|| format!("{place} leads nowhere: there is no `{reference}`"))
    }
}

fn types(bound: &Value, place: &Place<'_>) -> Option<String> {
    let one = |value: &Value| {
        let Some(name) = value.as_str() else {
            return Some(format!("{place} must be the name of a type"));
        };
        let known = || TYPES.iter().map(|(known, _)| *known);
        if known().any(|known| known == name) || name == "any" {
            return None;
        }
        let near = did_you_mean(name, known())
            .unwrap_or_else(|| format!("there are {}", known().collect::<Vec<_>>().join(", ")));
        Some(format!("{place} names no type of JSON Schema: `{name}`; {near}"))
    };
    match bound {
        Value::Array(names) => names.iter().find_map(one),
        name => one(name),
    }
}
