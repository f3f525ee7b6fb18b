//! JSON by schema: values from the command line, values that functions give, and values of templates without a schema.

use serde_json::{Map, Value};

use super::super::types::Types;
use super::super::view::View;
use super::constraint::broken;
use super::scalar::{fits, scalar_json, untyped_json};
use super::typed::explain;
use super::{Builtin, Of, Schema, Subject};

/// Why a value is not what is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tosca) struct Misfit {
    /// It is of the right type, and breaks a constraint.
    pub(in crate::tosca) breaks: bool,
    /// What is expected, after where inside of the value: "`ports[1]`: expected an integer, as in `42`".
    pub(in crate::tosca) why: String,
}

impl Misfit {
    fn typed(why: impl Into<String>) -> Self {
        Self {
            breaks: false,
            why: why.into(),
        }
    }

    /// The same, seen from a value that holds the one that does not fit.
    fn within(self, step: &str) -> Self {
        let why = match self.why.strip_prefix('`') {
            Some(rest) if self.why.contains("`: ") => {
                let dot = if rest.starts_with('[') { "" } else { "." };
                format!("`{step}{dot}{rest}")
            }
            _ => format!("`{step}`: {}", self.why),
        };
        Self { why, ..self }
    }
}

/// Makes a value that comes from outside the declared type: a string from the command line becomes the number it
/// spells, a number from a file the string that is declared.
pub(in crate::tosca) fn coerce<'a>(
    types: &Types<'a>,
    value: &Value,
    schema: &Schema<'a>,
) -> Result<Value, Misfit> {
    let value = of_type(types, value, schema)?;
    hold(types, &value, schema)?;
    Ok(value)
}

/// Holds a value of the right type against all constraints.
fn hold<'a>(types: &Types<'a>, value: &Value, schema: &Schema<'a>) -> Result<(), Misfit> {
    let base = schema.base(types);
    let derived = match schema.of {
        Of::Data(id) => Some(types.chain(id).filter_map(|of| of.value.as_ref())),
        _ => None,
    };
    let schemas = derived.into_iter().flatten().chain([schema]);
    for item in schemas
        .flat_map(|schema| &schema.constraints)
        .flat_map(|clauses| clauses.items())
    {
        // A bare value is short for `equal`.
        let (clause, bound) = match item.only_entry() {
            Some((_, clause, bound)) => (clause, bound),
            None if item.is_scalar() => ("equal", item),
            None => continue,
        };
        if let Some(broken) = broken(
            types,
            Subject::Known(value),
            base,
            clause,
            Subject::Written(bound),
        ) {
            return Err(Misfit {
                breaks: true,
                why: broken.why,
            });
        }
    }
    Ok(())
}

fn of_type<'a>(types: &Types<'a>, value: &Value, schema: &Schema<'a>) -> Result<Value, Misfit> {
    let Some(base) = schema.base(types) else {
        return structure(types, value, schema);
    };
    let wrong = |why: Option<String>| {
        let why = why.map_or_else(String::new, |why| format!("; {why}"));
        Misfit::typed(format!("expected {}{why}", base.example()))
    };
    match (base, value) {
        (Builtin::List, Value::Array(items)) => {
            let items = (0..)
                .zip(items)
                .map(|(at, item): (usize, _)| match &schema.entry {
                    Some(entry) => {
                        coerce(types, item, entry).map_err(|misfit| misfit.within(&format!("[{at}]")))
                    }
                    None => Ok(item.clone()),
                });
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        (Builtin::Map, Value::Object(entries)) => {
            let entries = entries.iter().map(|(name, item)| {
                if let Some(key) = &schema.key {
                    let known = Value::String(name.clone());
                    coerce(types, &known, key).map_err(|misfit| misfit.within(name))?;
                }
                let item = match &schema.entry {
                    Some(entry) => coerce(types, item, entry).map_err(|misfit| misfit.within(name))?,
                    None => item.clone(),
                };
                Ok::<_, Misfit>((name.clone(), item))
            });
            entries.collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        (Builtin::Range, Value::Array(_)) if Subject::Known(value).interval().is_some() => Ok(value.clone()),
        (Builtin::List | Builtin::Map | Builtin::Range, Value::String(text)) => {
            let parsed: Value = serde_json::from_str(text)
                .map_err(|_| Misfit::typed(format!("{}, written as JSON", wrong(None).why)))?;
            if parsed.is_string() {
                Err(wrong(None))
            } else {
                of_type(types, &parsed, schema)
            }
        }
        (_, Value::String(text)) if fits(text, base) => Ok(scalar_json(text, base)),
        (Builtin::Null, Value::Null) => Ok(Value::Null),
        (_, Value::Number(_) | Value::Bool(_)) if fits(&value.to_string(), base) => {
            Ok(scalar_json(&value.to_string(), base))
        }
        // json and xml are strings in the standard; templates also write the structure itself.
        (Builtin::String, Value::Object(_) | Value::Array(_)) if matches!(schema.of, Of::Data(_)) => {
            Ok(value.clone())
        }
        (_, Value::String(text)) => Err(wrong(explain(text, base))),
        _ => Err(wrong(None)),
    }
}

fn structure<'a>(types: &Types<'a>, value: &Value, schema: &Schema<'a>) -> Result<Value, Misfit> {
    let Of::Data(id) = schema.of else {
        return Ok(value.clone());
    };
    let name = types.get(id).name;
    let wrong = || format!("expected a map with the properties of `{name}`");
    let entries = match value {
        Value::Object(entries) => entries,
        Value::String(text) => {
            return match serde_json::from_str(text) {
                Ok(parsed @ Value::Object(_)) => structure(types, &parsed, schema),
                _ => Err(Misfit::typed(format!("{}, written as JSON", wrong()))),
            };
        }
        _ => return Err(Misfit::typed(wrong())),
    };
    let all = types.all(id, |of| &of.properties);
    // A type without properties is a name for "anything" in practice.
    if types.get(id).open || all.is_empty() {
        return Ok(value.clone());
    }
    let mut whole = Map::new();
    for (key, item) in entries {
        let Some(property) = types.property(id, key) else {
            return Err(Misfit::typed(format!("`{name}` has no property `{key}`")));
        };
        let item = coerce(types, item, &property.schema).map_err(|misfit| misfit.within(key))?;
        whole.insert(key.clone(), item);
    }
    let mut missing = all.iter().filter(|(name, property)| {
        property.required && property.default.is_none() && !entries.contains_key(*name)
    });
    match missing.next() {
        Some((missing, _)) => Err(Misfit::typed(format!(
            "`{name}` requires the property `{missing}`"
        ))),
        None => Ok(Value::Object(whole)),
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
