//! In how many instances a node may be played, and where they go.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most instances of one node: each has steps and states of its own.
pub const MOST_INSTANCES: u32 = 1000;

/// How many instances of scalable nodes people asked for, by the nodes' names.
pub type Counts = BTreeMap<String, u32>;

/// In how many instances a node may be played: from `min` to `max`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// The fewest.
    pub min: u32,
    /// The most.
    pub max: u32,
    /// Those it begins with, and has while nobody asks for others.
    pub default: u32,
}

impl Scale {
    /// How many there are where `asked` are asked for: never fewer than the fewest, never more than the most.
    pub fn count(self, asked: Option<u32>) -> u32 {
        asked.unwrap_or(self.default).clamp(self.min, self.max)
    }
}

/// Which instance a node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The name that all instances have in the description.
    pub of: String,
    /// Its number, from 1.
    pub number: u32,
}

/// Where the instances of a node go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// All to the one host.
    #[default]
    Together,
    /// Over these, one after the other, and again from the first.
    Over(Vec<String>),
    /// Each to a host of its own, which has its number: `vm-1`, `vm-2`.
    Apart,
}

impl Spread {
    /// The host of instance `number`, where `first` is the one that the node as a whole has.
    pub fn host(&self, first: &str, number: u32) -> String {
        match self {
            Self::Over(hosts) if !hosts.is_empty() => {
                let at = number.saturating_sub(1) as usize % hosts.len();
                hosts[at].clone()
            }
            Self::Apart => super::instances::name(first, number),
            _ => first.to_owned(),
        }
    }
}
