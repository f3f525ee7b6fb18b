//! Profiles that are part of khor: the normative types of each version, and khor's own.

use std::collections::HashMap;
use std::sync::LazyLock;

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

/// Full name of every normative type, with the versions that have it, oldest first. Full names are unique over all kinds.
static NORMATIVE_NAMES: LazyLock<HashMap<&'static str, Vec<Version>>> = LazyLock::new(|| {
    let mut names: HashMap<_, Vec<_>> = HashMap::new();
    for profile in &SIMPLE {
        let entries = profile.text.lines().filter_map(|line| line.strip_prefix("  "));
        let types = entries.filter_map(|line| line.strip_suffix(':').filter(|name| !name.starts_with(' ')));
        types.for_each(|name| names.entry(name).or_default().push(profile.version));
    }
    names
});

/// The versions that have a normative type of this full name, oldest first.
pub(in crate::tosca) fn versions_with(type_name: &str) -> &'static [Version] {
    NORMATIVE_NAMES.get(type_name).map_or(&[], Vec::as_slice)
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
