//! Attributes: what they are at first, and who gives them while the application runs.

use super::super::template::{NodeAt, Service};
use super::super::value::Schema;
use super::super::view::View;
use super::call::{Call, Function};
use super::entity::{Entity, Found};
use super::evaluate::{Evaluator, Here, Stop, Term};
use super::path::follow;
use super::whose::{Whose, whose};
use crate::diagnostic::Sink;
use crate::topology::{Attribute, NodeId, Owner, Want, Wanted};

impl<'a> Evaluator<'_, 'a> {
    /// An attribute: what operations give, else what it is at first.
    pub(super) fn attribute(
        &mut self,
        call: Call<'a>,
        (of, name): (Entity<'a>, &'a str),
        first: Option<((View<'a>, Here), Option<&Schema<'a>>)>,
        sink: &mut Sink,
    ) -> Result<Term, Stop> {
        // Which state a node is in changes with every operation: nobody gives it, and none could read it in time.
        let runtime = Stop::Runtime(call.view.span(), call.function.as_str());
        match (of, name) {
            // Each instance has an id of its own (section 5.9.1): it is put in where they are made.
            (Entity::Node(at), "tosca_id") if first.is_none() && self.group(at).is_some() => {
                let name = name.to_owned();
                return Ok(self.wanted(call, of, Attribute { of: owner(at), name }, false));
            }
            (Entity::Node(at), "tosca_name" | "tosca_id") if first.is_none() => {
                return Ok(Term::Value(self.service.node(at).name.into()));
            }
            (_, "state") if first.is_none() => return Err(runtime),
            _ => {}
        }
        let Some(attribute) = self.named_attribute(of, name) else {
            return Err(runtime);
        };
        // Only where something is to be run: two that are each other's first value are no fault of a template.
        let first = match first.filter(|_| self.plan.is_some()) {
            Some(((view, here), schema)) => match self.term(view, schema, here, sink) {
                Err(Stop::Unset | Stop::Unknown) => None,
                first => Some(first?),
            },
            None => None,
        };
        let given = self.wanted(call, of, attribute, first.is_some());
        Ok(match first {
            Some(first) => Term::First(vec![given, first]),
            None => given,
        })
    }

    /// A property that is read as an attribute: an operation may say that it gives it.
    pub(super) fn or_given(&self, call: Call<'a>, (of, name): (Entity<'a>, &'a str), value: Term) -> Term {
        if call.function != Function::GetAttribute {
            return value;
        }
        let is_mapped = |attribute: &Attribute| {
            let plan = self.plan.as_ref();
            plan.is_some_and(|plan| plan.mapped.contains(attribute))
        };
        match self.named_attribute(of, name).filter(is_mapped) {
            Some(attribute) => Term::First(vec![self.wanted(call, of, attribute, true), value]),
            None => value,
        }
    }

    /// An attribute that no type defines: scripts may bring it.
    pub(super) fn undeclared(&self, call: Call<'a>, list: &[View<'a>], here: Here) -> Option<Term> {
        let service = self.service;
        let [first, second, rest @ ..] = list else {
            return None;
        };
        if call.function != Function::GetAttribute {
            return None;
        }
        let mut of = match whose(service, call.function, *first, here).ok()? {
            Whose::One(of @ (Entity::Node(_) | Entity::Relationship(..))) => of,
            Whose::Hosts(at) => Entity::Node(service.host_of(at)?),
            Whose::One(_) | Whose::Unknown => return None,
        };
        let (mut name, mut rest) = (second.name()?, rest);
        if let (Entity::Node(at), Some((next, further))) = (of, rest.split_first())
            && let Some(target) = target_of(service, at, name)
        {
            (of, name, rest) = (Entity::Node(target), next.name()?, further);
        }
        let attribute = self.named_attribute(of, name)?;
        let given = self.wanted(call, of, attribute, false);
        let path = rest.iter().map(|step| step.text().map(str::to_owned));
        let path: Vec<String> = path.collect::<Option<_>>()?;
        let term = if path.is_empty() {
            given
        } else {
            Term::Inside {
                of: Box::new(given),
                path,
            }
        };
        self.seen_from(here, of, term).ok()
    }

    /// The attribute that takes an output which is mapped to it, as `[ SELF, address ]`.
    pub(in crate::tosca) fn mapping(&self, mapping: View<'a>, here: Here) -> Option<Attribute> {
        let list: Vec<_> = mapping.items().collect();
        let found = follow(self.service, Function::GetAttribute, &list, here);
        if let Ok(Found::Runtime { of: (of, name), .. } | Found::Value { of: (of, name), .. }) = found {
            return self.named_attribute(of, name);
        }
        match whose(self.service, Function::GetAttribute, *list.first()?, here).ok()? {
            Whose::One(of) => self.named_attribute(of, list.get(1)?.name()?),
            Whose::Hosts(at) => {
                self.named_attribute(Entity::Node(self.service.host_of(at)?), list.get(1)?.name()?)
            }
            Whose::Unknown => None,
        }
    }

    /// The attribute of a node or relationship of the topology; none of anything else.
    fn named_attribute(&self, of: Entity<'a>, name: &str) -> Option<Attribute> {
        let (of, name) = match of {
            Entity::Node(at) => (owner(at), name.to_owned()),
            Entity::Capability(at, capability) => (owner(at), format!("{capability}.{name}")),
            Entity::Relationship(at, which) => (Owner::Relationship(self.edge(at, which)?), name.to_owned()),
            Entity::Template(..) | Entity::Type(_) | Entity::CapabilityOfType(..) => return None,
        };
        Some(Attribute { of, name })
    }

    fn wanted(&self, call: Call<'a>, of: Entity<'a>, attribute: Attribute, has_other: bool) -> Term {
        Term::Given(Wanted {
            words: format!("attribute `{}` of {}", attribute.name, self.called(of)),
            what: Want::Attribute(attribute),
            has_other,
            span: call.view.span(),
        })
    }

    /// What a node or relationship is called.
    pub(super) fn called(&self, of: Entity<'a>) -> String {
        match of {
            Entity::Node(at) | Entity::Capability(at, _) => format!("`{}`", self.service.node(at).name),
            Entity::Relationship(at, which) => {
                let node = self.service.node(at);
                let requirement = &node.requirements[which];
                let target = requirement
                    .target
                    .map_or("?", |target| self.service.node(target).name);
                format!("`{}.{}.{target}`", node.name, requirement.name)
            }
            _ => String::new(),
        }
    }

    /// The place of a requirement's edge among all edges of the topology.
    pub(in crate::tosca) fn edge(&self, at: NodeAt, which: usize) -> Option<u32> {
        let firsts = self.edges.get_or_init(|| {
            let counts = self.service.nodes.iter().map(|node| count(&node.requirements));
            let mut first = 0;
            let firsts = counts.map(|count| {
                let own = first;
                first += count;
                own
            });
            firsts.collect()
        });
        let requirements = &self.service.node(at).requirements;
        requirements[which].target?;
        u32::try_from(firsts[at.0] + count(&requirements[..which])).ok()
    }
}

fn count(requirements: &[super::super::template::Requirement<'_>]) -> usize {
    let fulfilled = requirements
        .iter()
        .filter(|requirement| requirement.target.is_some());
    fulfilled.count()
}

fn owner(at: NodeAt) -> Owner {
    Owner::Node(NodeId(u32::try_from(at.0).unwrap_or(u32::MAX)))
}

/// The target of a node's requirement of this name.
fn target_of(service: &Service<'_>, at: NodeAt, name: &str) -> Option<NodeAt> {
    let mut all = service.node(at).requirements.iter();
    all.find(|requirement| requirement.name == name)?.target
}
