//! Mappings of interfaces: operations on the substituted node become workflows of this file.

use super::super::types::InterfaceDef;
use super::super::view::View;
use super::{Substitution, end};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

impl<'a> Substitution<'_, 'a> {
    pub(super) fn interfaces(&self, sink: &mut Sink) {
        let types = &self.service.types;
        for (key, name, value) in self.body.entries_of("interfaces") {
            let file = types.forest.file_of(key);
            let Some(interface) = types.interface(self.of, file, name) else {
                let known = types.all(self.of, |of| &of.interfaces);
                let names = known.iter().map(|(name, _)| *name);
                self.unknown(&codes::UNKNOWN_INTERFACE, "interface", key, name, names, sink);
                continue;
            };
            if value.is_list() {
                self.whole(value, sink);
                continue;
            }
            let operations = value.get("operations").unwrap_or(value);
            for (key, operation, target) in operations.entries() {
                self.operation(interface, (key, operation), target, sink);
            }
        }
    }

    /// `Standard: [ admin, Standard ]`: the interface of a node template, as a whole.
    fn whole(&self, value: View<'a>, sink: &mut Sink) {
        let types = &self.service.types;
        let mut items = value.items().filter_map(|item| Some((item, item.name()?)));
        let (Some((at, node)), Some((view, name))) = (items.next(), items.next()) else {
            return;
        };
        let Some(node) = end::node(self.service, at, node, sink) else {
            return;
        };
        let Some(of) = node.of.filter(|_| !node.is_open(types)) else {
            return;
        };
        let stated = node
            .body
            .get("interfaces")
            .is_some_and(|body| body.key(name).is_some());
        if !stated && types.interface(of, types.forest.file_of(view), name).is_none() {
            let known = types.all(of, |of| &of.interfaces);
            let names = known.iter().map(|(name, _)| *name);
            end::lacks(
                node,
                "interface",
                view,
                name,
                names,
                &codes::UNKNOWN_INTERFACE,
                sink,
            );
        }
    }

    fn operation(
        &self,
        interface: &InterfaceDef<'a>,
        (key, name): (View<'a>, &'a str),
        target: View<'a>,
        sink: &mut Sink,
    ) {
        if !interface.operations.contains_key(name) {
            let known = interface.operations.keys().copied();
            self.unknown(&codes::UNKNOWN_OPERATION, "operation", key, name, known, sink);
            return;
        }
        let (view, workflow) = match target.name() {
            Some(name) => (target, name),
            None => match target.name_of("workflow") {
                Some(found) => found,
                None => return,
            },
        };
        let workflows = || {
            self.service
                .body
                .into_iter()
                .flat_map(|body| body.entries_of("workflows"))
        };
        // `node.operation` is met too: the operation of a node of this file.
        let node = workflow.split_once('.').map(|(node, _)| node);
        if workflows().any(|(_, known, _)| known == workflow)
            || node.is_some_and(|node| self.service.by_name.contains_key(node))
        {
            return;
        }
        let known = workflows().map(|(_, name, _)| name);
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_WORKFLOW,
                view.span(),
                format!("unknown workflow `{workflow}`"),
            )
            .note(format!(
                "operation `{name}` of the substituted node is carried out by a workflow of this file"
            ))
            .help(did_you_mean(workflow, known).unwrap_or_else(|| {
                format!("add `{workflow}` under `workflows`, or name a workflow that is there")
            })),
        );
    }
}
