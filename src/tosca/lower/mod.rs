//! From the service template to the neutral topology.

mod artifact;
mod engine;
mod files;
mod host;
mod operation;
mod policy;
mod read;
mod relationship;
mod scale;
mod words;

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::function::{Evaluator, Here, Stop};
use super::import::FileId;
use super::map::HashMap;
use super::template::{NodeAt, Service, interfaces_of};
use super::types::{InterfaceDef, Members, TypeId};
use super::view::View;
use super::{Options, calls};
use crate::diagnostic::Sink;
use crate::source::{Loader, SourceId};
use crate::topology::{Action, Node, NodeId, Topology};
use crate::yaml;

/// Everything lowering needs at hand.
struct Lowering<'s, 'a> {
    service: &'s Service<'a>,
    loader: &'s dyn Loader,
    options: &'s Options,
    values: Evaluator<'s, 'a>,
    /// Interfaces of types, for templates that add nothing to them.
    interfaces: HashMap<TypeId, Rc<Members<'a, InterfaceDef<'a>>>>,
    /// Scripts that types name for their operations: where that is said, and for templates of which type.
    scripts: HashMap<((SourceId, yaml::NodeId), TypeId), Arc<Action>>,
    /// Files that were looked for, by the path that the text says.
    files: HashMap<FileId, HashMap<String, artifact::Looked>>,
}

/// Lowers a service.
pub(super) fn lower(
    service: &Service<'_>,
    loader: &dyn Loader,
    options: &Options,
    sink: &mut Sink,
) -> Topology {
    let mut lowering = Lowering {
        service,
        loader,
        options,
        values: Evaluator::new(service),
        interfaces: HashMap::default(),
        scripts: HashMap::default(),
        files: HashMap::default(),
    };
    if options.require_inputs {
        lowering.plan();
    }
    let scales = scale::read(&mut lowering, sink);
    lowering.values.groups = scales.groups();
    calls::check(&mut lowering.values, sink);
    calls::check_types(&mut lowering.values, sink);
    let policies = policy::read(&mut lowering, sink);
    let hosts = host::find(&lowering, &policies, &scales);
    let mut nodes = Vec::with_capacity(service.nodes.len());
    for ((at, node), host) in service.all_nodes().zip(hosts) {
        lowering.check_artifacts(at, sink);
        nodes.push(Node {
            name: node.name.to_owned(),
            type_name: node
                .of
                .map(|of| service.types.get(of).name.to_owned())
                .unwrap_or_default(),
            host,
            hosted_on: service.host_of(at).map(id),
            operations: lowering.node_operations(at, &policies.look(at), sink),
            retry: policies.retry(at),
            scale: scales.of(at),
            instance: None,
            span: node.key.span(),
        });
    }
    let mut relationships = Vec::new();
    for (at, node) in service.all_nodes() {
        for which in 0..node.requirements.len() {
            relationships.extend(lowering.relationship(at, which, sink));
        }
    }
    lowering.check_files_of_groups(sink);
    if !options.require_inputs {
        lowering.check_files_of_types(sink);
    }
    let outputs = lowering.outputs(sink);
    lowering.values.report_circles(sink);
    Topology {
        name: name(service),
        nodes,
        relationships,
        outputs,
        ..Topology::default()
    }
}

fn id(at: NodeAt) -> NodeId {
    NodeId(u32::try_from(at.0).unwrap_or(u32::MAX))
}

/// `template_name`, under `metadata` or beside the version.
fn name(service: &Service<'_>) -> Option<String> {
    let root = service.types.forest.file(super::import::FileId::ROOT).root()?;
    let stated = root
        .get("metadata")
        .and_then(|metadata| metadata.name_of("template_name"))
        .or_else(|| root.name_of("template_name"));
    stated.map(|(_, name)| name.to_owned())
}

impl<'a> Lowering<'_, 'a> {
    /// The interfaces of a template of type `of` with the body of the template.
    fn interfaces(
        &mut self,
        of: TypeId,
        body: Option<View<'a>>,
        sink: &mut Sink,
    ) -> Rc<Members<'a, InterfaceDef<'a>>> {
        let types = &self.service.types;
        if let Some(body) = body
            && body.get("interfaces").is_some()
        {
            return Rc::new(interfaces_of(types, of, Some(body), sink));
        }
        let known = self.interfaces.entry(of);
        Rc::clone(known.or_insert_with(|| Rc::new(interfaces_of(types, of, None, sink))))
    }

    /// Evaluates a value that a step needs. What exists only at run time is a fault when compiling.
    fn needed(
        &mut self,
        what: impl fmt::Display,
        view: View<'a>,
        schema: Option<&super::value::Schema<'a>>,
        here: Here,
        sink: &mut Sink,
    ) -> Option<serde_json::Value> {
        match self.values.value(view, schema, here, sink) {
            Ok(value) => Some(value),
            Err(Stop::Unset) => None,
            Err(stop) => {
                if self.options.require_inputs {
                    words::no_value(what, view, stop, sink);
                }
                None
            }
        }
    }
}
