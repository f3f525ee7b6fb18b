//! Requirement assignments, as they are written. `matching` finds their targets.

use super::super::map::IndexMap;
use super::super::types::{RequirementDef, TypeId, TypeKind, Types, listing};
use super::super::value::bounds;
use super::super::view::View;
use super::NodeAt;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::topology::Bond;

/// What decides the relationship of a requirement.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tosca) struct Relation<'a> {
    /// Its type.
    pub(in crate::tosca) of: Option<TypeId>,
    /// The body of the relationship template, or of the relationship written in place.
    pub(in crate::tosca) body: Option<View<'a>>,
}

impl<'a> Relation<'a> {
    /// What a definition says.
    pub(super) fn defined(def: &RequirementDef<'a>) -> Self {
        Self {
            of: def.relationship,
            body: def.relationship_body,
        }
    }
}

/// One requirement of a node template, with one target: an assignment that is fulfilled by several (`occurrences`)
/// stands for as many of these.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct Requirement<'a> {
    pub(in crate::tosca) name: &'a str,
    /// Where its name stands; of one that is not assigned, the node's.
    pub(in crate::tosca) key: View<'a>,
    /// What is assigned; none where nothing is, so that all is as the definition says.
    pub(in crate::tosca) body: Option<View<'a>>,
    /// The node type that defines it, if it is defined.
    pub(in crate::tosca) defined_by: Option<TypeId>,
    /// The node template that fulfils it.
    pub(in crate::tosca) target: Option<NodeAt>,
    /// The target's capability that is used, if that is clear.
    pub(in crate::tosca) capability: Option<&'a str>,
    pub(in crate::tosca) relation: Relation<'a>,
    /// Its relationship is a HostedOn.
    pub(in crate::tosca) is_hosting: bool,
    /// It is of the same assignment as the one before it: what is written is looked at there.
    pub(in crate::tosca) again: bool,
}

impl<'a> Requirement<'a> {
    pub(super) fn read(
        types: &Types<'a>,
        node_type: Option<TypeId>,
        key: View<'a>,
        name: &'a str,
        body: View<'a>,
        sink: &mut Sink,
    ) -> Self {
        let defined_by = node_type.filter(|&of| types.requirement(of, name).is_some());
        if let Some(of) = node_type
            && defined_by.is_none()
            && !types.get(of).open
        {
            let known = types.all(of, |of| &of.requirements);
            let names = known.iter().map(|(name, _)| *name);
            let of = types.get(of);
            sink.push(
                Diagnostic::new(
                    &codes::UNKNOWN_REQUIREMENT,
                    key.span(),
                    format!("unknown requirement `{name}`"),
                )
                .note(format!("node type `{}` {}", of.name, listing(names.clone())))
                .help(did_you_mean(name, names).unwrap_or_else(|| {
                    format!("remove it, or define it under `requirements` of `{}`", of.name)
                }))
                .related(of.key.span(), format!("`{}` is defined here", of.name)),
            );
        }
        Self {
            name,
            key,
            body: Some(body),
            defined_by,
            target: None,
            capability: None,
            relation: Relation::default(),
            is_hosting: false,
            again: false,
        }
    }

    /// What its relationship says about order, for a source of the type `source`. What is not wholly known may be a mere
    /// connection.
    pub(in crate::tosca) fn bond(&self, types: &Types<'a>, source: Option<TypeId>) -> Bond {
        const PLACES: [&str; 2] = [
            "tosca.relationships.AttachesTo",
            "tosca.relationships.network.BindsTo",
        ];
        match (self.relation.of, source) {
            _ if self.is_hosting => Bond::Place,
            (Some(of), _) if types.is_named(of, "tosca.relationships.ConnectsTo") => Bond::Connection,
            (Some(of), _) if types.get(of).open => Bond::Connection,
            (Some(of), _) if PLACES.iter().any(|place| types.is_named(of, place)) => Bond::Place,
            (Some(_), _) => Bond::Need,
            (None, Some(source)) if self.defined_by.is_some() && !types.get(source).open => Bond::Need,
            (None, _) => Bond::Connection,
        }
    }

    /// What takes the place of an assignment that is not there: all is as `of`, a node type, defines it.
    pub(super) fn unassigned(key: View<'a>, name: &'a str, of: TypeId, def: &RequirementDef<'a>) -> Self {
        Self {
            name,
            key,
            body: None,
            defined_by: Some(of),
            target: None,
            capability: None,
            relation: Relation::defined(def),
            is_hosting: false,
            again: false,
        }
    }

    /// The least and the most targets of the assignment; no most for no limit (Simple Profile 1.3, section 3.8.2.2).
    pub(super) fn occurrences(&self) -> (u64, Option<u64>) {
        let own = self.body.and_then(|body| bounds(body.get("occurrences")?));
        own.unwrap_or((1, Some(1)))
    }

    /// What names the target: the short form's scalar, or `node`.
    pub(super) fn target_name(&self) -> Option<(View<'a>, &'a str)> {
        let body = self.body?;
        match body.name() {
            Some(name) => Some((body, name)),
            None => body.name_of("node"),
        }
    }

    /// The relationship that the assignment itself states: a template, a type, or a map in place.
    pub(super) fn stated_relation(
        &self,
        types: &Types<'a>,
        templates: &IndexMap<&'a str, super::RelationshipTemplate<'a>>,
        sink: &mut Sink,
    ) -> Option<Relation<'a>> {
        let relation = self.body?.get("relationship")?;
        if relation.is_map() {
            let Some((named, name)) = relation.name_of("type") else {
                return Some(Relation {
                    of: None,
                    body: Some(relation),
                });
            };
            if let Some(template) = templates.get(name) {
                return Some(Relation {
                    of: template.of,
                    body: Some(template.body),
                });
            }
            let of = types.resolve(named, TypeKind::Relationship, sink);
            return Some(Relation {
                of,
                body: Some(relation),
            });
        }
        let name = relation.name()?;
        if let Some(template) = templates.get(name) {
            return Some(Relation {
                of: template.of,
                body: Some(template.body),
            });
        }
        let file = types.forest.file_of(relation);
        let of = types.scopes.find(file, TypeKind::Relationship, name);
        if of.is_none() && !types.scopes.is_incomplete(file) {
            let known = templates
                .keys()
                .copied()
                .chain(types.scopes.candidates(TypeKind::Relationship));
            sink.push(
                Diagnostic::new(
                    &codes::UNKNOWN_RELATIONSHIP,
                    relation.span(),
                    format!("unknown relationship `{name}`"),
                )
                .note("it is neither a relationship template nor a relationship type")
                .help(did_you_mean(name, known).unwrap_or_else(|| {
                    "add it under `relationship_templates`, or name a relationship type".to_owned()
                })),
            );
        }
        Some(Relation { of, body: None })
    }
}
