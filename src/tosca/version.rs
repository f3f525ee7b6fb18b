//! The versions of TOSCA, as `tosca_definitions_version` names them.

use std::fmt;

/// A version of the language. Ordered by age, so that grammar tables can say "since" and "until".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// Simple Profile 1.0.
    Simple10,
    /// Simple Profile 1.1.
    Simple11,
    /// Simple Profile 1.2.
    Simple12,
    /// Simple Profile 1.3.
    Simple13,
    /// TOSCA 2.0.
    Tosca20,
}

impl Version {
    /// All, oldest first.
    pub const ALL: [Self; 5] = [
        Self::Simple10,
        Self::Simple11,
        Self::Simple12,
        Self::Simple13,
        Self::Tosca20,
    ];

    /// The canonical name: what `tosca_definitions_version` says.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Simple10 => "tosca_simple_yaml_1_0",
            Self::Simple11 => "tosca_simple_yaml_1_1",
            Self::Simple12 => "tosca_simple_yaml_1_2",
            Self::Simple13 => "tosca_simple_yaml_1_3",
            Self::Tosca20 => "tosca_2_0",
        }
    }

    /// The version that `tosca_definitions_version: text` declares. Beside the canonical names, the namespace URIs of
    /// the standard are taken (Simple Profile 1.3, section 3.1), and `tosca_simple_yaml_1_0_0`, as 1.0 spelt it in its
    /// own examples.
    pub fn of(text: &str) -> Option<Self> {
        if text == "tosca_simple_yaml_1_0_0" {
            return Some(Self::Simple10);
        }
        let text = match text.strip_prefix("http://docs.oasis-open.org/tosca/ns/") {
            Some("simple/yaml/1.0") => return Some(Self::Simple10),
            Some("simple/yaml/1.1") => return Some(Self::Simple11),
            Some("simple/yaml/1.2") => return Some(Self::Simple12),
            Some("simple/yaml/1.3") => return Some(Self::Simple13),
            _ => text,
        };
        Self::ALL.into_iter().find(|version| version.as_str() == text)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
