//! The kinds of types.

/// A kind of type: what section of a file defines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::tosca) enum TypeKind {
    Artifact,
    Data,
    Capability,
    Interface,
    Relationship,
    Node,
    Group,
    Policy,
}

impl TypeKind {
    /// All, those first that others refer to.
    pub(in crate::tosca) const ALL: [Self; 8] = [
        Self::Artifact,
        Self::Data,
        Self::Capability,
        Self::Interface,
        Self::Relationship,
        Self::Node,
        Self::Group,
        Self::Policy,
    ];

    /// The section of a file.
    pub(in crate::tosca) fn section(self) -> &'static str {
        match self {
            Self::Artifact => "artifact_types",
            Self::Data => "data_types",
            Self::Capability => "capability_types",
            Self::Interface => "interface_types",
            Self::Relationship => "relationship_types",
            Self::Node => "node_types",
            Self::Group => "group_types",
            Self::Policy => "policy_types",
        }
    }

    /// In words: "node type".
    pub(in crate::tosca) fn words(self) -> &'static str {
        match self {
            Self::Artifact => "artifact type",
            Self::Data => "data type",
            Self::Capability => "capability type",
            Self::Interface => "interface type",
            Self::Relationship => "relationship type",
            Self::Node => "node type",
            Self::Group => "group type",
            Self::Policy => "policy type",
        }
    }

    /// The article before the words.
    pub(in crate::tosca) fn article(self) -> &'static str {
        if matches!(self, Self::Artifact | Self::Interface) {
            "an"
        } else {
            "a"
        }
    }

    /// What the names of its normative types begin with.
    pub(in crate::tosca) fn normative_prefix(self) -> &'static str {
        match self {
            Self::Artifact => "tosca.artifacts.",
            Self::Data => "tosca.datatypes.",
            Self::Capability => "tosca.capabilities.",
            Self::Interface => "tosca.interfaces.",
            Self::Relationship => "tosca.relationships.",
            Self::Node => "tosca.nodes.",
            Self::Group => "tosca.groups.",
            Self::Policy => "tosca.policies.",
        }
    }
}
