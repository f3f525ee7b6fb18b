//! Constraint clauses on single values, lists and maps.

use super::super::view::View;
use super::Builtin;
use super::scalar::{bounds, float, integer};
use super::unit::magnitude;

/// What is wrong with a value by a clause, in words; none where it holds or cannot be judged.
///
/// Not judged yet: `pattern` and `schema`, and orders of strings, versions and timestamps.
pub(super) fn broken(value: View<'_>, base: Builtin, clause: &str, bound: View<'_>) -> Option<String> {
    match clause {
        "equal" => (!same(value, bound, base)?)
            .then(|| format!("it must equal `{}`", bound.text().unwrap_or_default())),
        "greater_than" => (number(value, base)? <= number(bound, base)?)
            .then(|| format!("it must be greater than {}", show(bound))),
        "greater_or_equal" => (number(value, base)? < number(bound, base)?)
            .then(|| format!("it must be at least {}", show(bound))),
        "less_than" => (number(value, base)? >= number(bound, base)?)
            .then(|| format!("it must be less than {}", show(bound))),
        "less_or_equal" => (number(value, base)? > number(bound, base)?)
            .then(|| format!("it must be at most {}", show(bound))),
        "in_range" => in_range(value, base, bound),
        "valid_values" => valid_values(value, base, bound),
        "length" => {
            let (have, want) = (length(value, base)?, length_bound(bound)?);
            (have != want).then(|| format!("its length must be {want}, and is {have}"))
        }
        "min_length" => {
            let (have, want) = (length(value, base)?, length_bound(bound)?);
            (have < want).then(|| format!("its length must be at least {want}, and is {have}"))
        }
        "max_length" => {
            let (have, want) = (length(value, base)?, length_bound(bound)?);
            (have > want).then(|| format!("its length must be at most {want}, and is {have}"))
        }
        _ => None,
    }
}

fn show(bound: View<'_>) -> String {
    format!("`{}`", bound.text().unwrap_or_default())
}

/// The value as a number in its base unit.
fn number(value: View<'_>, base: Builtin) -> Option<f64> {
    let text = value.text()?;
    match base {
        Builtin::Integer | Builtin::Float => float(text),
        Builtin::Size | Builtin::Time | Builtin::Frequency | Builtin::Bitrate => magnitude(text, base),
        _ => None,
    }
}

/// Whether two scalars are the same value; none where that cannot be said.
fn same(value: View<'_>, bound: View<'_>, base: Builtin) -> Option<bool> {
    let (one, other) = (value.text()?, bound.text()?);
    if one == other {
        return Some(true);
    }
    if let (Some(one), Some(other)) = (integer(one), integer(other))
        && base == Builtin::Integer
    {
        return Some(one == other);
    }
    match base {
        Builtin::String => Some(false),
        Builtin::Boolean => Some(super::scalar::boolean(one)? == super::scalar::boolean(other)?),
        Builtin::Version | Builtin::Timestamp => None,
        _ => {
            let (one, other) = (number(value, base)?, number(bound, base)?);
            Some((one - other).abs() <= f64::EPSILON * one.abs())
        }
    }
}

fn in_range(value: View<'_>, base: Builtin, bound: View<'_>) -> Option<String> {
    let mut items = bound.items();
    let (low, high) = (items.next()?, items.next()?);
    let words = || {
        format!(
            "it must be in the range [ {}, {} ]",
            low.text().unwrap_or_default(),
            high.text().unwrap_or_default()
        )
    };
    let unbounded = |view: View<'_>| {
        view.text()
            .is_some_and(|text| text.eq_ignore_ascii_case("unbounded"))
    };
    if base == Builtin::Range {
        let (from, to) = bounds(value)?;
        let below = bounds(bound).is_some_and(|(low, _)| from < low);
        let above =
            bounds(bound).is_some_and(|(_, high)| high.is_some_and(|high| to.is_none_or(|to| to > high)));
        return (below || above).then(words);
    }
    let have = number(value, base)?;
    let below = !unbounded(low) && have < number(low, base)?;
    let above = !unbounded(high) && have > number(high, base)?;
    (below || above).then(words)
}

fn valid_values(value: View<'_>, base: Builtin, bound: View<'_>) -> Option<String> {
    if !bound.is_list() || !value.is_scalar() {
        return None;
    }
    let mut all = Vec::new();
    for item in bound.items() {
        if same(value, item, base)? {
            return None;
        }
        all.push(show(item));
    }
    let near = value.text().and_then(|text| {
        let candidates: Vec<_> = bound.items().filter_map(View::text).collect();
        crate::diagnostic::did_you_mean(text, candidates)
    });
    Some(match near {
        Some(near) => format!("it must be one of {}; {near}", all.join(", ")),
        None => format!("it must be one of {}", all.join(", ")),
    })
}

fn length(value: View<'_>, base: Builtin) -> Option<usize> {
    match base {
        Builtin::String => value.text().map(|text| text.chars().count()),
        Builtin::List if value.is_list() => Some(value.items().len()),
        Builtin::Map if value.is_map() => Some(value.width()),
        _ => None,
    }
}

fn length_bound(bound: View<'_>) -> Option<usize> {
    usize::try_from(integer(bound.text()?)?).ok()
}
