//! Values that are known only while an application runs: a tree over what is read then.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{LocalFile, NodeId, Secret};

/// The most that a text put together of others may have, in bytes: what is read comes from scripts.
const MOST: usize = 1 << 20;

/// How a value is computed. `G` says what gives a part of it: an attribute as the template names it, or the steps that
/// have it among their outputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression<G> {
    /// It is known.
    Value(Value),
    /// Steps give it.
    Given(G),
    /// Only the host has it.
    Secret(Secret),
    /// The path that a file has on the host.
    File(LocalFile),
    /// What is inside of a value: keys of maps, numbers of items.
    Inside {
        /// The value.
        of: Box<Expression<G>>,
        /// The way.
        path: Vec<String>,
    },
    /// The first of these that has a value.
    First(Vec<Expression<G>>),
    /// Null where it has no value.
    Optional(Box<Expression<G>>),
    /// A list.
    List(Vec<Expression<G>>),
    /// A map.
    Map(BTreeMap<String, Expression<G>>),
    /// Texts, one after the other.
    Concat(Vec<Expression<G>>),
    /// Texts with something between them.
    Join {
        /// A list of texts.
        parts: Box<Expression<G>>,
        /// What stands between them.
        delimiter: Box<Expression<G>>,
    },
    /// One part of a text that is cut at each of some characters.
    Token {
        /// The text.
        text: Box<Expression<G>>,
        /// The characters.
        at: Box<Expression<G>>,
        /// The number of the part, from 0.
        index: Box<Expression<G>>,
    },
    /// A list: what this is for each instance of a scalable node. [`Topology::instances`](super::Topology::instances) makes
    /// the list; in what is played there is none.
    Each {
        /// The scalable node.
        node: NodeId,
        /// What it is for one of them.
        of: Box<Expression<G>>,
    },
}

/// What an expression reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf<'e, G> {
    /// What steps give.
    Given(&'e G),
    /// A secret of the host.
    Secret(&'e Secret),
    /// A file on the host.
    File(&'e LocalFile),
}

/// What is known of a leaf.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Its value.
    Value(Value),
    /// It has none.
    Missing,
    /// That will be known later.
    Later,
}

/// Why an expression has no value, in words that hold no values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoValue {
    /// Nobody gave it; else what was given is of no use.
    pub missing: bool,
    /// What is missing or wrong.
    pub words: String,
}

impl<G> Expression<G> {
    /// The value, if it is known.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// Its direct parts.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Value(_) | Self::Given(_) | Self::Secret(_) | Self::File(_) => Vec::new(),
            Self::Inside { of: one, .. } | Self::Optional(one) | Self::Each { of: one, .. } => vec![one],
            Self::First(all) | Self::List(all) | Self::Concat(all) => all.iter().collect(),
            Self::Map(all) => all.values().collect(),
            Self::Join { parts, delimiter } => vec![parts, delimiter],
            Self::Token { text, at, index } => vec![text, at, index],
        }
    }

    /// All that it reads, in the order of the text.
    pub fn leaves(&self) -> Vec<Leaf<'_, G>> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(next) = open.pop() {
            match next {
                Self::Given(given) => found.push(Leaf::Given(given)),
                Self::Secret(secret) => found.push(Leaf::Secret(secret)),
                Self::File(file) => found.push(Leaf::File(file)),
                _ => open.extend(next.parts().into_iter().rev()),
            }
        }
        found
    }

    /// The files it reads, to be filled in.
    pub fn files_mut(&mut self) -> Vec<&mut LocalFile> {
        match self {
            Self::File(file) => vec![file],
            Self::Value(_) | Self::Given(_) | Self::Secret(_) => Vec::new(),
            Self::Inside { of: one, .. } | Self::Optional(one) | Self::Each { of: one, .. } => {
                one.files_mut()
            }
            Self::First(all) | Self::List(all) | Self::Concat(all) => {
                all.iter_mut().flat_map(Self::files_mut).collect()
            }
            Self::Map(all) => all.values_mut().flat_map(Self::files_mut).collect(),
            Self::Join { parts, delimiter } => {
                let both = [parts, delimiter].into_iter();
                both.flat_map(|part| part.files_mut()).collect()
            }
            Self::Token { text, at, index } => {
                let all = [text, at, index].into_iter();
                all.flat_map(|part| part.files_mut()).collect()
            }
        }
    }

    /// The same over other givers.
    pub fn map<H>(&self, to: &mut impl FnMut(&G) -> Expression<H>) -> Expression<H> {
        match self {
            Self::Given(given) => to(given),
            _ => self.rebuild(&mut |part| part.map(&mut *to)),
        }
    }

    /// The same of other parts. What is given has no parts: it is asked for itself.
    pub(super) fn rebuild<H>(&self, part: &mut dyn FnMut(&Self) -> Expression<H>) -> Expression<H> {
        let mut boxed = |one: &Self| Box::new(part(one));
        match self {
            Self::Value(value) => Expression::Value(value.clone()),
            Self::Given(_) => part(self),
            Self::Secret(secret) => Expression::Secret(secret.clone()),
            Self::File(file) => Expression::File(file.clone()),
            Self::Inside { of, path } => Expression::Inside {
                of: boxed(of),
                path: path.clone(),
            },
            Self::Optional(one) => Expression::Optional(boxed(one)),
            Self::Each { node, of } => Expression::Each {
                node: *node,
                of: boxed(of),
            },
            Self::First(all) => Expression::First(all.iter().map(part).collect()),
            Self::List(all) => Expression::List(all.iter().map(part).collect()),
            Self::Concat(all) => Expression::Concat(all.iter().map(part).collect()),
            Self::Map(all) => {
                let all = all.iter().map(|(name, one)| (name.clone(), part(one)));
                Expression::Map(all.collect())
            }
            Self::Join { parts, delimiter } => Expression::Join {
                parts: boxed(parts),
                delimiter: boxed(delimiter),
            },
            Self::Token { text, at, index } => Expression::Token {
                text: boxed(text),
                at: boxed(at),
                index: boxed(index),
            },
        }
    }
}

impl<G: Clone + fmt::Display> Expression<G> {
    /// Puts in what `answer` knows, and computes what can be computed with it. What it knows later stays.
    ///
    /// # Errors
    /// Says what has no value, or why none can be made of what was given.
    pub fn reduce(&self, answer: &mut impl FnMut(Leaf<'_, G>) -> Answer) -> Result<Self, NoValue> {
        Ok(match self {
            Self::Value(_) | Self::Each { .. } => self.clone(),
            Self::Given(given) => return self.answered(answer(Leaf::Given(given)), given),
            Self::Secret(secret) => return self.answered(answer(Leaf::Secret(secret)), secret),
            Self::File(file) => return self.answered(answer(Leaf::File(file)), file),
            Self::Inside { of, path } => match of.reduce(answer)? {
                Self::Value(value) => Self::Value(inside(value, path).ok_or_else(|| {
                    missing(&format!("{} has nothing at `{}`", of.words(), path.join(".")))
                })?),
                rest => Self::Inside {
                    of: Box::new(rest),
                    path: path.clone(),
                },
            },
            Self::First(all) => return Self::first(all, answer),
            Self::Optional(part) => match part.reduce(answer) {
                Ok(value @ Self::Value(_)) => value,
                Ok(rest) => Self::Optional(Box::new(rest)),
                Err(fault) if fault.missing => Self::Value(Value::Null),
                Err(fault) => return Err(fault),
            },
            Self::List(all) => {
                let all = all.iter().map(|part| part.reduce(answer));
                let all: Vec<Self> = all.collect::<Result<_, _>>()?;
                match all.iter().map(Self::value).collect::<Option<Vec<_>>>() {
                    Some(values) => Self::Value(values.into_iter().cloned().collect()),
                    None => Self::List(all),
                }
            }
            Self::Map(all) => {
                let all = all
                    .iter()
                    .map(|(name, part)| Ok((name.clone(), part.reduce(answer)?)));
                let all: BTreeMap<String, Self> = all.collect::<Result<_, _>>()?;
                let known = all
                    .iter()
                    .map(|(name, part)| Some((name.clone(), part.value()?.clone())));
                match known.collect::<Option<serde_json::Map<_, _>>>() {
                    Some(values) => Self::Value(Value::Object(values)),
                    None => Self::Map(all),
                }
            }
            Self::Concat(all) => {
                let all = all.iter().map(|part| part.reduce(answer));
                let all: Vec<Self> = all.collect::<Result<_, _>>()?;
                match texts(&all, "concat")? {
                    Some(texts) => Self::Value(put_together(&texts, "", "concat")?),
                    None => Self::Concat(all),
                }
            }
            Self::Join { parts, delimiter } => {
                let (parts, delimiter) = (parts.reduce(answer)?, delimiter.reduce(answer)?);
                join(parts, delimiter)?
            }
            Self::Token { text, at, index } => {
                let all = [text.reduce(answer)?, at.reduce(answer)?, index.reduce(answer)?];
                token(all)?
            }
        })
    }

    fn answered(&self, answer: Answer, what: &impl fmt::Display) -> Result<Self, NoValue> {
        match answer {
            Answer::Value(Value::Null) | Answer::Missing => Err(missing(&format!("{what} has no value"))),
            Answer::Value(value) => Ok(Self::Value(value)),
            Answer::Later => Ok(self.clone()),
        }
    }

    fn first(all: &[Self], answer: &mut impl FnMut(Leaf<'_, G>) -> Answer) -> Result<Self, NoValue> {
        let mut last = missing("it has no value");
        for (at, part) in all.iter().enumerate() {
            match part.reduce(answer) {
                Ok(value @ Self::Value(_)) => return Ok(value),
                Ok(rest) => {
                    let left = std::iter::once(rest).chain(all[at + 1..].iter().cloned());
                    return Ok(Self::First(left.collect()));
                }
                Err(fault) if fault.missing => last = if at == 0 { fault } else { last },
                Err(fault) => return Err(fault),
            }
        }
        Err(last)
    }

    /// What it is about, for messages.
    fn words(&self) -> String {
        match self {
            Self::Given(given) => given.to_string(),
            Self::Secret(secret) => secret.to_string(),
            Self::File(file) => file.to_string(),
            Self::First(all) => all.first().map_or_else(String::new, Self::words),
            Self::Inside { of, .. } | Self::Optional(of) => of.words(),
            _ => "a value".to_owned(),
        }
    }
}

fn missing(words: &str) -> NoValue {
    NoValue {
        missing: true,
        words: words.to_owned(),
    }
}

fn wrong(words: String) -> NoValue {
    NoValue {
        missing: false,
        words,
    }
}

/// What is at a path inside of a value. A text that holds JSON is looked into: scripts give lines of text.
fn inside(mut value: Value, path: &[String]) -> Option<Value> {
    for name in path {
        if let Value::String(text) = &value {
            value = serde_json::from_str(text).ok()?;
        }
        value = match &mut value {
            Value::Object(entries) => entries.remove(name)?,
            Value::Array(items) => {
                let at: usize = name.parse().ok()?;
                (at < items.len()).then(|| items.swap_remove(at))?
            }
            _ => return None,
        };
    }
    Some(value).filter(|value| !value.is_null())
}

/// A value as text, as `concat` and its like take it; none for lists, maps and null.
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The parts as texts; none while some are not known.
fn texts<G: Clone + fmt::Display>(
    parts: &[Expression<G>],
    function: &str,
) -> Result<Option<Vec<String>>, NoValue> {
    let mut texts = Vec::with_capacity(parts.len());
    for part in parts {
        let Some(value) = part.value() else { continue };
        let text = as_text(value);
        texts.push(
            text.ok_or_else(|| wrong(format!("`{function}` takes texts, and was given a list or a map")))?,
        );
    }
    Ok((texts.len() == parts.len()).then_some(texts))
}

fn put_together(texts: &[String], delimiter: &str, function: &str) -> Result<Value, NoValue> {
    let between = delimiter.len().saturating_mul(texts.len());
    let length = texts
        .iter()
        .fold(between, |sum, text| sum.saturating_add(text.len()));
    if length > MOST {
        return Err(wrong(format!("`{function}` makes more than {} KiB", MOST >> 10)));
    }
    Ok(texts.join(delimiter).into())
}

fn join<G: Clone + fmt::Display>(
    parts: Expression<G>,
    delimiter: Expression<G>,
) -> Result<Expression<G>, NoValue> {
    let list: Option<Vec<Expression<G>>> = match &parts {
        Expression::Value(Value::Array(items)) => {
            Some(items.iter().cloned().map(Expression::Value).collect())
        }
        Expression::Value(_) => return Err(wrong("`join` takes a list of texts".to_owned())),
        Expression::List(items) => Some(items.clone()),
        _ => None,
    };
    let known = match &list {
        Some(list) => texts(list, "join")?,
        None => None,
    };
    let between = texts(std::slice::from_ref(&delimiter), "join")?;
    match (known, between) {
        (Some(texts), Some(between)) => Ok(Expression::Value(put_together(&texts, &between[0], "join")?)),
        _ => Ok(Expression::Join {
            parts: Box::new(parts),
            delimiter: Box::new(delimiter),
        }),
    }
}

fn token<G: Clone + fmt::Display>(all: [Expression<G>; 3]) -> Result<Expression<G>, NoValue> {
    if let Some(texts) = texts(&all, "token")? {
        let [text, at, index] = texts.as_slice() else {
            return Err(wrong("`token` takes three texts".to_owned()));
        };
        let Ok(number) = index.parse::<usize>() else {
            return Err(wrong("the third argument of `token` is no number".to_owned()));
        };
        let part = text.split(|c| at.contains(c)).nth(number);
        let part = part.ok_or_else(|| wrong(format!("`token` finds no part {number}")))?;
        return Ok(Expression::Value(part.into()));
    }
    let [text, at, index] = all.map(Box::new);
    Ok(Expression::Token { text, at, index })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    type Text = Expression<String>;

    fn given(name: &str) -> Text {
        Expression::Given(name.to_owned())
    }

    fn value(value: Value) -> Text {
        Expression::Value(value)
    }

    fn inside_of(of: Text, path: &[&str]) -> Text {
        Expression::Inside {
            of: Box::new(of),
            path: path.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    /// With these values; what they do not name is missing.
    fn reduced(expression: &Text, known: &Value) -> Result<Text, String> {
        let mut answer = |leaf: Leaf<'_, String>| match leaf {
            Leaf::Given(name) => known
                .get(name)
                .map_or(Answer::Missing, |known| Answer::Value(known.clone())),
            Leaf::Secret(_) | Leaf::File(_) => Answer::Later,
        };
        expression.reduce(&mut answer).map_err(|fault| fault.words)
    }

    #[test]
    fn what_is_known_is_put_in_and_computed() {
        let url = Expression::Concat(vec![
            value(json!("http://")),
            given("host"),
            value(json!(":")),
            given("port"),
        ]);
        let known =
            json!({"host": "h1", "port": 80, "list": ["a", 2], "json": "{\"a\": [1, {\"b\": true}]}"});
        let value_of = |expression: &Text| reduced(expression, &known).map(|found| found.value().cloned());
        assert_eq!(value_of(&url), Ok(Some(json!("http://h1:80"))));
        let joined = Expression::Join {
            parts: Box::new(given("list")),
            delimiter: Box::new(value(json!("-"))),
        };
        assert_eq!(value_of(&joined), Ok(Some(json!("a-2"))));
        assert_eq!(
            value_of(&inside_of(given("json"), &["a", "1", "b"])),
            Ok(Some(json!(true)))
        );
        let token = |index: &str| Expression::Token {
            text: Box::new(url.clone()),
            at: Box::new(value(json!("/:"))),
            index: Box::new(value(json!(index))),
        };
        assert_eq!(value_of(&token("3")), Ok(Some(json!("h1"))));
        assert_eq!(value_of(&token("9")), Err("`token` finds no part 9".to_owned()));
        let all = Expression::Map([("l".to_owned(), Expression::List(vec![given("port"), url]))].into());
        assert_eq!(value_of(&all), Ok(Some(json!({"l": [80, "http://h1:80"]}))));
    }

    #[test]
    fn what_is_missing_falls_back_or_is_told() {
        let known = json!({"a": 1, "null": null, "map": {}});
        let fallback = |first: Text| Expression::First(vec![first, given("a")]);
        assert_eq!(reduced(&fallback(given("no")), &known), Ok(value(json!(1))));
        assert_eq!(reduced(&fallback(given("null")), &known), Ok(value(json!(1))));
        assert_eq!(
            reduced(&fallback(inside_of(given("map"), &["x"])), &known),
            Ok(value(json!(1)))
        );
        let optional = Expression::Optional(Box::new(given("no")));
        assert_eq!(reduced(&optional, &known), Ok(value(Value::Null)));
        let neither = Expression::First(vec![given("no"), given("nor")]);
        assert_eq!(reduced(&neither, &known), Err("no has no value".to_owned()));
        let nothing = inside_of(given("map"), &["x", "y"]);
        assert_eq!(
            reduced(&nothing, &known),
            Err("map has nothing at `x.y`".to_owned())
        );
        let texts = Expression::Concat(vec![given("map")]);
        let wrong = Expression::Optional(Box::new(texts));
        assert!(reduced(&wrong, &known).unwrap_err().contains("a list or a map"));
    }

    #[test]
    fn what_only_the_host_has_stays() {
        let secret = || Expression::Secret(Secret::Environment("DB_PASSWORD".to_owned()));
        let line = Expression::Concat(vec![given("user"), value(json!(":")), secret()]);
        let rest = reduced(&line, &json!({"user": "root"})).unwrap();
        assert_eq!(
            rest,
            Expression::Concat(vec![value(json!("root")), value(json!(":")), secret()])
        );
        let text = serde_json::to_string(&rest).unwrap();
        assert_eq!(
            text,
            r#"{"concat":[{"value":"root"},{"value":":"},{"secret":{"environment":"DB_PASSWORD"}}]}"#
        );
        assert_eq!(serde_json::from_str::<Text>(&text).unwrap(), rest);
    }

    fn any() -> impl Strategy<Value = Text> {
        let leaf = prop_oneof![
            "[a-c]".prop_map(Expression::Given),
            prop_oneof![
                Just(json!("x:y")),
                Just(json!(1)),
                Just(json!(["a", "b"])),
                Just(json!({"a": 0}))
            ]
            .prop_map(Expression::Value),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            let boxed = || inner.clone().prop_map(Box::new);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Expression::First),
                prop::collection::vec(inner.clone(), 0..3).prop_map(Expression::List),
                prop::collection::vec(inner.clone(), 0..3).prop_map(Expression::Concat),
                prop::collection::btree_map("[a-b]", inner.clone(), 0..3).prop_map(Expression::Map),
                boxed().prop_map(Expression::Optional),
                (boxed(), prop::collection::vec("[a-b0-1]", 1..3))
                    .prop_map(|(of, path)| Expression::Inside { of, path }),
                (boxed(), boxed()).prop_map(|(parts, delimiter)| Expression::Join { parts, delimiter }),
                (boxed(), boxed(), boxed()).prop_map(|(text, at, index)| Expression::Token {
                    text,
                    at,
                    index
                }),
            ]
        })
    }

    proptest! {
        /// Whoever is asked first, and whoever later: the value is the same.
        #[test]
        fn values_may_come_one_after_the_other(expression in any(), a in 0..3_usize, b in 0..3_usize) {
            let of = |which: usize| [Answer::Value(json!("1")), Answer::Value(json!({"a": ["x"]})), Answer::Missing][which].clone();
            let mut all_at_once = |leaf: Leaf<'_, String>| match leaf {
                Leaf::Given(name) if name == "a" => of(a),
                Leaf::Given(name) if name == "b" => of(b),
                _ => Answer::Missing,
            };
            let whole = expression.reduce(&mut all_at_once);
            let mut first = |leaf: Leaf<'_, String>| match leaf {
                Leaf::Given(name) if name == "a" => of(a),
                _ => Answer::Later,
            };
            let in_parts = expression.reduce(&mut first).and_then(|rest| rest.reduce(&mut all_at_once));
            // Of several faults another one may be met first.
            if let (Ok(whole), Ok(in_parts)) = (&whole, &in_parts) {
                prop_assert_eq!(whole, in_parts);
            }
            if let Ok(whole) = whole {
                prop_assert!(whole.value().is_some());
            }
        }
    }
}
