//! Profiles that are part of khor: the normative types of each version, and khor's own.

use super::super::Version;

/// A profile inside the binary.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Profile {
    /// What messages call it.
    pub(super) name: &'static str,
    pub(super) version: Version,
    pub(super) text: &'static str,
}

/// khor's own types: engines, checks, files, processes, placement and retry policies.
static KHOR: Profile = Profile {
    name: "khor:1.0",
    version: Version::Simple13,
    text: include_str!("../../../tosca-profiles/khor/1.0.yaml"),
};

static SIMPLE: [Profile; 4] = [
    Profile {
        name: "tosca_simple_yaml_1_0 (built in)",
        version: Version::Simple10,
        text: include_str!("../../../tosca-profiles/simple/1.0.yaml"),
    },
    Profile {
        name: "tosca_simple_yaml_1_1 (built in)",
        version: Version::Simple11,
        text: include_str!("../../../tosca-profiles/simple/1.1.yaml"),
    },
    Profile {
        name: "tosca_simple_yaml_1_2 (built in)",
        version: Version::Simple12,
        text: include_str!("../../../tosca-profiles/simple/1.2.yaml"),
    },
    Profile {
        name: "tosca_simple_yaml_1_3 (built in)",
        version: Version::Simple13,
        text: include_str!("../../../tosca-profiles/simple/1.3.yaml"),
    },
];

/// The normative types that a file of `version` sees without importing them.
pub(super) fn normative(version: Version) -> Option<&'static Profile> {
    SIMPLE.iter().find(|profile| profile.version == version)
}

/// Where the members of the standard's body keep the normative types, as a file and as a profile.
const COMMUNITY: &str = "oasis-open/tosca-community-contributions/";

/// The profile that an import asks for by name, or by a URL under which the normative types are published. `version` is
/// that of the file that asks.
pub(super) fn named(name: &str, version: Version) -> Option<&'static Profile> {
    if name == KHOR.name {
        return Some(&KHOR);
    }
    if let Some(declared) = Version::of(name.trim_end_matches('/')) {
        return normative(declared);
    }
    // Orchestrators that have the normative types as a file of this name ask for those of their own version.
    if name.starts_with("tosca-normative-types:") {
        return normative(version);
    }
    if let Some(number) = name.strip_prefix("org.oasis-open.simple:") {
        return numbered(number);
    }
    let (scheme, path) = name.split_once("://")?;
    if !matches!(scheme, "http" | "https") {
        return None;
    }
    if let Some(number) = path.strip_prefix("docs.oasis-open.org/tosca/ns/simple/yaml/") {
        return numbered(number.trim_end_matches('/'));
    }
    let (_, file) = path.split_once(COMMUNITY)?;
    let (_, number) = file.split_once("/org.oasis-open/simple/")?;
    numbered(number.strip_suffix("/profile.yaml")?)
}

fn numbered(number: &str) -> Option<&'static Profile> {
    let number = number.strip_prefix('v').unwrap_or(number);
    let version = Version::of(&format!("tosca_simple_yaml_{}", number.replace('.', "_")))?;
    normative(version)
}

/// The names that [`named`] knows, for near misses.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once(KHOR.name)
}
