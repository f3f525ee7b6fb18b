//! Node templates.

use super::super::types::{InterfaceDef, Members, TypeId, TypeKind, Types};
use super::super::view::View;
use super::{Bearing, Requirement};
use crate::diagnostic::Sink;

/// Names a node template of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::tosca) struct NodeAt(pub(in crate::tosca) usize);

/// One node template.
#[derive(Debug)]
pub(in crate::tosca) struct NodeTemplate<'a> {
    pub(in crate::tosca) name: &'a str,
    /// Where its name stands.
    pub(in crate::tosca) key: View<'a>,
    pub(in crate::tosca) body: View<'a>,
    /// Its type; none where that is missing or unknown, which is reported.
    pub(in crate::tosca) of: Option<TypeId>,
    pub(in crate::tosca) requirements: Vec<Requirement<'a>>,
}

impl<'a> NodeTemplate<'a> {
    pub(super) fn read(
        types: &Types<'a>,
        key: View<'a>,
        name: &'a str,
        body: View<'a>,
        sink: &mut Sink,
    ) -> Self {
        let of = body
            .get("type")
            .and_then(|named| types.resolve(named, TypeKind::Node, sink));
        let entries = body.get("requirements").map(View::ordered).unwrap_or_default();
        let requirements = entries
            .into_iter()
            .map(|(key, name, body)| Requirement::read(types, of, key, name, body, sink))
            .collect();
        Self {
            name,
            key,
            body,
            of,
            requirements,
        }
    }

    /// Whether its type is not wholly known.
    pub(in crate::tosca) fn is_open(&self, types: &Types<'a>) -> bool {
        self.of.is_none_or(|of| types.get(of).open)
    }

    /// Checks that its operations get the inputs they need. Not so of a node that another template, or a node that is
    /// there already, stands in for (`directives`): its operations are not called.
    pub(in crate::tosca) fn check_inputs(
        &self,
        types: &Types<'a>,
        interfaces: &Members<'a, InterfaceDef<'a>>,
        sink: &mut Sink,
    ) {
        if self.is_open(types) || self.body.get("directives").is_some() {
            return;
        }
        Bearing {
            key: self.key,
            name: self.name,
            body: Some(self.body),
        }
        .check_inputs(interfaces, sink);
    }

    /// Whether it stands for a node that is there already.
    pub(in crate::tosca) fn is_selected(&self) -> bool {
        is_selected(self.body)
    }
}

/// Whether a node template says so: `select`, in older files `selectable`.
pub(super) fn is_selected(body: View<'_>) -> bool {
    let mut directives = body.get("directives").into_iter().flat_map(View::items);
    directives.any(|directive| matches!(directive.text(), Some("select" | "selectable")))
}
