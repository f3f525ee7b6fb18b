//! TOSCA: grammar tables per version, imports, types, and the lowering to the neutral topology.

mod calls;
mod copy;
pub mod csar;
mod document;
mod extension;
mod filter;
mod function;
pub mod grammar;
mod import;
mod lost;
mod lower;
mod map;
mod path;
mod policy;
mod repository;
mod substitution;
mod template;
#[cfg(test)]
mod tests;
mod types;
mod value;
mod version;
mod view;
mod workflow;

pub use document::{Document, File};
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
    tree: &Tree,
    sources: &mut SourceMap,
    loader: &dyn Loader,
    options: &Options,
    sink: &mut Sink,
) -> Topology {
    read(tree, sources, loader, options, sink).0
}

/// As [`lower`], with the files that were read; none where they could not be told.
pub fn read<'t>(
    tree: &'t Tree,
    sources: &mut SourceMap,
    loader: &dyn Loader,
    options: &Options,
    sink: &mut Sink,
) -> (Topology, Option<Document<'t>>) {
    let mut found = Sink::new();
    let Some(mut forest) = import::load(tree, sources, loader, sink.has_errors(), &mut found) else {
        found.into_sorted().into_iter().for_each(|fault| sink.push(fault));
        return (Topology::default(), None);
    };
    let copied = copy::expand(&mut forest, &mut found);
    let topology = meaning(&forest, loader, options, &mut found);
    let found = copy::once(lost::excuse(&forest, found), &copied);
    import::name_askers(&forest, tree.source(), found, sink);
    (topology, Some(Document { forest }))
}

fn meaning(forest: &import::Forest<'_>, loader: &dyn Loader, options: &Options, sink: &mut Sink) -> Topology {
    let mut types = types::Types::read(forest, sink);
    repository::check(&types, sink);
    // Files that are imported to substitute nodes are templates in their own right.
    for file in substituting(forest) {
        let service = template::Service::read(types, file, &Options::default(), sink);
        check(&service, sink);
        template::check_interfaces(&service, sink);
        template::check_unassigned(&service, &Options::default(), sink);
        calls::check(&mut function::Evaluator::new(&service), sink);
        types = service.types;
    }
    let service = template::Service::read(types, import::FileId::ROOT, options, sink);
    check(&service, sink);
    let topology = lower::lower(&service, loader, options, sink);
    template::check_unassigned(&service, options, sink);
    topology
}

/// Holds everything in a service against its types and against each other.
fn check(service: &template::Service<'_>, sink: &mut Sink) {
    template::check(service, sink);
    substitution::check(service, sink);
    policy::check(service, sink);
    workflow::check(service, sink);
}

/// The imported files that hold a topology with substitution mappings.
fn substituting(forest: &import::Forest<'_>) -> Vec<import::FileId> {
    let files = forest.iter().filter(|(id, file)| {
        let topology = file.root().and_then(|root| root.get("topology_template"));
        let mappings = topology.and_then(|topology| topology.get("substitution_mappings"));
        *id != import::FileId::ROOT && !file.embedded && mappings.is_some()
    });
    files.map(|(id, _)| id).collect()
}
