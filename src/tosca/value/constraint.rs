//! Whether a value holds to a constraint clause (Simple Profile 1.3, section 3.6.3).

use std::cmp::Ordering;

use super::super::types::Types;
use super::Builtin;
use super::scalar::integer;
use super::subject::{Document, Subject, is_unbounded};
use super::typed::Typed;
use crate::diagnostic::did_you_mean;

/// A clause that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tosca) struct Broken {
    /// What it asks for: "it must be at least `1`".
    pub(in crate::tosca) why: String,
    /// The allowed value that was meant, perhaps.
    pub(in crate::tosca) near: Option<String>,
}

impl Broken {
    fn because(why: String) -> Self {
        Self { why, near: None }
    }
}

/// What is wrong with a value of the built-in type `base` (none for a structure) by a clause, whose operand is `bound`;
/// none where it holds or cannot be judged. XML is not held against its schemas: there is no library for that.
pub(in crate::tosca) fn broken<'a>(
    types: &Types<'a>,
    value: Subject<'_, 'a>,
    base: Option<Builtin>,
    clause: &str,
    bound: Subject<'_, 'a>,
) -> Option<Broken> {
    // Documents may be written as the structure that they are; only their schema has to do with that.
    let is_document = base == Some(Builtin::String) && value.text().is_none();
    if bound.is_call() || is_document && clause != "schema" {
        return None;
    }
    match clause {
        "equal" => (!same(value, bound, base)?).then(|| {
            Broken::because(match bound.text() {
                Some(text) => format!("it must equal `{text}`"),
                None => "it must equal what the constraint shows".to_owned(),
            })
        }),
        "greater_than" => compare(value, base, bound, "greater than", |order| {
            order == Ordering::Greater
        }),
        "greater_or_equal" => compare(value, base, bound, "at least", |order| order != Ordering::Less),
        "less_than" => compare(value, base, bound, "less than", |order| order == Ordering::Less),
        "less_or_equal" => compare(value, base, bound, "at most", |order| order != Ordering::Greater),
        "in_range" => in_range(value, base?, bound),
        "valid_values" => valid_values(value, base, bound),
        "length" | "min_length" | "max_length" => length(value, base?, clause, bound),
        "pattern" => {
            let Subject::Written(expression) = bound else {
                return None;
            };
            (!types.patterns.matches(expression, &value.text()?)?).then(|| {
                let text = expression.text().unwrap_or_default();
                Broken::because(format!("it must match the regular expression `{text}`"))
            })
        }
        "schema" => document(types, value, bound),
        _ => None,
    }
}

/// JSON by a JSON Schema. What a text that should be JSON is instead is told by its type, if that says so.
fn document<'a>(types: &Types<'a>, value: Subject<'_, 'a>, bound: Subject<'_, 'a>) -> Option<Broken> {
    let Subject::Written(schema) = bound else {
        return None;
    };
    let broken = match value.document() {
        Document::Json(document) => types.schemas.broken(schema, &document),
        Document::Unknown => None,
        Document::Other => types
            .schemas
            .is_schema(schema)
            .then(|| "it must be JSON".to_owned()),
    };
    broken.map(|why| Broken::because(format!("by the schema, {why}")))
}

fn order(value: Subject<'_, '_>, base: Option<Builtin>, bound: Subject<'_, '_>) -> Option<Ordering> {
    let base = base?;
    let (text, bound) = (value.text()?, bound.text()?);
    Typed::read(&text, base)?.order(&Typed::read(&bound, base)?)
}

fn compare(
    value: Subject<'_, '_>,
    base: Option<Builtin>,
    bound: Subject<'_, '_>,
    words: &str,
    holds: impl Fn(Ordering) -> bool,
) -> Option<Broken> {
    let order = order(value, base, bound)?;
    (!holds(order)).then(|| Broken::because(format!("it must be {words} {}", show(bound))))
}

fn show(bound: Subject<'_, '_>) -> String {
    match bound.text() {
        Some(text) => format!("`{text}`"),
        None if bound.items().is_some() => "a list".to_owned(),
        None => "a map".to_owned(),
    }
}

/// Whether a value is the one that is written there; none where that cannot be said.
fn same<'a>(value: Subject<'_, 'a>, bound: Subject<'_, 'a>, base: Option<Builtin>) -> Option<bool> {
    let (Some(one), Some(other), Some(base)) = (value.text(), bound.text(), base) else {
        return Some(value.equals(bound));
    };
    if one == other {
        return Some(true);
    }
    let (one, other) = (Typed::read(&one, base)?, Typed::read(&other, base)?);
    Some(one.order(&other) == Some(Ordering::Equal))
}

fn in_range<'a>(value: Subject<'_, 'a>, base: Builtin, bound: Subject<'_, 'a>) -> Option<Broken> {
    let [low, high] = *bound.items()? else { return None };
    let (low_text, high_text) = (low.text()?, high.text()?);
    let words = || {
        let within = if base == Builtin::Range {
            "within"
        } else {
            "in the range"
        };
        Broken::because(format!("it must be {within} [ {low_text}, {high_text} ]"))
    };
    if base == Builtin::Range {
        let (from, to) = value.interval()?;
        let (low, high) = bound.interval()?;
        let above = high.is_some_and(|high| to.is_none_or(|to| to > high));
        return (from < low || above).then(words);
    }
    // No value is in a range that runs backward, which is told of the constraint.
    if order(low, Some(base), high) == Some(Ordering::Greater) {
        return None;
    }
    let below = !is_unbounded(&low_text) && order(value, Some(base), low)? == Ordering::Less;
    let above = !is_unbounded(&high_text) && order(value, Some(base), high)? == Ordering::Greater;
    (below || above).then(words)
}

fn valid_values<'a>(value: Subject<'_, 'a>, base: Option<Builtin>, bound: Subject<'_, 'a>) -> Option<Broken> {
    let items = bound.items()?;
    for &item in &items {
        if item.is_call() || same(value, item, base)? {
            return None;
        }
    }
    let all: Vec<_> = items.iter().copied().map(show).collect();
    let why = match all.as_slice() {
        [] => "no value is allowed at all".to_owned(),
        [one] => format!("it must be {one}"),
        many if many.len() <= 24 => format!("it must be one of {}", many.join(", ")),
        many => format!(
            "it must be one of {} and {} more",
            many[..20].join(", "),
            many.len() - 20
        ),
    };
    let texts: Vec<_> = items.iter().filter_map(|item| item.text()).collect();
    let near = value
        .text()
        .and_then(|text| did_you_mean(&text, texts.iter().map(AsRef::as_ref)));
    Some(Broken { why, near })
}

fn length(value: Subject<'_, '_>, base: Builtin, clause: &str, bound: Subject<'_, '_>) -> Option<Broken> {
    let of = match base {
        Builtin::String => value.text().is_some(),
        Builtin::List | Builtin::Map => value.text().is_none(),
        _ => false,
    };
    let have = value.length().filter(|_| of)?;
    let want = usize::try_from(integer(&bound.text()?)?).ok()?;
    let (holds, words) = match clause {
        "length" => (have == want, ""),
        "min_length" => (have >= want, "at least "),
        _ => (have <= want, "at most "),
    };
    (!holds).then(|| Broken::because(format!("its length must be {words}{want}, and is {have}")))
}
