//! What made a host act on a step.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Why a step was, or is to be, brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// It is there for the first time.
    First,
    /// It was reached, and its check turned false.
    Drift,
    /// It changed: with a new generation, with what is asked for, or with what it reads.
    Change,
    /// Somebody asked for it to be tried again.
    Retry,
}

impl Why {
    /// In words, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first time",
            Self::Drift => "drift",
            Self::Change => "change",
            Self::Retry => "retry",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What made a host act on a step, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What it was.
    pub why: Why,
    /// When its host noticed, in milliseconds since 1970.
    pub at: u64,
    /// When the do that followed from it was last started, in milliseconds since 1970; none: there was nothing to do, or
    /// it waits for its guard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<u64>,
}

impl Cause {
    /// Just noticed.
    pub fn new(why: Why, at: u64) -> Self {
        Self { why, at, began: None }
    }
}

/// A cause that a newer khor knows is none, rather than a state that cannot be read.
pub(super) fn lenient<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Cause>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}
