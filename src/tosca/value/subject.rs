//! What a constraint is held against: a value as it is written, or one that was computed or given from outside.

use std::borrow::Cow;

use serde_json::Value;

use super::super::function::{calls_in, is_call};
use super::super::view::View;
use super::infer;
use super::scalar::{float, integer};

/// A value.
#[derive(Clone, Copy, Debug)]
pub(in crate::tosca) enum Subject<'v, 'a> {
    Written(View<'a>),
    Known(&'v Value),
}

/// What a value is as a document.
pub(super) enum Document {
    Json(Value),
    /// A text that is no JSON.
    Other,
    /// There are calls in it.
    Unknown,
}

impl<'v, 'a> Subject<'v, 'a> {
    /// The text of a scalar.
    pub(super) fn text(self) -> Option<Cow<'v, str>>
    where
        'a: 'v,
    {
        match self {
            Self::Written(view) => view.text().map(Cow::Borrowed),
            Self::Known(Value::String(text)) => Some(Cow::Borrowed(text)),
            Self::Known(Value::Number(number)) => Some(Cow::Owned(number.to_string())),
            Self::Known(Value::Bool(flag)) => Some(Cow::Owned(flag.to_string())),
            Self::Known(_) => None,
        }
    }

    /// The items of a list.
    pub(super) fn items(self) -> Option<Vec<Self>> {
        match self {
            Self::Written(view) if view.is_list() => Some(view.items().map(Self::Written).collect()),
            Self::Known(Value::Array(items)) => Some(items.iter().map(Self::Known).collect()),
            _ => None,
        }
    }

    /// How many characters, items or entries it has.
    pub(super) fn length(self) -> Option<usize> {
        match self {
            Self::Written(view) if view.is_map() => Some(view.width()),
            Self::Written(view) if view.is_list() => Some(view.items().len()),
            Self::Known(Value::Object(entries)) => Some(entries.len()),
            Self::Known(Value::Array(items)) => Some(items.len()),
            _ => self.text().map(|text| text.chars().count()),
        }
    }

    /// Whether it is a call, whose value is not known here.
    pub(super) fn is_call(self) -> bool {
        matches!(self, Self::Written(view) if is_call(view))
    }

    /// The names and values of a map.
    fn entries(self) -> Option<Vec<(&'v str, Self)>>
    where
        'a: 'v,
    {
        match self {
            Self::Written(view) if view.is_map() => {
                let entries = view.entries();
                Some(
                    entries
                        .map(|(_, name, value)| (name, Self::Written(value)))
                        .collect(),
                )
            }
            Self::Known(Value::Object(entries)) => {
                let entries = entries.iter();
                Some(
                    entries
                        .map(|(name, value)| (name.as_str(), Self::Known(value)))
                        .collect(),
                )
            }
            _ => None,
        }
    }

    fn entry(self, name: &str) -> Option<Self> {
        match self {
            Self::Written(view) => view.get_nullable(name).map(Self::Written),
            Self::Known(value) => value.get(name).map(Self::Known),
        }
    }

    /// Whether it is the same value as another.
    pub(super) fn equals(self, other: Self) -> bool
    where
        'a: 'v,
    {
        if let Some(others) = other.items() {
            return self.items().is_some_and(|items| {
                items.len() == others.len()
                    && items
                        .into_iter()
                        .zip(others)
                        .all(|(one, other)| one.equals(other))
            });
        }
        if let Some(others) = other.entries() {
            return self.text().is_none()
                && self.length() == other.length()
                && others
                    .into_iter()
                    .all(|(name, other)| self.entry(name).is_some_and(|one| one.equals(other)));
        }
        let (Some(one), Some(other)) = (self.text(), other.text()) else {
            return false;
        };
        one == other
            || matches!((float(&one), float(&other)), (Some(one), Some(other)) if one.total_cmp(&other).is_eq())
    }

    /// The document that its text holds, or that it is itself.
    pub(super) fn document(self) -> Document
    where
        'a: 'v,
    {
        let value = match self {
            Self::Written(view) if !view.is_scalar() => {
                let mut calls = Vec::new();
                calls_in(view, &mut calls);
                if !calls.is_empty() {
                    return Document::Unknown;
                }
                infer(view)
            }
            Self::Known(value) if !value.is_string() => value.clone(),
            _ => match serde_json::from_str(&self.text().unwrap_or_default()) {
                Ok(value) => value,
                Err(_) => return Document::Other,
            },
        };
        Document::Json(value)
    }

    /// The bounds of a range, in order; no upper one for UNBOUNDED.
    pub(super) fn interval(self) -> Option<(i128, Option<i128>)> {
        let items = self.items()?;
        let [low, high] = items.as_slice() else {
            return None;
        };
        let low = integer(&low.text()?)?;
        let high = high.text()?;
        if is_unbounded(&high) {
            return Some((low, None));
        }
        Some((low, Some(integer(&high)?))).filter(|(low, high)| high.is_none_or(|high| *low <= high))
    }
}

/// The word for "no limit".
pub(super) fn is_unbounded(text: &str) -> bool {
    text.eq_ignore_ascii_case("unbounded")
}
