//! What a step reads while the application runs, put in its place.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{RoleStep, Source, canonical_json, sha256_hex};
use crate::topology::{Action, Answer, Expression, Leaf, NoValue, Reads, Supply, as_text};

/// A leaf of what a step reads.
pub type ReadLeaf<'e> = Leaf<'e, Supply<Source>>;

impl RoleStep {
    /// The same step with all of what it reads in place that `answer` knows; the rest it still reads.
    ///
    /// # Errors
    /// Says what has no value, or why none can be made of what was given.
    pub fn filled(&self, answer: &mut impl FnMut(ReadLeaf<'_>) -> Answer) -> Result<Self, NoValue> {
        let mut filled = self.clone();
        filled.reads = Reads::default();
        for (name, input) in &self.reads.inputs {
            match input.reduce(answer)? {
                // As where the template gives no value: it is not handed over.
                Expression::Value(Value::Null) => {}
                Expression::Value(value) => drop(filled.inputs.insert(name.clone(), value)),
                rest => drop(filled.reads.inputs.insert(name.clone(), rest)),
            }
        }
        let mut known: BTreeMap<&str, String> = BTreeMap::new();
        for (place, argument) in &self.reads.arguments {
            match argument.reduce(answer)? {
                Expression::Value(value) => drop(known.insert(place, written(&value))),
                rest => drop(filled.reads.arguments.insert(place.clone(), rest)),
            }
        }
        filled.check = with(self.check.as_ref(), "/check", &known)?;
        filled.apply = with(self.apply.as_ref(), "/apply", &known)?;
        if let Some(notices) = &self.reads.notices {
            filled.reads.notices = Some(notices.reduce(answer)?);
        }
        Ok(filled)
    }

    /// The digest of what is played once all that steps give is in place: `filled` is this step filled. A stamp says so
    /// that it was done with these very values.
    pub fn played_digest(&self, filled: &Self) -> String {
        match &filled.reads.notices {
            // Only what it notices makes it run again.
            Some(noticed) => sha256_hex(&canonical_json(noticed)),
            None if self.reads.is_empty() => self.digest.clone(),
            None => sha256_hex(&canonical_json(&(
                &self.digest,
                &filled.inputs,
                &filled.check,
                &filled.apply,
                &filled.reads,
            ))),
        }
    }
}

/// A value as an argument: structures as JSON, what is missing as nothing.
fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        value => as_text(value).unwrap_or_else(|| value.to_string()),
    }
}

fn with(
    action: Option<&Action>,
    of: &str,
    known: &BTreeMap<&str, String>,
) -> Result<Option<Action>, NoValue> {
    let Some(action) = action else { return Ok(None) };
    let mut whole = action.clone();
    // One by one: the fault names its place.
    for (place, text) in known {
        let Some(place) = place.strip_prefix(of) else {
            continue;
        };
        let filled = whole.with(&BTreeMap::from([(place, text.clone())]));
        whole = filled.ok_or_else(|| NoValue {
            missing: false,
            words: format!(
                "what is given as `{}` of the engine `{}` cannot be that",
                place.trim_start_matches('/'),
                action.engine()
            ),
        })?;
    }
    Ok(Some(whole))
}
