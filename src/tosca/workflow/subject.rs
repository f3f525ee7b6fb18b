//! What steps, conditions and activities are about: nodes, or relationships of nodes.

use super::super::template::{NodeAt, Service, interfaces_of};
use super::super::types::{CapabilityDef, InterfaceDef, Members, TypeId, TypeKind, listing};
use super::super::value::{Of, Schema};
use super::super::view::View;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// The most types that something is looked for in.
const MOST_TYPES: usize = 100;

/// One node or relationship: its type and the body of its template.
#[derive(Clone, Copy, Debug)]
struct Thing<'a> {
    of: TypeId,
    body: Option<View<'a>>,
}

/// All that is acted on together: a node, the members of a group, the targets of a policy.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct Subject<'a> {
    things: Vec<Thing<'a>>,
    /// Its name, for messages.
    pub(in crate::tosca) name: &'a str,
    /// Something of it is not wholly known: nothing is unknown then.
    pub(in crate::tosca) open: bool,
}

impl<'a> Subject<'a> {
    /// Several nodes.
    pub(in crate::tosca) fn of_nodes(service: &Service<'a>, name: &'a str, nodes: &[NodeAt]) -> Self {
        let mut things = Vec::new();
        let mut open = nodes.is_empty();
        for &at in nodes {
            let node = service.node(at);
            open |= node.is_open(&service.types);
            if let Some(of) = node.of {
                things.push(Thing {
                    of,
                    body: Some(node.body),
                });
            }
        }
        Self { things, name, open }
    }

    /// Nodes of the types in a list, and of types derived from them: what a policy's type is for.
    pub(in crate::tosca) fn of_types(service: &Service<'a>, name: &'a str, list: View<'a>) -> Self {
        let types = &service.types;
        let file = types.forest.file_of(list);
        let only = list.items().next().filter(|_| list.items().len() == 1);
        let mut subject = Self {
            things: Vec::new(),
            name: only.and_then(View::name).unwrap_or(name),
            open: false,
        };
        for item in list.items().filter_map(View::name) {
            match types.scopes.find(file, TypeKind::Node, item) {
                Some(of) => subject.add_type(service, of),
                // Groups have members of any type.
                None => subject.open = true,
            }
        }
        subject
    }

    /// Nodes of a type, and of types derived from it.
    pub(in crate::tosca) fn of_type(service: &Service<'a>, name: &'a str, of: TypeId) -> Self {
        let mut subject = Self::open(name);
        subject.open = false;
        subject.add_type(service, of);
        subject
    }

    fn add_type(&mut self, service: &Service<'a>, of: TypeId) {
        let types = &service.types;
        // Nearly everything is derived from a root.
        if types.get(of).parent.is_none() {
            self.open = true;
            return;
        }
        let all = std::iter::once(of).chain(types.derived_from(of));
        let all = all.map(|of| Thing { of, body: None });
        self.things.extend(all.take(MOST_TYPES + 1));
        let has_open = self.things.iter().any(|thing| types.get(thing.of).open);
        self.open |= has_open || self.things.len() > MOST_TYPES;
    }

    /// A capability of a node.
    pub(in crate::tosca) fn of_capability(
        service: &Service<'a>,
        name: &'a str,
        capability: &CapabilityDef<'a>,
    ) -> Self {
        let things: Vec<_> = capability
            .of
            .map(|of| Thing { of, body: None })
            .into_iter()
            .collect();
        Self {
            // What the definition adds itself is not looked at.
            open: capability.is_open(&service.types)
                || !capability.attributes.is_empty()
                || !capability.properties.is_empty(),
            things,
            name,
        }
    }

    /// Something of which nothing is known.
    pub(in crate::tosca) fn open(name: &'a str) -> Self {
        Self {
            things: Vec::new(),
            name,
            open: true,
        }
    }

    /// What `target` and `target_relationship` of a step or precondition name; unknown names are reported.
    pub(in crate::tosca) fn of_target(
        service: &Service<'a>,
        body: View<'a>,
        sink: &mut Sink,
    ) -> Option<Self> {
        let (view, name) = body.name_of("target")?;
        let nodes =
            if let Some(&at) = service.by_name.get(name) {
                vec![at]
            } else if let Some(group) = service.groups.get(name) {
                group.members.clone()
            } else {
                let known = service.nodes.iter().map(|node| node.name);
                let known = known.chain(service.groups.keys().copied());
                sink.push(
                    Diagnostic::new(
                        &codes::UNKNOWN_TARGET,
                        view.span(),
                        format!("unknown target of the workflow: `{name}`"),
                    )
                    .note("there is no node template or group of this name")
                    .help(did_you_mean(name, known).unwrap_or_else(|| {
                        format!("add a node template `{name}`, or name one that is there")
                    })),
                );
                return None;
            };
        match body.name_of("target_relationship") {
            Some((view, requirement)) => Some(Self::of_relationship(
                service,
                name,
                &nodes,
                (view, requirement),
                sink,
            )),
            None => Some(Self::of_nodes(service, name, &nodes)),
        }
    }

    /// The relationships of the requirement `name` of these nodes.
    fn of_relationship(
        service: &Service<'a>,
        target: &'a str,
        nodes: &[NodeAt],
        (view, name): (View<'a>, &'a str),
        sink: &mut Sink,
    ) -> Self {
        let types = &service.types;
        let mut subject = Self {
            things: Vec::new(),
            name,
            open: nodes.is_empty(),
        };
        for &at in nodes {
            let node = service.node(at);
            let Some(of) = node.of.filter(|_| !node.is_open(types)) else {
                subject.open = true;
                continue;
            };
            let assigned = node
                .requirements
                .iter()
                .filter(|requirement| requirement.name == name);
            for requirement in assigned {
                match requirement.relation.of {
                    Some(of) => subject.things.push(Thing {
                        of,
                        body: requirement.relation.body,
                    }),
                    None => subject.open = true,
                }
            }
            if let Some(def) = types.requirement(of, name) {
                match def.relationship {
                    Some(of) if subject.things.is_empty() => subject.things.push(Thing { of, body: None }),
                    Some(_) => {}
                    None => subject.open = true,
                }
            }
        }
        subject.open |= subject.things.iter().any(|thing| types.get(thing.of).open);
        if subject.things.is_empty() && !subject.open {
            let known: Vec<_> = nodes
                .iter()
                .filter_map(|&at| service.node(at).of)
                .flat_map(|of| types.all(of, |of| &of.requirements))
                .map(|(name, _)| name)
                .collect();
            let names = known.iter().copied();
            sink.push(
                Diagnostic::new(
                    &codes::UNKNOWN_REQUIREMENT,
                    view.span(),
                    format!("`{target}` has no requirement `{name}`"),
                )
                .note(format!("its type {}", listing(names.clone())))
                .help(
                    did_you_mean(name, names)
                        .unwrap_or_else(|| format!("name a requirement that `{target}` has")),
                ),
            );
            subject.open = true;
        }
        subject
    }

    /// Whether any of it has an attribute or property of this name.
    pub(super) fn has_attribute(&self, service: &Service<'a>, name: &str) -> bool {
        let types = &service.types;
        self.things.iter().any(|thing| {
            types.attribute(thing.of, name).is_some()
                || types.property(thing.of, name).is_some()
                || thing
                    .body
                    .and_then(|body| body.get("attributes"))
                    .is_some_and(|attributes| attributes.key(name).is_some())
        })
    }

    /// The type of an attribute or property of this name; none where the things differ in it, or nothing tells.
    pub(super) fn schema_of<'s>(&'s self, service: &'s Service<'a>, name: &str) -> Option<&'s Schema<'a>> {
        let types = &service.types;
        let found = self.things.iter().map(|thing| {
            let attribute = types.attribute(thing.of, name);
            let def = attribute.or_else(|| types.property(thing.of, name))?;
            let is_known = match def.schema.of {
                Of::Any => false,
                Of::Builtin(_) => true,
                Of::Data(id) => !types.get(id).open,
            };
            is_known.then_some(&def.schema)
        });
        let found: Vec<_> = found.collect::<Option<_>>()?;
        let (first, rest) = found.split_first()?;
        rest.iter().all(|other| other.of == first.of).then_some(*first)
    }

    /// The names of all attributes.
    pub(super) fn attributes(&self, service: &Service<'a>) -> Vec<&'a str> {
        let types = &service.types;
        let all = self
            .things
            .iter()
            .flat_map(|thing| types.all(thing.of, |of| &of.attributes));
        let mut names: Vec<_> = all.map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// All interfaces of each thing. What is wrong with them is reported elsewhere.
    pub(super) fn interfaces(&self, service: &Service<'a>) -> Vec<Members<'a, InterfaceDef<'a>>> {
        let types = &service.types;
        let each = self.things.iter();
        each.map(|thing| interfaces_of(types, thing.of, thing.body, &mut Sink::new()))
            .collect()
    }
}
