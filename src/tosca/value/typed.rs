//! Scalars as what they are declared to be, so that they can be compared.

use std::cmp::Ordering;

use super::Builtin;
use super::scalar::{boolean, float, integer};
use super::timestamp::nanoseconds;
use super::unit::{magnitude, why_not};
use super::version::Release;

/// A scalar of a built-in type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Typed<'t> {
    Text(&'t str),
    Integer(i128),
    /// A float, or a number with a unit in its base unit.
    Float(f64),
    Boolean(bool),
    Timestamp(i128),
    Version(Release<'t>),
    Null,
}

impl<'t> Typed<'t> {
    /// Reads a scalar; none where it is not of that type.
    pub(super) fn read(text: &'t str, of: Builtin) -> Option<Self> {
        match of {
            Builtin::String => Some(Self::Text(text)),
            Builtin::Integer => integer(text)
                .filter(|whole| is_carried(*whole))
                .map(Self::Integer),
            Builtin::Float => float(text).map(Self::Float),
            Builtin::Boolean => boolean(text).map(Self::Boolean),
            Builtin::Timestamp => nanoseconds(text).ok().map(Self::Timestamp),
            Builtin::Null => matches!(text, "" | "~" | "null" | "Null" | "NULL").then_some(Self::Null),
            Builtin::Version => Release::read(text).map(Self::Version),
            Builtin::Size | Builtin::Time | Builtin::Frequency | Builtin::Bitrate => {
                magnitude(text, of).map(Self::Float)
            }
            Builtin::Range | Builtin::List | Builtin::Map => None,
        }
    }

    /// Which of two is less; none where they have no order.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(one), Self::Text(two)) => Some(one.cmp(two)),
            (Self::Integer(one), Self::Integer(two)) | (Self::Timestamp(one), Self::Timestamp(two)) => {
                Some(one.cmp(two))
            }
            (Self::Boolean(one), Self::Boolean(two)) => Some(one.cmp(two)),
            // `0.1 GHz` and `100 MHz` are the same, whatever their product is by the last bit.
            (Self::Float(one), Self::Float(two))
                if (one - two).is_finite()
                    && (one - two).abs() <= 4.0 * f64::EPSILON * one.abs().max(two.abs()) =>
            {
                Some(Ordering::Equal)
            }
            (Self::Float(one), Self::Float(two)) => one.partial_cmp(two),
            (Self::Version(one), Self::Version(two)) => one.order(two),
            (Self::Null, Self::Null) => Some(Ordering::Equal),
            _ => None,
        }
    }
}

/// Whether an integer fits into 64 bits, with or without a sign: the least that TOSCA asks of its readers, and all that
/// can be passed on.
fn is_carried(whole: i128) -> bool {
    i64::try_from(whole).is_ok() || u64::try_from(whole).is_ok()
}

/// Whether a text is an integer of any size.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    integer(text).is_some()
        || !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// Why a scalar is not of a type, where there is more to say than its example does.
pub(super) fn explain(text: &str, of: Builtin) -> Option<String> {
    match of {
        Builtin::Timestamp => nanoseconds(text).err(),
        Builtin::Size | Builtin::Time | Builtin::Frequency | Builtin::Bitrate => Some(why_not(text, of)),
        Builtin::Integer if is_whole(text) => Some(format!(
            "it does not fit into 64 bits: integers go from {} to {}",
            i64::MIN,
            u64::MAX
        )),
        Builtin::Integer => float(text).map(as_integer).or_else(|| lower(text)),
        Builtin::Float => as_float(text),
        Builtin::Version => Some(
            "a version is `major.minor`, then perhaps `.fix`, `.qualifier` and `-build`; the first three are numbers"
                .to_owned(),
        ),
        _ => None,
    }
}

/// How a float is written as an integer, if it is one.
fn as_integer(number: f64) -> String {
    // Beyond this not every integer is a float, so that none might be meant.
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("with a fraction or an exponent it is a float; as an integer it is `{number:.0}`")
    } else if number.is_finite() {
        "an integer has no fraction".to_owned()
    } else {
        "an integer is finite".to_owned()
    }
}

/// YAML has its prefixes in lower case only.
fn lower(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    (lower != text && integer(&lower).is_some()).then(|| format!("`0x` and `0o` are lower case: `{lower}`"))
}

/// What is meant by a text that is almost a float.
fn as_float(text: &str) -> Option<String> {
    let (sign, word) = match text.strip_prefix('-') {
        Some(word) => ("-", word),
        None => ("", text),
    };
    match word.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return Some(format!("infinity is written `{sign}.inf`")),
        "nan" => return Some("what is no number is written `.nan`".to_owned()),
        _ => {}
    }
    let pointed = text.replacen(',', ".", 1);
    let is_meant = pointed != text && float(&pointed).is_some();
    is_meant
        .then(|| format!("fractions begin with a point: `{pointed}`"))
        .or_else(|| lower(text))
}
