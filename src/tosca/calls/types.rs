//! Calls in types. Which template they speak of is not known, but what every template of the type has is.

use super::super::function::{Evaluator, Here};
use super::super::map::HashMap;
use super::super::types::{TypeId, TypeKind};
use super::super::view::View;
use super::Calls;
use crate::diagnostic::Sink;

/// Looks at all calls in types that are not embedded. What templates say of them goes first, so this goes last.
pub(in crate::tosca) fn check_types(values: &mut Evaluator<'_, '_>, sink: &mut Sink) {
    let types = &values.service.types;
    let mut calls = Calls {
        values,
        defaults: HashMap::default(),
        inputs: HashMap::default(),
    };
    for (id, of) in types
        .iter()
        .filter(|(_, of)| !types.forest.file(of.file).embedded)
    {
        let here = Here::Type(matches!(of.kind, TypeKind::Node | TypeKind::Relationship).then_some(id));
        for (_, section, body) in of.body.entries() {
            if section == "requirements" {
                calls.requirements(id, body, sink);
            } else {
                calls.look(body, here, sink);
            }
        }
    }
}

impl<'a> Calls<'_, '_, 'a> {
    /// The definitions of requirements: their relationships have a SELF of their own.
    fn requirements(&mut self, of: TypeId, body: View<'a>, sink: &mut Sink) {
        let types = &self.values.service.types;
        for (_, name, body) in body.ordered() {
            let relation = types.requirement(of, name).and_then(|def| def.relationship);
            for (_, section, body) in body.entries() {
                let whose = if section == "relationship" {
                    relation
                } else {
                    Some(of)
                };
                self.look(body, Here::Type(whose), sink);
            }
        }
    }
}
