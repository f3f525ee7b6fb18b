//! Relationship templates.

use super::super::types::{TypeId, TypeKind, Types};
use super::super::view::View;
use crate::diagnostic::Sink;

/// One relationship template.
#[derive(Debug)]
pub(in crate::tosca) struct RelationshipTemplate<'a> {
    pub(in crate::tosca) key: View<'a>,
    pub(in crate::tosca) body: View<'a>,
    pub(in crate::tosca) of: Option<TypeId>,
}

impl<'a> RelationshipTemplate<'a> {
    pub(super) fn read(types: &Types<'a>, key: View<'a>, body: View<'a>, sink: &mut Sink) -> Self {
        let of = body
            .get("type")
            .and_then(|named| types.resolve(named, TypeKind::Relationship, sink));
        Self { key, body, of }
    }
}
