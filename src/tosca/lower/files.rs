//! Files that operations name which become no steps: those of interfaces that nobody calls by itself, notifications, and
//! what types say that no template of this topology is of.

use super::super::function::Here;
use super::super::import::FileId;
use super::super::types::{InterfaceDef, Members, TypeId};
use super::super::view::View;
use super::Lowering;
use super::artifact::Named;
use super::operation::Owner;
use crate::diagnostic::{Severity, Sink};

impl<'a> Lowering<'_, 'a> {
    /// Looks at the files that a template itself names for its operations and notifications.
    pub(super) fn check_files(
        &mut self,
        owner: Owner<'a>,
        interfaces: &Members<'a, InterfaceDef<'a>>,
        sink: &mut Sink,
    ) {
        let Some(body) = owner.body else { return };
        if body.get("interfaces").is_none() {
            return;
        }
        for interface in interfaces.values() {
            let parts = interface
                .operations
                .values()
                .chain(interface.notifications.values());
            for implementation in parts.filter_map(|part| part.implementation) {
                if body.span().contains(implementation.span()) {
                    self.check_implementation(owner, implementation, sink);
                }
            }
        }
    }

    /// Looks at the files that groups name: no step is made of their operations.
    pub(super) fn check_files_of_groups(&mut self, sink: &mut Sink) {
        let service = self.service;
        for group in service.groups.values() {
            if let Some(of) = group.of.filter(|_| group.has_interfaces(&service.types)) {
                let owner = Owner {
                    of,
                    body: Some(group.body),
                    here: Here::Topology,
                };
                let interfaces = self.interfaces(of, Some(group.body), &mut Sink::new());
                self.check_files(owner, &interfaces, sink);
            }
        }
    }

    /// Looks at the files that the types of the service template itself name. Templates may say otherwise, so what is
    /// missing is told as a warning.
    pub(super) fn check_files_of_types(&mut self, sink: &mut Sink) {
        let types = &self.service.types;
        let mut found = Sink::new();
        let own: Vec<(TypeId, View<'a>)> = types.of_file(FileId::ROOT).collect();
        for (of, body) in own {
            let owner = Owner {
                of,
                body: None,
                here: Here::Topology,
            };
            for (_, _, interface) in body.entries_of("interfaces") {
                let parts =
                    InterfaceDef::operations_in(interface).chain(interface.entries_of("notifications"));
                for (_, _, part) in parts {
                    let implementation = part.name().map(|_| part).or_else(|| part.get("implementation"));
                    if let Some(implementation) = implementation {
                        self.check_implementation(owner, implementation, &mut found);
                    }
                }
            }
        }
        for mut fault in found.into_sorted() {
            fault.severity = Severity::Warning;
            sink.push(fault);
        }
    }

    fn check_implementation(&mut self, owner: Owner<'a>, implementation: View<'a>, sink: &mut Sink) {
        let primary = implementation.get("primary").or_else(|| {
            let is_artifact = implementation.is_scalar() || implementation.get("file").is_some();
            is_artifact.then_some(implementation)
        });
        let dependencies = implementation
            .get("dependencies")
            .into_iter()
            .flat_map(View::items);
        for view in primary.into_iter().chain(dependencies) {
            if let Some(Named::File(view, name)) = self.named(view, Some(owner.of), owner.body) {
                self.local(view, name, Some(owner), sink);
            }
        }
    }
}
