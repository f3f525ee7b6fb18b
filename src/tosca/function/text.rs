//! The functions on texts.

use serde_json::Value;

/// A value as text, as `concat` and `join` take it; none for lists, maps and null.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// `token`: the part of `text` at `index`, cut at any of `characters`.
pub(super) fn token(text: &str, characters: &str, index: usize) -> Option<String> {
    text.split(|c| characters.contains(c))
        .nth(index)
        .map(str::to_owned)
}
