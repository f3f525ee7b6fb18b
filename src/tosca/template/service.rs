//! All templates of a service, with their names resolved.

use super::super::Options;
use super::super::import::FileId;
use super::super::map::{HashMap, IndexMap};
use super::super::types::{Members, PropertyDef, Types};
use super::super::view::View;
use super::{
    Group, Input, NodeAt, NodeTemplate, Policy, RelationshipTemplate, group, input, matching, output,
};
use crate::diagnostic::Sink;

/// A service template, read.
#[derive(Debug)]
pub(in crate::tosca) struct Service<'a> {
    pub(in crate::tosca) types: Types<'a>,
    /// The body of `topology_template`.
    pub(in crate::tosca) body: Option<View<'a>>,
    pub(in crate::tosca) inputs: IndexMap<&'a str, Input<'a>>,
    /// Outputs; what they give is their `default`.
    pub(in crate::tosca) outputs: Members<'a, PropertyDef<'a>>,
    pub(in crate::tosca) nodes: Vec<NodeTemplate<'a>>,
    pub(in crate::tosca) by_name: HashMap<&'a str, NodeAt>,
    pub(in crate::tosca) relationships: IndexMap<&'a str, RelationshipTemplate<'a>>,
    pub(in crate::tosca) groups: IndexMap<&'a str, Group<'a>>,
    pub(in crate::tosca) policies: Vec<Policy<'a>>,
}

impl<'a> Service<'a> {
    /// Reads the templates of one file: the service template's own, or an imported one that substitutes nodes.
    pub(in crate::tosca) fn read(types: Types<'a>, file: FileId, options: &Options, sink: &mut Sink) -> Self {
        let root = types.forest.file(file).root();
        let body = root
            .and_then(|root| root.get("topology_template"))
            .filter(|body| body.is_map());
        let mut service = Self {
            types,
            body,
            inputs: IndexMap::default(),
            outputs: Members::default(),
            nodes: Vec::new(),
            by_name: HashMap::default(),
            relationships: IndexMap::default(),
            groups: IndexMap::default(),
            policies: Vec::new(),
        };
        service.inputs = input::read(&service.types, body, options, sink);
        let Some(body) = body else { return service };
        service.outputs = output::read(&service.types, body, sink);
        for (key, name, body) in body.entries_of("node_templates") {
            let node = NodeTemplate::read(&service.types, key, name, body, sink);
            service.by_name.insert(name, NodeAt(service.nodes.len()));
            service.nodes.push(node);
        }
        for (key, name, body) in body.entries_of("relationship_templates") {
            let template = RelationshipTemplate::read(&service.types, key, body, sink);
            service.relationships.insert(name, template);
        }
        matching::resolve(&mut service, options, sink);
        group::read(&mut service, body, sink);
        service
    }

    pub(in crate::tosca) fn node(&self, at: NodeAt) -> &NodeTemplate<'a> {
        &self.nodes[at.0]
    }

    pub(in crate::tosca) fn all_nodes(&self) -> impl Iterator<Item = (NodeAt, &NodeTemplate<'a>)> {
        (0..).map(NodeAt).zip(&self.nodes)
    }

    /// The node that `at` is hosted on: the target of its first requirement whose relationship is a HostedOn.
    pub(in crate::tosca) fn host_of(&self, at: NodeAt) -> Option<NodeAt> {
        let requirements = &self.node(at).requirements;
        requirements
            .iter()
            .find(|requirement| requirement.target.is_some() && requirement.is_hosting)?
            .target
    }

    /// Whether a node may have a host that nothing here names. Then nothing can be said of its hosts.
    pub(in crate::tosca) fn may_be_hosted(&self, at: NodeAt) -> bool {
        let types = &self.types;
        let node = self.node(at);
        let Some(of) = node.of.filter(|_| !node.is_open(types) && !node.is_selected()) else {
            return true;
        };
        let mut open = node.requirements.iter().filter(|one| one.target.is_none());
        let mut defined = types.all(of, |of| &of.requirements).into_iter();
        self.host_of(at).is_some()
            || open.any(|one| one.is_hosting || one.defined_by.is_none())
            || defined.any(|(_, def)| def.may_host(types))
    }
}
