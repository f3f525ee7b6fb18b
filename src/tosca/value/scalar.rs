//! Single values: whether a text is of a built-in type, and what it is as JSON.

use serde_json::{Number, Value};

use super::super::view::View;
use super::Builtin;
use super::typed::Typed;
use crate::grammar;

/// An integer in any notation of YAML 1.2's core schema, or in the two of YAML 1.1 that mean nothing else there:
/// `0b101` and `1_000`.
pub(super) fn integer(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let ungrouped;
    let digits = if digits.contains('_') && digits.starts_with(|c: char| c.is_ascii_digit()) {
        ungrouped = digits.replace('_', "");
        ungrouped.as_str()
    } else {
        digits
    };
    let parse = |digits: &str, radix| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain.then(|| i128::from_str_radix(digits, radix).ok()).flatten()
    };
    let value = if let Some(hex) = digits.strip_prefix("0x") {
        parse(hex, 16)
    } else if let Some(octal) = digits.strip_prefix("0o") {
        parse(octal, 8)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        parse(binary, 2)
    } else {
        parse(digits, 10)
    };
    value.map(|value| sign * value)
}

/// A float of the core schema, or of YAML 1.1 with `_` between its digits, or an integer.
pub(super) fn float(text: &str) -> Option<f64> {
    if let Some(whole) = integer(text) {
        #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
        return Some(whole as f64);
    }
    match text.strip_prefix(['+', '-']).unwrap_or(text) {
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
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E' | b'_'));
    let begins = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    match text.contains('_') {
        _ if !numeric => None,
        false => text.parse().ok(),
        true if begins(text.trim_start_matches(['+', '-'])) => text.replace('_', "").parse().ok(),
        true => None,
    }
}

/// A boolean; most readers of Simple Profile 1.x take those of YAML 1.1 too, where one is declared.
pub(super) fn boolean(text: &str) -> Option<bool> {
    grammar::boolean(text)
}

/// Whether a text is of a type that is written as a scalar.
pub(super) fn fits(text: &str, of: Builtin) -> bool {
    Typed::read(text, of).is_some()
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
    if text.contains(['_', 'b', 'B']) && !text.starts_with("0x") {
        return Value::String(text.to_owned());
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{boolean, float, integer};

    #[test]
    fn every_notation_of_numbers() {
        for (text, number) in [
            ("42", 42),
            ("-42", -42),
            ("+7", 7),
            ("0x1F", 31),
            ("0o17", 15),
            ("0b101", 5),
            ("1_000", 1000),
            ("007", 7),
        ] {
            assert_eq!(integer(text), Some(number), "{text}");
        }
        for text in [
            "", "-", "1.0", "1e3", "0x", "0o8", "_1", "ten", "1 000", "--1", "0x-1", "é",
        ] {
            assert_eq!(integer(text), None, "{text}");
        }
        for (text, number) in [
            ("1", 1.0),
            ("-.5", -0.5),
            ("1e3", 1000.0),
            ("-.inf", f64::NEG_INFINITY),
            ("1_000.5", 1000.5),
        ] {
            assert_eq!(float(text), Some(number), "{text}");
        }
        for text in ["", ".", "e", "inf", "nan", "1,5", "+-.inf", "1e", "_1.5", "._5"] {
            assert_eq!(float(text), None, "{text}");
        }
        assert_eq!(
            (boolean("Yes"), boolean("tRue"), boolean("1")),
            (Some(true), None, None)
        );
    }

    proptest! {
        #[test]
        fn numbers_come_back(number in any::<i64>(), broken in any::<f64>()) {
            prop_assert_eq!(integer(&number.to_string()), Some(i128::from(number)));
            prop_assert_eq!(integer(&format!("{:#x}", number.unsigned_abs())), Some(i128::from(number.unsigned_abs())));
            prop_assert_eq!(integer(&format!("{:#o}", number.unsigned_abs())), Some(i128::from(number.unsigned_abs())));
            if broken.is_finite() {
                prop_assert_eq!(float(&format!("{broken:e}")), Some(broken));
            }
        }

        #[test]
        fn any_text_is_judged(text in "[-+0-9a-fxob_.éEinf]{0,30}") {
            let _ = (integer(&text), float(&text), boolean(&text));
        }
    }
}
