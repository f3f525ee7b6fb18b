//! The whole of lowering, on files in memory.

mod engines;
mod functions;
mod hosts;
mod inputs;
mod operations;
mod profiles;
mod requirements;
mod robust;
mod samples;

use camino::Utf8Path;

use super::{Options, lower};
use crate::diagnostic::{Diagnostic, Severity, Sink};
use crate::source::{Loader, MemoryLoader, SourceMap};
use crate::topology::Topology;
use crate::yaml;

/// What lowering `main.yaml` of these files gives, and what it reports.
fn run(files: &[(&str, &str)], options: &Options) -> (Topology, Vec<Diagnostic>) {
    let mut loader = MemoryLoader::new();
    for &(name, text) in files {
        loader = loader.with(name, text);
    }
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let text = loader
        .load(Utf8Path::new("main.yaml"))
        .expect("there is a main.yaml");
    let source = sources.add("main.yaml", String::from_utf8(text).expect("tests are text"));
    let tree = yaml::parse(&sources, source, &mut sink);
    let topology = lower(&tree, &mut sources, &loader, options, &mut sink);
    (topology, sink.into_sorted())
}

/// What lowering one file gives, which must be without errors.
fn fine(text: &str) -> Topology {
    let (topology, found) = run(&[("main.yaml", text)], &compiling());
    let errors: Vec<_> = found
        .iter()
        .filter(|fault| fault.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    topology
}

/// The messages that linting one file gives.
fn messages(text: &str) -> Vec<String> {
    let (_, found) = run(&[("main.yaml", text)], &Options::default());
    found.into_iter().map(|fault| fault.message).collect()
}

/// What linting one file reports, with its severity.
fn lint(text: &str) -> Vec<(Severity, String)> {
    let (_, found) = run(&[("main.yaml", text)], &Options::default());
    found
        .into_iter()
        .map(|fault| (fault.severity, fault.message))
        .collect()
}

fn compiling() -> Options {
    Options {
        require_inputs: true,
        ..Options::default()
    }
}

/// The outputs as one JSON object.
fn outputs(topology: &Topology) -> serde_json::Value {
    topology
        .outputs
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.value()?.clone())))
        .collect()
}

/// The messages of the errors alone.
fn errors(found: Vec<Diagnostic>) -> Vec<String> {
    let errors = found
        .into_iter()
        .filter(|fault| fault.severity == Severity::Error);
    errors.map(|fault| fault.message).collect()
}
