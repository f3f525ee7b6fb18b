//! Functions whose values come into being while the application runs: what they name is checked before.

use serde_json::Value;

use super::super::template::interfaces_of;
use super::super::types::{TypeKind, listing};
use super::super::view::View;
use super::call::Call;
use super::entity::Entity;
use super::evaluate::{Evaluator, Here, Stop};
use super::whose::{Whose, whose};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

impl<'a> Evaluator<'_, 'a> {
    /// `get_nodes_of_type`: the names of the node templates of a type.
    pub(super) fn nodes_of_type(&mut self, named: View<'a>, sink: &mut Sink) -> Result<Value, Stop> {
        let service = self.service;
        let mut unknown = Sink::new();
        let Some(of) = service.types.resolve(named, TypeKind::Node, &mut unknown) else {
            for fault in unknown.into_sorted() {
                self.tell(fault, sink);
            }
            return Err(Stop::Faulty);
        };
        let nodes = service.nodes.iter();
        let fitting = nodes.filter(|node| node.of.is_some_and(|one| service.types.is_a(one, of)));
        Ok(Value::Array(fitting.map(|node| node.name.into()).collect()))
    }

    /// `get_operation_output`: node, interface, operation, output.
    pub(super) fn operation_output(
        &mut self,
        call: Call<'a>,
        list: &[View<'a>],
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let runtime = Stop::Runtime(call.view.span(), call.function.as_str());
        let Some(entity) = self.entity(call, list[0], here, sink)? else {
            return Err(runtime);
        };
        let bearer = entity.bearer(self.service);
        let Some((of, body)) = bearer.filter(|_| !entity.is_open(self.service)) else {
            return Err(runtime);
        };
        let types = &self.service.types;
        let (Some(interface), Some(operation)) = (list[1].name(), list[2].name()) else {
            return Err(runtime);
        };
        // What is wrong with them is reported where they are lowered.
        let all = interfaces_of(types, of, body, &mut Sink::new());
        let meant = all.get(interface).or_else(|| {
            let meant = types.interface(of, types.forest.file_of(list[1]), interface)?;
            all.values()
                .find(|one| one.key == meant.key)
                .or_else(|| all.values().find(|one| one.of == meant.of))
        });
        let type_of = types.get(of);
        let fault = match meant {
            None => Diagnostic::new(
                &codes::UNKNOWN_INTERFACE,
                list[1].span(),
                format!("`get_operation_output` names the unknown interface `{interface}`"),
            )
            .note(format!(
                "{} `{}` {}",
                type_of.kind.words(),
                type_of.name,
                listing(all.keys().copied())
            ))
            .help(
                did_you_mean(interface, all.keys().copied())
                    .unwrap_or_else(|| "name one of its interfaces".to_owned()),
            )
            .related(type_of.key.span(), format!("`{}` is defined here", type_of.name)),
            Some(interface) if !interface.operations.contains_key(operation) => {
                let names = interface.operations.keys().copied();
                Diagnostic::new(
                    &codes::UNKNOWN_OPERATION,
                    list[2].span(),
                    format!("`get_operation_output` names the unknown operation `{operation}`"),
                )
                .note(format!("the interface {}", listing(names.clone())))
                .help(
                    did_you_mean(operation, names).unwrap_or_else(|| "name one of its operations".to_owned()),
                )
                .related(interface.key.span(), "the interface is defined here")
            }
            Some(_) => return Err(runtime),
        };
        Err(self.tell(fault, sink))
    }

    /// `get_artifact`: node, artifact, and perhaps where to put it and whether to remove it.
    pub(super) fn artifact(
        &mut self,
        call: Call<'a>,
        list: &[View<'a>],
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let runtime = Stop::Runtime(call.view.span(), call.function.as_str());
        let entity = self.entity(call, list[0], here, sink)?;
        let (Some(Entity::Node(at)), Some(name)) = (entity, list[1].name()) else {
            return Err(runtime);
        };
        let types = &self.service.types;
        let node = self.service.node(at);
        let own = node.body.entries_of("artifacts").map(|(_, name, _)| name);
        let mut names: Vec<_> = own.collect();
        if let Some(of) = node.of {
            names.extend(
                types
                    .all(of, |of| &of.artifacts)
                    .into_iter()
                    .map(|(name, _)| name),
            );
        }
        let may_have = node.is_open(types) || node.body.has_lost("artifacts");
        if names.contains(&name) || may_have || node.body.get("copy").is_some() {
            return Err(runtime);
        }
        let fault = Diagnostic::new(
            &codes::UNKNOWN_ARTIFACT,
            list[1].span(),
            format!("node template `{}` has no artifact `{name}`", node.name),
        )
        .note(format!("it {}", listing(names.iter().copied())))
        .help(did_you_mean(name, names).unwrap_or_else(|| format!("define `{name}` under its `artifacts`")))
        .related(node.key.span(), format!("`{}` is here", node.name));
        Err(self.tell(fault, sink))
    }

    /// What the first argument names; none where that is left open.
    fn entity(
        &mut self,
        call: Call<'a>,
        first: View<'a>,
        here: Here,
        sink: &mut Sink,
    ) -> Result<Option<Entity<'a>>, Stop> {
        match whose(self.service, call.function, first, here) {
            Ok(Whose::One(entity)) => Ok(Some(entity)),
            // Any node on the way down may be meant.
            Ok(Whose::Hosts(_) | Whose::Unknown) => Ok(None),
            Err(fault) => Err(self.tell(*fault, sink)),
        }
    }
}
