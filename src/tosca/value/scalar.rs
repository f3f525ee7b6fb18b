//! Single values: whether a text is of a built-in type, and what it is as JSON.

use serde_json::{Number, Value};

use super::super::view::View;
use super::Builtin;
use super::unit::magnitude;

/// An integer in any notation of YAML 1.2's core schema.
pub(super) fn integer(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let parse = |digits: &str, radix| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain.then(|| i128::from_str_radix(digits, radix).ok()).flatten()
    };
    let value = if let Some(hex) = digits.strip_prefix("0x") {
        parse(hex, 16)
    } else if let Some(octal) = digits.strip_prefix("0o") {
        parse(octal, 8)
    } else {
        parse(digits, 10)
    };
    value.map(|value| sign * value)
}

/// A float of the core schema, or an integer.
pub(super) fn float(text: &str) -> Option<f64> {
    if let Some(whole) = integer(text) {
        #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
        return Some(whole as f64);
    }
    match text.trim_start_matches(['+', '-']) {
        ".inf" | ".Inf" | ".INF" => {
            return Some(if text.starts_with('-') {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            });
        }
        ".nan" | ".NaN" | ".NAN" => return Some(f64::NAN),
        _ => {}
    }
    let numeric = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if numeric { text.parse().ok() } else { None }
}

/// A boolean; Simple Profile 1.x is YAML 1.1, so `yes` and `off` are booleans too where one is declared.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// `major.minor[.fix[.qualifier[-build]]]`, also with only a major number.
fn is_version(text: &str) -> bool {
    let mut parts = text.splitn(4, '.');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let word = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+'))
    };
    parts.next().is_some_and(digits)
        && parts.next().is_none_or(digits)
        && parts.next().is_none_or(|fix| digits(fix) || word(fix))
        && parts.next().is_none_or(word)
}

/// A date, with or without a time.
fn is_timestamp(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut number = |lengths: std::ops::RangeInclusive<usize>, whole: bool| {
        let part = parts.next().unwrap_or_default();
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        lengths.contains(&digits) && (!whole || digits == part.len())
    };
    number(4..=4, true) && number(1..=2, true) && number(1..=2, false)
}

/// Whether a text is of a type that is written as a scalar.
pub(super) fn fits(text: &str, of: Builtin) -> bool {
    match of {
        Builtin::String => true,
        Builtin::Integer => integer(text).is_some(),
        Builtin::Float => float(text).is_some(),
        Builtin::Boolean => boolean(text).is_some(),
        Builtin::Timestamp => is_timestamp(text),
        Builtin::Null => matches!(text, "" | "~" | "null" | "Null" | "NULL"),
        Builtin::Version => is_version(text),
        Builtin::Size | Builtin::Time | Builtin::Frequency | Builtin::Bitrate => {
            magnitude(text, of).is_some()
        }
        Builtin::Range | Builtin::List | Builtin::Map => false,
    }
}

/// The JSON of a scalar of a declared type; its raw text where the type is no JSON one, or does not fit.
pub(in crate::tosca) fn scalar_json(text: &str, of: Builtin) -> Value {
    let value = match of {
        Builtin::Integer => integer(text).and_then(whole),
        Builtin::Float => integer(text)
            .and_then(whole)
            .or_else(|| Number::from_f64(float(text)?).map(Value::Number)),
        Builtin::Boolean => boolean(text).map(Value::Bool),
        Builtin::Null => Some(Value::Null),
        _ => None,
    };
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The JSON of a scalar that nothing is declared for: what YAML 1.2's core schema says.
pub(super) fn untyped_json(view: View<'_>) -> Value {
    let Some(text) = view.text() else {
        return Value::Null;
    };
    if !view.is_plain() {
        return Value::String(text.to_owned());
    }
    if view.is_null() {
        return Value::Null;
    }
    match text {
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let number = integer(text)
        .and_then(whole)
        .or_else(|| Number::from_f64(float(text)?).map(Value::Number));
    number.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Whether a plain scalar is something else than a string by the core schema.
pub(super) fn looks_typed(view: View<'_>) -> bool {
    view.is_plain() && !untyped_json(view).is_string()
}

fn whole(value: i128) -> Option<Value> {
    i64::try_from(value)
        .map(Value::from)
        .or_else(|_| u64::try_from(value).map(Value::from))
        .ok()
}

/// The bounds of a range: `[ 1, 4 ]`, `[ 0, UNBOUNDED ]`. No upper one for UNBOUNDED.
pub(in crate::tosca) fn bounds(view: View<'_>) -> Option<(u64, Option<u64>)> {
    let mut items = view.items();
    let (low, high) = (items.next()?.text()?, items.next()?.text()?);
    let low = integer(low).and_then(|low| u64::try_from(low).ok())?;
    if high.eq_ignore_ascii_case("unbounded") {
        return Some((low, None));
    }
    Some((low, Some(u64::try_from(integer(high)?).ok()?)))
}
