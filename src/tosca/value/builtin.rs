//! The types that are part of the language.

/// A built-in type (Simple Profile 1.3, section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tosca) enum Builtin {
    String,
    Integer,
    Float,
    Boolean,
    Timestamp,
    Null,
    Version,
    Range,
    List,
    Map,
    Size,
    Time,
    Frequency,
    Bitrate,
}

impl Builtin {
    pub(in crate::tosca) const ALL: [Self; 14] = [
        Self::String,
        Self::Integer,
        Self::Float,
        Self::Boolean,
        Self::Timestamp,
        Self::Null,
        Self::Version,
        Self::Range,
        Self::List,
        Self::Map,
        Self::Size,
        Self::Time,
        Self::Frequency,
        Self::Bitrate,
    ];

    /// The name as templates write it.
    pub(in crate::tosca) fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
            Self::Null => "null",
            Self::Version => "version",
            Self::Range => "range",
            Self::List => "list",
            Self::Map => "map",
            Self::Size => "scalar-unit.size",
            Self::Time => "scalar-unit.time",
            Self::Frequency => "scalar-unit.frequency",
            Self::Bitrate => "scalar-unit.bitrate",
        }
    }

    /// The type of this name; `tosca:` before it is allowed.
    pub(in crate::tosca) fn of(name: &str) -> Option<Self> {
        let name = name.strip_prefix("tosca:").unwrap_or(name);
        Self::ALL.into_iter().find(|builtin| builtin.as_str() == name)
    }

    /// What a value of it looks like, for messages.
    pub(in crate::tosca) fn example(self) -> &'static str {
        match self {
            Self::String => "a string, as in `text`",
            Self::Integer => "an integer, as in `42`",
            Self::Float => "a number, as in `0.5`",
            Self::Boolean => "`true` or `false`",
            Self::Timestamp => "a timestamp, as in `2001-12-14T21:59:43Z`",
            Self::Null => "null",
            Self::Version => "a version, as in `1.2.3`",
            Self::Range => "a range, as in `[ 1, 10 ]` or `[ 1, UNBOUNDED ]`",
            Self::List => "a list, as in `[ a, b ]`",
            Self::Map => "a map, as in `{ key: value }`",
            Self::Size => "a size with its unit, as in `10 MB`",
            Self::Time => "a time with its unit, as in `30 s`",
            Self::Frequency => "a frequency with its unit, as in `2.5 GHz`",
            Self::Bitrate => "a bitrate with its unit, as in `100 Mbps`",
        }
    }
}
