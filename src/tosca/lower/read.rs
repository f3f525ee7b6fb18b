//! What operations read and give while the application runs.

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;

use super::super::function::{Here, Plan, Stop, Term};
use super::super::map::HashSet;
use super::super::types::{InterfaceDef, Members, OperationDef};
use super::super::value::Schema;
use super::super::view::View;
use super::{Lowering, words};
use crate::diagnostic::Sink;
use crate::topology::{Attribute, Expression, Leaf, Mapping, Owner, Want, Wanted};

impl<'a> Lowering<'_, 'a> {
    /// Tells the evaluator what will be run.
    pub(super) fn plan(&mut self) {
        let mapped = if self.has_mappings() {
            self.mapped()
        } else {
            HashSet::default()
        };
        self.values.plan = Some(Plan {
            loader: self.loader,
            mapped,
        });
    }

    /// Whether any operation maps an output to an attribute: few templates do.
    fn has_mappings(&self) -> bool {
        let has_outputs = |body: View<'a>| {
            let mut interfaces = body.entries_of("interfaces").map(|(_, _, interface)| interface);
            interfaces.any(|interface| {
                let mut operations = InterfaceDef::operations_in(interface);
                operations.any(|(_, _, operation)| operation.get("outputs").is_some())
            })
        };
        let service = self.service;
        let requirements = service.nodes.iter().flat_map(|node| &node.requirements);
        let relations = requirements.filter_map(|requirement| requirement.relation.body);
        service.types.bodies().any(has_outputs)
            || service.nodes.iter().any(|node| has_outputs(node.body))
            || relations.into_iter().any(has_outputs)
    }

    /// The attributes that outputs are mapped to.
    fn mapped(&mut self) -> HashSet<Attribute> {
        let service = self.service;
        let mut found = HashSet::default();
        let mut silent = Sink::new();
        for (at, node) in service.all_nodes() {
            if let Some(of) = node.of {
                let interfaces = self.interfaces(of, Some(node.body), &mut silent);
                self.gather(&interfaces, Here::Node(at), &mut found);
            }
            for (which, requirement) in node.requirements.iter().enumerate() {
                if let Some(of) = requirement.relation.of {
                    let interfaces = self.interfaces(of, requirement.relation.body, &mut silent);
                    self.gather(&interfaces, Here::Relationship(at, which), &mut found);
                }
            }
        }
        found
    }

    fn gather(&self, interfaces: &Members<'a, InterfaceDef<'a>>, here: Here, found: &mut HashSet<Attribute>) {
        let operations = interfaces
            .values()
            .flat_map(|interface| interface.operations.values());
        found.extend(
            operations
                .flat_map(|operation| self.gives(operation, here))
                .map(|mapping| mapping.to),
        );
    }

    /// The attributes that take the outputs of an operation.
    pub(super) fn gives(&self, operation: &OperationDef<'a>, here: Here) -> Vec<Mapping> {
        let outputs = operation.outputs.iter().filter_map(|(&name, &mapping)| {
            Some(Mapping {
                output: name.to_owned(),
                to: self.values.mapping(mapping, here)?,
            })
        });
        outputs.collect()
    }

    /// A value that a step needs when it is run. None where there is none; why is reported, if it has to be known.
    pub(super) fn read(
        &mut self,
        what: impl fmt::Display,
        view: View<'a>,
        schema: Option<&Schema<'a>>,
        here: Here,
        sink: &mut Sink,
    ) -> Option<Term> {
        match self.values.term(view, schema, here, sink) {
            // While nothing is to be run, it is as if it were not known.
            Ok(term) if self.options.require_inputs || term.value().is_some() => Some(term),
            Ok(_) | Err(Stop::Unset) => None,
            Err(stop) => {
                if self.options.require_inputs {
                    words::no_value(what, view, stop, sink);
                }
                None
            }
        }
    }

    /// What the topology as a whole gives.
    pub(super) fn outputs(&mut self, sink: &mut Sink) -> IndexMap<String, Term> {
        let service = self.service;
        let mut outputs = IndexMap::new();
        for (&name, output) in &service.outputs {
            let Some(value) = output.default else { continue };
            let term = self
                .values
                .term(value, Some(&output.schema), Here::Topology, sink);
            let Ok(term) = term else { continue };
            let own = term.leaves().into_iter().find_map(|leaf| match leaf {
                Leaf::Given(_) => None,
                Leaf::Secret(_) => Some("get_secret"),
                Leaf::File(_) => Some("get_artifact"),
            });
            match own {
                Some(function) if self.options.require_inputs => {
                    words::only_on_hosts(name, value, function, sink);
                }
                Some(_) => {}
                None => drop(outputs.insert(name.to_owned(), term)),
            }
        }
        outputs
    }

    /// What an operation of a relationship notices of the target: all that its operations give, and what it is at first.
    pub(super) fn noticed(&mut self, source: super::NodeAt, which: usize) -> Option<Expression<Wanted>> {
        let service = self.service;
        let requirement = &service.node(source).requirements[which];
        let target = requirement.target?;
        let node = service.node(target);
        let types = &service.types;
        let mut found = Sink::new();
        let mut values: BTreeMap<String, Term> = BTreeMap::new();
        let mut add = |lowering: &mut Self, name: &str, view: View<'a>| {
            if let Ok(term) = lowering.values.term(view, None, Here::Node(target), &mut found) {
                values.insert(name.to_owned(), Expression::Optional(Box::new(term)));
            }
        };
        for section in ["properties", "attributes"] {
            let all = node.of.map(|of| {
                types.all(of, |of| {
                    if section == "properties" {
                        &of.properties
                    } else {
                        &of.attributes
                    }
                })
            });
            for (name, def) in all.unwrap_or_default() {
                if let Some(default) = def.default {
                    add(self, name, default);
                }
            }
            for (_, name, value) in node.body.entries_of(section) {
                add(self, name, value);
            }
        }
        let all = Expression::Given(Wanted {
            what: Want::All(Owner::Node(super::id(target))),
            words: format!("attributes of `{}`", node.name),
            has_other: true,
            span: requirement.key.span(),
        });
        Some(Expression::List(vec![all, Expression::Map(values)]))
    }
}
