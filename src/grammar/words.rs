//! The words that messages about shapes are made of, and the piece of text that they point at.

use super::entity::{Entity, Value};
use super::integer;
use crate::source::Span;
use crate::yaml::{Kind, NodeId, Tree};

/// What is expected, in words.
pub(super) fn expected<V>(value: &Value<V>) -> String {
    match value {
        Value::Any => "a value".to_owned(),
        Value::String | Value::Text => "a string".to_owned(),
        Value::Integer => "a whole number".to_owned(),
        Value::Boolean => "`true` or `false`".to_owned(),
        Value::Words(words) => list(words, "or"),
        Value::Form { what, .. } => (*what).to_owned(),
        Value::Range { single: false } => "a range, as `[ 0, 1 ]` or `[ 1, UNBOUNDED ]`".to_owned(),
        Value::Range { single: true } => "a range, as `[ 1, UNBOUNDED ]`, or a whole number".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::List(_) => "a list".to_owned(),
        Value::NamedList(_) => "a list of named entries".to_owned(),
        Value::Entity(entity) => format!("a map ({})", entity.name),
        Value::Named(_) => "a map with one key, its name".to_owned(),
        Value::If { value, .. } => expected(value),
        Value::OneOf(forms) => {
            let named = forms.iter().filter(|form| !matches!(form, Value::If { .. }));
            let mut words: Vec<_> = named.map(expected).collect();
            words.dedup();
            words.join(" or ")
        }
    }
}

/// How what stands there becomes what is expected.
pub(super) fn hint<V>(value: &Value<V>, tree: &Tree, node: NodeId) -> Option<&'static str> {
    let of_maps = || {
        tree.items(node)
            .iter()
            .any(|&item| tree.kind(item) == Kind::Mapping)
    };
    match (value, tree.kind(node)) {
        (Value::Map(_) | Value::Entity(_), Kind::Sequence) if of_maps() => {
            Some("write its entries without the dashes before them")
        }
        (Value::List(_), Kind::Scalar) => Some("put it into brackets: `[ … ]`"),
        (Value::List(_), Kind::Mapping) => Some("begin each entry with a dash"),
        (Value::Range { .. }, Kind::Sequence) => {
            Some("write two whole numbers; `UNBOUNDED` for the second says that there is no limit")
        }
        (Value::Integer, Kind::Scalar) if tree.scalar(node).and_then(integer).is_some() => {
            Some("remove the quotes")
        }
        _ => None,
    }
}

/// The entities that may stand right under a keyname.
pub(super) fn entities<V>(value: &Value<V>) -> impl Iterator<Item = &'static Entity<V>> {
    let forms = match value {
        Value::OneOf(forms) => *forms,
        _ => &[],
    };
    let direct = match value {
        Value::Entity(entity) => Some(*entity),
        _ => None,
    };
    let formed = forms.iter().filter_map(|form| match form {
        Value::Entity(entity) => Some(*entity),
        _ => None,
    });
    direct.into_iter().chain(formed)
}

/// A short piece of the node, on one line, to point at: from its beginning to the end of its first scalar.
pub(super) fn brief(tree: &Tree, node: NodeId) -> Span {
    let whole = tree.span(node);
    let mut first = node;
    while let Some(next) = match tree.kind(first) {
        Kind::Mapping => tree.entries(first).first().map(|entry| entry.key),
        Kind::Sequence => tree.items(first).first().copied(),
        Kind::Scalar | Kind::Error => None,
    } {
        first = next;
    }
    let end = tree.span(first);
    if whole.contains(end) {
        Span::new(whole.source, whole.start, end.end)
    } else {
        whole
    }
}

/// "`a`, `b` and `c`".
pub(super) fn list(words: &[&str], last: &str) -> String {
    match words {
        [] => "none".to_owned(),
        [word] => format!("`{word}`"),
        [words @ .., word] => format!("`{}` {last} `{word}`", words.join("`, `")),
    }
}

/// The name with "a" or "an" before it.
pub(super) fn article(name: &str) -> String {
    let an = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {name}", if an { "an" } else { "a" })
}
