//! Functions whose values come into being while the application runs: what they name is checked before.

use serde_json::Value;

use super::super::template::interfaces_of;
use super::super::types::{InterfaceDef, TypeKind, listing};
use super::super::view::View;
use super::call::Call;
use super::entity::Entity;
use super::evaluate::{Evaluator, Here, Stop, Term};
use super::signature;
use super::whose::{Whose, whose};
use super::{CONFIGURE, STANDARD};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::topology::{
    Artifact, LocalFile, NodeId, OperationName, OperationRef, RelationshipOperation, Secret, Want, Wanted,
};

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
    ) -> Result<Term, Stop> {
        let runtime = Stop::Runtime(call.view.span(), call.function.as_str());
        let entities = self.entities(call, list[0], here, sink)?;
        let mut told = None;
        for entity in entities {
            match self.output_of(call, list, entity) {
                Ok(term) => return self.seen_from(here, entity, term.ok_or(runtime)?),
                Err(fault) => told = told.or(Some(fault)),
            }
        }
        match told {
            Some(fault) => Err(self.tell(*fault, sink)),
            None => Err(runtime),
        }
    }

    /// An output of an operation of `entity`; none where khor does not run the operation, or nothing can be said of it.
    fn output_of(
        &self,
        call: Call<'a>,
        list: &[View<'a>],
        entity: Entity<'a>,
    ) -> Result<Option<Term>, Box<Diagnostic>> {
        let bearer = entity.bearer(self.service);
        let Some((of, body)) = bearer.filter(|_| !entity.is_open(self.service)) else {
            return Ok(None);
        };
        let types = &self.service.types;
        let (Some(interface), Some(operation)) = (list[1].name(), list[2].name()) else {
            return Ok(None);
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
        Err(Box::new(match meant {
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
            Some(interface) => return Ok(self.output_read(call, list, entity, interface)),
        }))
    }

    fn output_read(
        &self,
        call: Call<'a>,
        list: &[View<'a>],
        entity: Entity<'a>,
        interface: &InterfaceDef<'a>,
    ) -> Option<Term> {
        let types = &self.service.types;
        let is_of = |full: &str| interface.of.is_some_and(|of| types.is_named(of, full));
        let (operation, name) = (list[2].name()?, list[3].name()?);
        let of = match entity {
            Entity::Node(at) if is_of(STANDARD) => {
                let mut all = OperationName::ALL.into_iter();
                let operation = all.find(|one| one.as_str() == operation)?;
                OperationRef::Node(NodeId(u32::try_from(at.0).ok()?), operation)
            }
            Entity::Relationship(at, which) if is_of(CONFIGURE) => {
                let mut all = RelationshipOperation::ALL.into_iter();
                let operation = all.find(|one| one.as_str() == operation)?;
                OperationRef::Relationship(self.edge(at, which)?, operation)
            }
            _ => return None,
        };
        let given = Term::Given(Wanted {
            what: Want::Output {
                of,
                name: name.to_owned(),
            },
            words: format!("output `{name}` of `{operation}` of {}", self.called(entity)),
            has_other: false,
            span: call.view.span(),
        });
        let path = list[4..].iter().map(|step| step.text().map(str::to_owned));
        let path: Vec<String> = path.collect::<Option<_>>()?;
        Some(if path.is_empty() {
            given
        } else {
            Term::Inside {
                of: Box::new(given),
                path,
            }
        })
    }

    /// `get_artifact`: node, artifact, and perhaps where to put it and whether to remove it.
    pub(super) fn artifact(
        &mut self,
        call: Call<'a>,
        list: &[View<'a>],
        here: Here,
        sink: &mut Sink,
    ) -> Result<Term, Stop> {
        let runtime = Stop::Runtime(call.view.span(), call.function.as_str());
        let entities = self.entities(call, list[0], here, sink)?;
        let (Some(Entity::Node(at)), Some(name)) = (entities.first().copied(), list[1].name()) else {
            return Err(runtime);
        };
        let types = &self.service.types;
        let has = |entity: &Entity<'a>| match entity {
            Entity::Node(at) => {
                let node = self.service.node(*at);
                let own = node.body.get("artifacts").and_then(|all| all.get(name));
                own.or_else(|| types.artifact(node.of?, name))
            }
            _ => None,
        };
        if let Some(artifact) = entities.iter().find_map(has) {
            return self
                .file(artifact, list.get(2).and_then(|to| to.name()))
                .ok_or(runtime);
        }
        let node = self.service.node(at);
        let may_have = node.is_open(types) || node.body.has_lost("artifacts");
        if may_have || node.body.get("copy").is_some() {
            return Err(runtime);
        }
        let own = node.body.entries_of("artifacts").map(|(_, name, _)| name);
        let mut names: Vec<_> = own.collect();
        if let Some(of) = node.of {
            let inherited = types.all(of, |of| &of.artifacts);
            names.extend(inherited.into_iter().map(|(name, _)| name));
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

    /// The path that an artifact will have on the host. What lies elsewhere (in a repository, behind a URL) is told as it
    /// is named. None if nothing is to be run.
    fn file(&self, artifact: View<'a>, to: Option<&str>) -> Option<Term> {
        let plan = self.plan.as_ref()?;
        let (view, name) = match artifact.name() {
            Some(name) => (artifact, name),
            None => artifact.name_of("file")?,
        };
        if artifact.is_map() && artifact.get("repository").is_some() || name.contains("://") {
            return Some(Term::Value(name.into()));
        }
        let folder = self
            .service
            .types
            .forest
            .file(self.service.types.forest.file_of(view))
            .folder();
        let artifact = Artifact {
            name: name.to_owned(),
            path: plan.loader.resolve(folder, name),
            ..Artifact::default()
        };
        let to = to.filter(|to| *to != "LOCAL_FILE").map(Into::into);
        Some(Term::File(LocalFile { artifact, to }))
    }

    /// `get_secret`: where it is on the host, and its name there.
    pub(super) fn secret(
        &mut self,
        call: Call<'a>,
        list: &[View<'a>],
        sink: &mut Sink,
    ) -> Result<Term, Stop> {
        let (Some(kind), Some(name)) = (list[0].name(), list[1].name()) else {
            return Err(Stop::Unknown);
        };
        let fault = match kind {
            "env" if !name.contains(['=', '\0']) => {
                return Ok(Term::Secret(Secret::Environment(name.to_owned())));
            }
            "file" if name.starts_with('/') => return Ok(Term::Secret(Secret::File(name.into()))),
            "file" => signature::written(
                &call,
                list[1],
                "the path of a secret must begin with `/`".to_owned(),
            )
            .note("it is a path on the host whose agent runs the operation"),
            "env" => signature::written(&call, list[1], "this is no name of a variable".to_owned()),
            _ => signature::written(
                &call,
                list[0],
                format!("a secret is in a `file` or in the agent's `env`, not in `{kind}`"),
            ),
        };
        Err(self.tell(fault, sink))
    }

    /// What the first argument may name, the first choice first; none where that is left open.
    fn entities(
        &mut self,
        call: Call<'a>,
        first: View<'a>,
        here: Here,
        sink: &mut Sink,
    ) -> Result<Vec<Entity<'a>>, Stop> {
        match whose(self.service, call.function, first, here) {
            Ok(Whose::One(entity)) => Ok(vec![entity]),
            Ok(Whose::Hosts(at)) => {
                let hosts = std::iter::successors(self.service.host_of(at), |&at| self.service.host_of(at));
                // No real chain comes near; a circle, which is reported elsewhere, ends here too.
                Ok(hosts.take(100).map(Entity::Node).collect())
            }
            Ok(Whose::Unknown) => Ok(Vec::new()),
            Err(fault) => Err(self.tell(*fault, sink)),
        }
    }
}
