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

/// The profile that an import asks for by name or by the standard's URL.
pub(super) fn named(name: &str) -> Option<&'static Profile> {
    if name == KHOR.name {
        return Some(&KHOR);
    }
    normative(Version::of(name)?)
}

/// The names that [`named`] knows, for near misses.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once(KHOR.name)
}
