//! JSON by schema: values from the command line, and values from templates without a schema.

use serde_json::{Map, Value};

use super::super::types::Types;
use super::super::view::View;
use super::constraint::broken;
use super::scalar::{fits, scalar_json, untyped_json};
use super::{Builtin, Of, Schema, Subject};

/// Makes a value that comes from outside the declared type: a string from the command line becomes the number it
/// spells, a number from a file the string that is declared. The error says what is expected.
pub(in crate::tosca) fn coerce<'a>(
    types: &Types<'a>,
    value: &Value,
    schema: &Schema<'a>,
) -> Result<Value, String> {
    let value = of_type(types, value, schema)?;
    hold(types, &value, schema)?;
    Ok(value)
}

/// Holds a value of the right type against all constraints.
fn hold<'a>(types: &Types<'a>, value: &Value, schema: &Schema<'a>) -> Result<(), String> {
    let base = schema.base(types);
    let derived = match schema.of {
        Of::Data(id) => Some(types.chain(id).filter_map(|of| of.value.as_ref())),
        _ => None,
    };
    let schemas = derived.into_iter().flatten().chain([schema]);
    for clauses in schemas.flat_map(|schema| &schema.constraints) {
        for (_, clause, bound) in clauses.items().filter_map(View::only_entry) {
            if let Some(broken) = broken(types, Subject::Known(value), base, clause, bound) {
                return Err(broken.why);
            }
        }
    }
    Ok(())
}

fn of_type<'a>(types: &Types<'a>, value: &Value, schema: &Schema<'a>) -> Result<Value, String> {
    let Some(base) = schema.base(types) else {
        return structure(types, value, schema);
    };
    let wrong = || format!("expected {}", base.example());
    match (base, value) {
        (Builtin::List, Value::Array(items)) => {
            let items = items.iter().map(|item| match &schema.entry {
                Some(entry) => coerce(types, item, entry),
                None => Ok(item.clone()),
            });
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        (Builtin::Map, Value::Object(entries)) => {
            let entries = entries.iter().map(|(name, item)| {
                let item = match &schema.entry {
                    Some(entry) => coerce(types, item, entry)?,
                    None => item.clone(),
                };
                Ok::<_, String>((name.clone(), item))
            });
            entries.collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        (Builtin::Range, Value::Array(_)) if Subject::Known(value).interval().is_some() => Ok(value.clone()),
        (Builtin::List | Builtin::Map | Builtin::Range, Value::String(text)) => {
            let parsed: Value =
                serde_json::from_str(text).map_err(|_| format!("{}, written as JSON", wrong()))?;
            if parsed.is_string() {
                Err(wrong())
            } else {
                coerce(types, &parsed, schema)
            }
        }
        (_, Value::String(text)) if fits(text, base) => Ok(scalar_json(text, base)),
        (Builtin::Null, Value::Null) => Ok(Value::Null),
        (_, Value::Number(_) | Value::Bool(_)) if fits(&value.to_string(), base) => {
            Ok(scalar_json(&value.to_string(), base))
        }
        _ => Err(wrong()),
    }
}

fn structure<'a>(types: &Types<'a>, value: &Value, schema: &Schema<'a>) -> Result<Value, String> {
    let Of::Data(id) = schema.of else {
        return Ok(value.clone());
    };
    let name = types.get(id).name;
    match value {
        Value::Object(entries) => {
            let mut whole = Map::new();
            for (key, item) in entries {
                let Some(property) = types.property(id, key) else {
                    if types.get(id).open {
                        continue;
                    }
                    return Err(format!("`{name}` has no property `{key}`"));
                };
                let item =
                    coerce(types, item, &property.schema).map_err(|error| format!("`{key}`: {error}"))?;
                whole.insert(key.clone(), item);
            }
            Ok(Value::Object(whole))
        }
        Value::String(text) => match serde_json::from_str(text) {
            Ok(parsed @ Value::Object(_)) => structure(types, &parsed, schema),
            _ => Err(format!(
                "expected a map with the properties of `{name}`, written as JSON"
            )),
        },
        _ => Err(format!("expected a map with the properties of `{name}`")),
    }
}

/// The JSON of a value that nothing is declared for and that holds no functions.
pub(in crate::tosca) fn infer(view: View<'_>) -> Value {
    if view.is_map() {
        return Value::Object(
            view.entries()
                .map(|(_, key, value)| (key.to_owned(), infer(value)))
                .collect(),
        );
    }
    if view.is_list() {
        return Value::Array(view.items().map(infer).collect());
    }
    untyped_json(view)
}
