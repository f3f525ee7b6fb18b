//! Keywords about one value: its type, the values it may have, numbers and texts.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::judge::{Fault, Judge, Verdict, breaks};
use super::place::Place;

/// The types of JSON Schema, with how they are called in sentences.
pub(super) const TYPES: [(&str, &str); 7] = [
    ("array", "a list"),
    ("boolean", "a boolean"),
    ("integer", "an integer"),
    ("null", "null"),
    ("number", "a number"),
    ("object", "a map"),
    ("string", "a string"),
];
/// The most values that a message names.
const SHOWN: usize = 20;

impl<'s> Judge<'s> {
    pub(super) fn scalar(
        &mut self,
        around: &Map<String, Value>,
        (name, bound): (&str, &'s Value),
        value: &Value,
        place: &Place<'_>,
    ) -> Verdict {
        match (name, bound, value) {
            ("type", Value::String(wanted), _) => of_types(&[wanted], value, place),
            ("type", Value::Array(all), _) => {
                let all: Vec<_> = all.iter().filter_map(Value::as_str).collect();
                of_types(&all, value, place)
            }
            ("const", bound, _) => {
                if self.same(bound, value)? {
                    return Ok(());
                }
                breaks(format!("{place} must be `{}`", shown(bound)))
            }
            ("enum", Value::Array(all), _) => {
                for one in all {
                    if self.same(one, value)? {
                        return Ok(());
                    }
                }
                let named: Vec<_> = all
                    .iter()
                    .take(SHOWN)
                    .map(|one| format!("`{}`", shown(one)))
                    .collect();
                breaks(format!("{place} must be one of {}", named.join(", ")))
            }
            (name, bound, Value::Number(number)) => number_holds(around, (name, bound), number, place),
            ("minLength" | "maxLength", bound, Value::String(text)) => {
                let (have, words) = (text.chars().count(), "characters");
                within(name.starts_with("min"), bound, have, words, place)
            }
            ("pattern", Value::String(expression), Value::String(text)) => {
                if self.finds(expression, text)? {
                    return Ok(());
                }
                breaks(format!(
                    "{place} must match the regular expression `{expression}`"
                ))
            }
            _ => Ok(()),
        }
    }

    /// Whether two values are the same; `1` and `1.0` are.
    pub(super) fn same(&mut self, one: &Value, other: &Value) -> Result<bool, Fault> {
        self.spend(1)?;
        match (one, other) {
            (Value::Number(one), Value::Number(other)) => Ok(order(one, other) == Some(Ordering::Equal)),
            (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
                for (one, other) in one.iter().zip(other) {
                    if !self.same(one, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Object(one), Value::Object(other)) if one.len() == other.len() => {
                for (name, one) in one {
                    match other.get(name) {
                        Some(other) if self.same(one, other)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
            (Value::String(one), Value::String(other)) => {
                self.spend(one.len().min(other.len()) / 64)?;
                Ok(one == other)
            }
            _ => Ok(one == other),
        }
    }
}

/// A value for a message, cut to what can be read at a glance.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn of_types(wanted: &[&str], value: &Value, place: &Place<'_>) -> Verdict {
    let is = |wanted: &str| match (wanted, value) {
        ("array", Value::Array(_))
        | ("boolean", Value::Bool(_))
        | ("null", Value::Null)
        | ("number", Value::Number(_))
        | ("object", Value::Object(_))
        | ("string", Value::String(_)) => true,
        ("integer", Value::Number(number)) => {
            number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        _ => false,
    };
    if wanted.iter().copied().any(is) {
        return Ok(());
    }
    let words = |name: &str| {
        TYPES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, words)| *words)
    };
    let Some(named) = wanted.iter().map(|name| words(name)).collect::<Option<Vec<_>>>() else {
        return Err(Fault::Unknown);
    };
    let have = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    };
    breaks(format!("{place} must be {}, and is {have}", named.join(" or ")))
}

fn number_holds(
    around: &Map<String, Value>,
    (name, bound): (&str, &Value),
    number: &Number,
    place: &Place<'_>,
) -> Verdict {
    let Value::Number(bound) = bound else {
        return Ok(());
    };
    // Draft 4 says with a boolean that the bound itself is left out.
    let is_left_out = |keyword: &str| around.get(keyword) == Some(&Value::Bool(true));
    let order = order(number, bound);
    let (holds, words) = match name {
        "minimum" if is_left_out("exclusiveMinimum") => (order == Some(Ordering::Greater), "greater than"),
        "maximum" if is_left_out("exclusiveMaximum") => (order == Some(Ordering::Less), "less than"),
        "minimum" => (order != Some(Ordering::Less), "at least"),
        "maximum" => (order != Some(Ordering::Greater), "at most"),
        "exclusiveMinimum" => (order == Some(Ordering::Greater), "greater than"),
        "exclusiveMaximum" => (order == Some(Ordering::Less), "less than"),
        "multipleOf" => (is_multiple(number, bound), "a multiple of"),
        _ => return Ok(()),
    };
    if holds || order.is_none() {
        return Ok(());
    }
    breaks(format!("{place} must be {words} `{bound}`, and is `{number}`"))
}

fn integer(number: &Number) -> Option<i128> {
    let signed = number.as_i64().map(i128::from);
    signed.or_else(|| number.as_u64().map(i128::from))
}

fn order(one: &Number, other: &Number) -> Option<Ordering> {
    match (integer(one), integer(other)) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

fn is_multiple(number: &Number, of: &Number) -> bool {
    match (integer(number), integer(of)) {
        (Some(_), Some(0)) => true,
        (Some(number), Some(of)) => number % of == 0,
        _ => {
            let (Some(number), Some(of)) = (number.as_f64(), of.as_f64()) else {
                return true;
            };
            let times = number / of;
            // `0.3` is a multiple of `0.1`, whatever their quotient is by the last bit.
            !times.is_finite() || (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
        }
    }
}

/// Holds a count of characters, items or entries against a bound: the least, or the most.
pub(super) fn within(is_least: bool, bound: &Value, have: usize, words: &str, place: &Place<'_>) -> Verdict {
    let Some(bound) = bound.as_u64() else {
        return Ok(());
    };
    let count = u64::try_from(have).unwrap_or(u64::MAX);
    if if is_least { count >= bound } else { count <= bound } {
        return Ok(());
    }
    let least = if is_least { "at least" } else { "at most" };
    breaks(format!(
        "{place} must have {least} {bound} {words}, and has {have}"
    ))
}
