//! What plain scalars mean by the core schema of YAML 1.2 (section 10.3.2).

/// What a scalar means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing, `~`, `null`, `Null`, `NULL`.
    Null,
    /// `true`, `false` and their capitalised forms; not `yes`, `no`, `on`, `off`.
    Bool(bool),
    /// A whole number: decimal, `0o17`, `0x1F`.
    Integer(i64),
    /// A whole number too large for 64 bits, as written.
    Large(&'a str),
    /// A number with a fraction or exponent, `.inf`, `.nan`.
    Float(f64),
    /// Anything else, and everything quoted.
    String(&'a str),
}

/// The types of the core schema, as its tags name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Str,
    Other,
}

/// The meaning of a scalar under an explicit core tag: `!!str` keeps the text, the others take it as if unquoted.
pub(super) fn tagged(text: &str, as_type: Type) -> Value<'_> {
    match as_type {
        Type::Str => Value::String(text),
        Type::Other => plain(text),
    }
}

/// The meaning of an unquoted scalar.
pub fn plain(text: &str) -> Value<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).unwrap_or(Value::String(text)),
    }
}

fn number(text: &str) -> Option<Value<'_>> {
    if !matches!(text.as_bytes()[0], b'0'..=b'9' | b'+' | b'-' | b'.') {
        return None;
    }
    let radix = |digits: &str, radix: u32| {
        let fits = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        fits.then(|| i64::from_str_radix(digits, radix).map_or(Value::Large(text), Value::Integer))
    };
    if let Some(octal) = text.strip_prefix("0o") {
        return radix(octal, 8);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return radix(hexadecimal, 16);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => return Some(Value::Float(f64::NEG_INFINITY)),
        ".inf" | ".Inf" | ".INF" => return Some(Value::Float(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if text.len() == 4 => return Some(Value::Float(f64::NAN)),
        _ => {}
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(Value::Large(text), Value::Integer));
    }
    is_float(unsigned).then(|| text.parse().map_or(Value::String(text), Value::Float))
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let places = digits(fraction);
        if whole + places == 0 {
            return false;
        }
        rest = &fraction[places..];
    } else if whole == 0 {
        return false;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        rest = &exponent[digits(exponent)..];
        return !exponent.is_empty() && rest.is_empty();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::{Value, plain};

    #[test]
    fn plain_scalars_mean_what_the_core_schema_says() {
        for null in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(null), Value::Null);
        }
        assert_eq!(plain("TRUE"), Value::Bool(true));
        assert_eq!(plain("False"), Value::Bool(false));
        for (text, number) in [
            ("0", 0),
            ("-17", -17),
            ("+5", 5),
            ("0o17", 15),
            ("0x1F", 31),
            ("007", 7),
        ] {
            assert_eq!(plain(text), Value::Integer(number), "{text}");
        }
        assert_eq!(
            plain("99999999999999999999"),
            Value::Large("99999999999999999999")
        );
        for (text, number) in [
            ("1.10", 1.1),
            ("-.5", -0.5),
            ("1e3", 1000.0),
            ("1.", 1.0),
            ("+.inf", f64::INFINITY),
        ] {
            assert_eq!(plain(text), Value::Float(number), "{text}");
        }
        assert!(matches!(plain(".nan"), Value::Float(number) if number.is_nan()));
        for text in [
            "yes", "no", "on", "1.2.3", "1_000", "0b1", "-", "+", ".", "1e", "e1", "0x", "0o8", "12:30",
            "inf", "-0x1", "tRue",
        ] {
            assert_eq!(plain(text), Value::String(text));
        }
    }
}
