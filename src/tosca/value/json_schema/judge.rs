//! Holds a document against a schema.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use super::place::Place;
use super::{DEEPEST, JsonSchema, Led};

/// Why a value does not hold to a schema.
pub(super) enum Fault {
    /// It may or may not.
    Unknown,
    Breaks(String),
}

pub(super) type Verdict = Result<(), Fault>;

/// Says that something is broken.
pub(super) fn breaks(why: String) -> Verdict {
    Err(Fault::Breaks(why))
}

/// The fault of a document, and the steps that are left.
pub(super) fn judge(schema: &JsonSchema, document: &Value, steps: usize) -> (Option<String>, usize) {
    let mut judge = Judge {
        schema,
        left: steps,
        patterns: HashMap::new(),
    };
    let verdict = judge.hold(&schema.root, document, &Place::Root, 0);
    let broken = match verdict {
        Err(Fault::Breaks(why)) => Some(why),
        _ => None,
    };
    (broken, judge.left)
}

pub(super) struct Judge<'s> {
    schema: &'s JsonSchema,
    /// The steps that may still be taken.
    left: usize,
    /// Regular expressions; none for one that is not judged.
    patterns: HashMap<&'s str, Option<Regex>>,
}

impl<'s> Judge<'s> {
    /// Counts steps. Where none are left nothing can be said.
    pub(super) fn spend(&mut self, steps: usize) -> Verdict {
        let left = self.left.checked_sub(steps);
        self.left = left.unwrap_or(0);
        left.map(drop).ok_or(Fault::Unknown)
    }

    pub(super) fn hold(
        &mut self,
        schema: &'s Value,
        value: &Value,
        place: &Place<'_>,
        depth: usize,
    ) -> Verdict {
        self.spend(1)?;
        match schema {
            _ if depth > DEEPEST => Err(Fault::Unknown),
            Value::Bool(true) => Ok(()),
            Value::Bool(false) => breaks(format!("nothing is allowed to be there, and {place} is")),
            Value::Object(keywords) => {
                if let Some(Value::String(reference)) = keywords.get("$ref").filter(|_| self.schema.is_old) {
                    return self.reference(reference, value, place, depth);
                }
                let each = keywords.iter();
                let each =
                    each.map(|(name, bound)| self.keyword(keywords, (name, bound), value, place, depth));
                all(each)
            }
            _ => Err(Fault::Unknown),
        }
    }

    fn keyword(
        &mut self,
        around: &'s Map<String, Value>,
        (name, bound): (&'s str, &'s Value),
        value: &Value,
        place: &Place<'_>,
        depth: usize,
    ) -> Verdict {
        let deeper = depth + 1;
        match (name, bound) {
            ("$ref", Value::String(reference)) => self.reference(reference, value, place, depth),
            ("$dynamicRef" | "$recursiveRef", _) => Err(Fault::Unknown),
            ("unevaluatedItems" | "unevaluatedProperties", bound) if bound != &Value::Bool(true) => {
                Err(Fault::Unknown)
            }
            ("allOf", Value::Array(schemas)) => all(schemas
                .iter()
                .map(|schema| self.hold(schema, value, place, deeper))),
            ("anyOf", Value::Array(schemas)) => {
                let (fits, open, first) = self.count(schemas, value, place, deeper);
                match first {
                    _ if fits > 0 => Ok(()),
                    Some(why) if !open && schemas.len() == 1 => breaks(why),
                    Some(why) if !open => breaks(format!(
                        "{place} must be one of its alternatives; by the first, {why}"
                    )),
                    _ => Err(Fault::Unknown),
                }
            }
            ("oneOf", Value::Array(schemas)) => match self.count(schemas, value, place, deeper) {
                (2.., ..) => breaks(format!(
                    "{place} must be only one of its alternatives, and is several"
                )),
                (_, true, _) => Err(Fault::Unknown),
                (1, ..) => Ok(()),
                (_, _, Some(why)) => breaks(format!(
                    "{place} must be one of its alternatives; by the first, {why}"
                )),
                _ => Err(Fault::Unknown),
            },
            ("not", schema) => match self.hold(schema, value, place, deeper) {
                Ok(()) => breaks(format!("{place} is what it must not be")),
                Err(Fault::Breaks(_)) => Ok(()),
                unknown => unknown,
            },
            ("if", schema) => {
                let branch = match self.hold(schema, value, place, deeper) {
                    Ok(()) => "then",
                    Err(Fault::Breaks(_)) => "else",
                    unknown => return unknown,
                };
                let branch = around.get(branch);
                branch.map_or(Ok(()), |branch| self.hold(branch, value, place, deeper))
            }
            _ => {
                self.scalar(around, (name, bound), value, place)?;
                self.member(around, (name, bound), value, place, deeper)
            }
        }
    }

    fn reference(&mut self, reference: &str, value: &Value, place: &Place<'_>, depth: usize) -> Verdict {
        match self.schema.follow(reference) {
            Led::To(schema) => self.hold(schema, value, place, depth + 1),
            Led::Nowhere | Led::Out => Err(Fault::Unknown),
        }
    }

    /// How many of several schemas a value holds to, whether it may hold to others, and why not to the first that it
    /// breaks.
    fn count(
        &mut self,
        schemas: &'s [Value],
        value: &Value,
        place: &Place<'_>,
        depth: usize,
    ) -> (usize, bool, Option<String>) {
        let (mut fits, mut open, mut first) = (0, false, None);
        for schema in schemas {
            match self.hold(schema, value, place, depth) {
                Ok(()) => fits += 1,
                Err(Fault::Unknown) => open = true,
                Err(Fault::Breaks(why)) => first = first.or(Some(why)),
            }
        }
        (fits, open, first)
    }

    /// Whether a regular expression is found in a text: any part of it will do.
    pub(super) fn finds(&mut self, expression: &'s str, text: &str) -> Result<bool, Fault> {
        // Expressions are dear to build, and take their time for each character.
        if !self.patterns.contains_key(expression) {
            self.spend(1000)?;
            let regex = RegexBuilder::new(expression).size_limit(1 << 20).build().ok();
            self.patterns.insert(expression, regex);
        }
        self.spend(text.len() / 16)?;
        let regex = self.patterns.get(expression).and_then(Option::as_ref);
        regex.map(|regex| regex.is_match(text)).ok_or(Fault::Unknown)
    }
}

/// All verdicts together: what is broken is broken, even where something else cannot be said.
pub(super) fn all(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut together = Ok(());
    for verdict in verdicts {
        match verdict {
            Err(Fault::Breaks(why)) => return breaks(why),
            Err(Fault::Unknown) => together = Err(Fault::Unknown),
            Ok(()) => {}
        }
    }
    together
}
