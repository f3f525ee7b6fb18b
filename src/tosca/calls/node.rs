//! Calls in node templates, and in the relationships of their requirements.

use super::super::function::Here;
use super::super::template::NodeAt;
use super::super::types::{CapabilityDef, TypeId};
use super::super::value::What;
use super::super::view::View;
use super::Calls;
use crate::diagnostic::Sink;

impl<'s, 'a> Calls<'_, 's, 'a> {
    pub(super) fn node(&mut self, at: NodeAt, sink: &mut Sink) {
        let service = self.values.service;
        let types = &service.types;
        let node = service.node(at);
        let here = Here::Node(at);
        self.sections(node.of, node.body, here, sink);
        for (_, name, body) in node.body.entries_of("capabilities") {
            let def = node.of.and_then(|of| types.capability(of, name));
            self.capability(def, body, here, sink);
        }
        self.defaults(node.of, Some(node.body), here, sink);
        for section in ["artifacts", "node_filter"] {
            if let Some(body) = node.body.get(section) {
                self.look(body, here, sink);
            }
        }
        self.interfaces(node.of, Some(node.body), here, sink);
        for (which, requirement) in node.requirements.iter().enumerate() {
            // What is said for many targets is told once.
            if requirement.again {
                continue;
            }
            if let Some(filter) = requirement.body.and_then(|body| body.get("node_filter")) {
                self.look(filter, here, sink);
            }
            let (relation, here) = (requirement.relation, Here::Relationship(at, which));
            if let Some(body) = relation.body {
                self.sections(relation.of, body, here, sink);
            }
            self.defaults(relation.of, relation.body, here, sink);
            self.interfaces(relation.of, relation.body, here, sink);
        }
    }

    /// The properties and attributes of a template.
    pub(super) fn sections(&mut self, of: Option<TypeId>, body: View<'a>, here: Here, sink: &mut Sink) {
        let types = &self.values.service.types;
        for (_, name, value) in body.entries_of("properties") {
            let def = of.and_then(|of| types.property(of, name));
            self.property(name, value, def, here, sink);
        }
        for (_, _, value) in body.entries_of("attributes") {
            self.judge(value, None, (What("attribute", ""), value), here, sink);
        }
    }

    fn capability(
        &mut self,
        def: Option<&'s CapabilityDef<'a>>,
        body: View<'a>,
        here: Here,
        sink: &mut Sink,
    ) {
        let types = &self.values.service.types;
        for (_, name, value) in body.entries_of("properties") {
            let def = def.and_then(|def| def.property(types, name));
            self.property(name, value, def, here, sink);
        }
        if let Some(attributes) = body.get("attributes") {
            self.look(attributes, here, sink);
        }
    }
}
