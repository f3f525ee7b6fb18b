//! TOSCA: grammar tables per version, imports, types, and the lowering to the neutral topology.

pub mod grammar;
mod version;

pub use version::Version;

use std::collections::BTreeMap;

use crate::diagnostic::Sink;
use crate::source::{Loader, SourceMap};
use crate::topology::Topology;
use crate::yaml::Tree;

/// What the user gives from outside a template.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values of the topology's inputs, by name (`--input NAME=VALUE`, `--inputs FILE`).
    pub inputs: BTreeMap<String, serde_json::Value>,
    /// Whether inputs that have neither value nor default are faults: yes to compile, no to lint.
    pub require_inputs: bool,
}

/// Checks a TOSCA document with all that it imports, and lowers it. Faults go to `sink`; the topology holds what could
/// be understood. Imported texts are added to `sources`.
pub fn lower(
    _tree: &Tree,
    _sources: &mut SourceMap,
    _loader: &dyn Loader,
    _options: &Options,
    _sink: &mut Sink,
) -> Topology {
    Topology::default()
}
