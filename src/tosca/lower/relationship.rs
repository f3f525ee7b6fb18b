//! Edges, and the operations of their Configure interface.

use super::super::function::{CONFIGURE, Here};
use super::super::template::{Bearing, NodeAt, Requirement};
use super::super::types::{InterfaceDef, Members};
use super::super::view::View;
use super::operation::Owner;
use super::{Lowering, id};
use crate::diagnostic::Sink;
use crate::topology::{Action, Relationship, RelationshipOperation, VecMap};

impl<'a> Lowering<'_, 'a> {
    /// The edge of one requirement, if a node template fulfils it.
    pub(super) fn relationship(&mut self, at: NodeAt, which: usize, sink: &mut Sink) -> Option<Relationship> {
        let requirement = &self.service.node(at).requirements[which];
        let target = requirement.target?;
        let mut operations = VecMap::new();
        if let Some(of) = requirement.relation.of {
            let body = requirement.relation.body;
            // Templates and types are checked where they stand; only a body written in place is checked here.
            let in_place = requirement.body.and_then(|body| body.get("relationship"));
            let in_place = in_place.filter(|body| body.is_map());
            let interfaces = if in_place == body {
                self.interfaces(of, body, sink)
            } else {
                self.interfaces(of, body, &mut Sink::new())
            };
            self.check_relationship((at, target), requirement, (&interfaces, in_place), sink);
            let owner = Owner {
                of,
                body,
                here: Here::Relationship(at, which),
            };
            if let Some(interface) = self.interface(&interfaces, CONFIGURE) {
                operations = RelationshipOperation::ALL
                    .into_iter()
                    .filter_map(|operation| {
                        let def = interface.operations.get(operation.as_str())?;
                        let mut lowered = self.relationship_operation(owner, interface, def, sink)?;
                        let is_script = matches!(lowered.apply.as_deref(), Some(Action::Shell(_)));
                        if operation == RelationshipOperation::TargetChanged && is_script {
                            lowered.data.reads.notices = self.noticed(at, which);
                        }
                        Some((operation, lowered))
                    })
                    .collect();
            }
        }
        Some(Relationship {
            name: requirement.name.to_owned(),
            source: id(at),
            target: id(target),
            bond: requirement.bond(&self.service.types, self.service.node(at).of),
            operations,
            span: requirement.key.span(),
        })
    }

    /// What can be said of the interfaces of a relationship only where its ends are known; and, if its body is written
    /// in place, whether the operations get their inputs.
    fn check_relationship(
        &self,
        (source, target): (NodeAt, NodeAt),
        requirement: &Requirement<'a>,
        (interfaces, in_place): (&Members<'a, InterfaceDef<'a>>, Option<View<'a>>),
        sink: &mut Sink,
    ) {
        let types = &self.service.types;
        for interface in interfaces.values() {
            let parts = interface
                .operations
                .values()
                .chain(interface.notifications.values());
            for &mapping in parts.flat_map(|part| part.outputs.values()) {
                let entity = mapping.items().next().and_then(View::name);
                let end = match entity {
                    Some("SOURCE") => source,
                    Some("TARGET") => target,
                    _ => continue,
                };
                if let Some(of) = self.service.node(end).of {
                    types.check_attribute(of, mapping, Some(requirement.key), sink);
                }
            }
        }
        if let Some(body) = in_place
            && requirement.relation.of.is_some_and(|of| !types.get(of).open)
        {
            Bearing {
                key: requirement.key,
                name: requirement.name,
                body: Some(body),
            }
            .check_inputs(interfaces, sink);
        }
    }
}
