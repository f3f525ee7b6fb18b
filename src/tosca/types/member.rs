//! What types define: properties, capabilities, requirements.

use super::super::value::{Schema, bounds, constraints_in};
use super::super::view::View;
use super::{Members, TypeId, TypeKind, Types, refine};
use crate::diagnostic::Sink;
use crate::grammar::boolean;

/// A property, attribute, parameter or input.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct PropertyDef<'a> {
    /// Where it is defined.
    pub(in crate::tosca) key: View<'a>,
    pub(in crate::tosca) body: View<'a>,
    pub(in crate::tosca) schema: Schema<'a>,
    /// It needs a value, unless there is a default.
    pub(in crate::tosca) required: bool,
    pub(in crate::tosca) default: Option<View<'a>>,
    /// `status`, if it says more than that it may be used.
    pub(in crate::tosca) status: Option<View<'a>>,
}

impl<'a> PropertyDef<'a> {
    /// Reads a definition that refines `inherited`, if there is one.
    pub(in crate::tosca) fn read(
        types: &Types<'a>,
        key: View<'a>,
        body: View<'a>,
        inherited: Option<&Self>,
        sink: &mut Sink,
    ) -> Self {
        // Without a type of its own it keeps the inherited one, or takes anything: the missing keyname is reported.
        let mut schema = match inherited.filter(|_| body.get("type").is_none()) {
            Some(inherited) => Schema {
                of: inherited.schema.of,
                entry: inherited.schema.entry.clone(),
                key: inherited.schema.key.clone(),
                constraints: constraints_in(body).into_iter().collect(),
            },
            None => Schema::read(types, body, sink),
        };
        if let Some(inherited) = inherited {
            refine::property(types, key, body, &schema, inherited, sink);
            schema.refines(&inherited.schema);
        }
        let required = match body.get("required") {
            // What says neither is reported by its kind, and asks for nothing that may be missing.
            Some(stated) => stated.text().and_then(boolean).unwrap_or(false),
            None => inherited.is_none_or(|inherited| inherited.required),
        };
        // `value` (1.3 parameters) fixes what `default` proposes; both spare the template from giving one.
        let own = body
            .get_nullable("default")
            .or_else(|| body.get_nullable("value"));
        let status = match body.get("status") {
            Some(status) => Some(status).filter(|status| status.text() != Some("supported")),
            None => inherited.and_then(|inherited| inherited.status),
        };
        Self {
            key,
            body,
            schema,
            required,
            status,
            default: own.or_else(|| inherited.and_then(|inherited| inherited.default)),
        }
    }

    /// Reads all definitions under `section` of `body`; `inherited` finds what they refine.
    pub(in crate::tosca) fn read_all<'s>(
        types: &'s Types<'a>,
        body: View<'a>,
        section: &str,
        inherited: impl Fn(&str) -> Option<&'s Self>,
        sink: &mut Sink,
    ) -> Members<'a, Self>
    where
        'a: 's,
    {
        body.entries_of(section)
            .map(|(key, name, body)| (name, Self::read(types, key, body, inherited(name), sink)))
            .collect()
    }
}

/// What a node type offers.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct CapabilityDef<'a> {
    pub(in crate::tosca) key: View<'a>,
    /// Its type; none where that is unknown, which is reported.
    pub(in crate::tosca) of: Option<TypeId>,
    /// Properties this definition refines.
    pub(in crate::tosca) properties: Members<'a, PropertyDef<'a>>,
    pub(in crate::tosca) attributes: Members<'a, PropertyDef<'a>>,
    /// The list of node types that may relate to it, where the definition has one of its own.
    valid_sources: Option<View<'a>>,
    /// How many relationships it takes, where that is said.
    pub(in crate::tosca) occurrences: Option<View<'a>>,
}

impl<'a> CapabilityDef<'a> {
    pub(super) fn read(
        types: &Types<'a>,
        key: View<'a>,
        body: View<'a>,
        inherited: Option<&Self>,
        sink: &mut Sink,
    ) -> Self {
        // `endpoint: tosca.capabilities.Endpoint` or a map with `type`.
        let named = if body.is_scalar() {
            Some(body)
        } else {
            body.get("type")
        };
        let of = match named {
            Some(named) => types.resolve(named, TypeKind::Capability, sink),
            None => inherited.and_then(|inherited| inherited.of),
        };
        if let (Some(named), Some(inherited)) = (named, inherited) {
            let named = refine::Named {
                words: "type",
                stated: named,
                of,
            };
            refine::named(types, key, &named, (inherited.of, inherited.key), sink);
        }
        let mut properties = inherited
            .map(|inherited| inherited.properties.clone())
            .unwrap_or_default();
        let mut attributes = inherited
            .map(|inherited| inherited.attributes.clone())
            .unwrap_or_default();
        let own = |section, known: &Members<'a, PropertyDef<'a>>, attribute: bool, sink: &mut Sink| {
            PropertyDef::read_all(
                types,
                body,
                section,
                |name| {
                    known.get(name).or_else(|| {
                        let of = of?;
                        if attribute {
                            types.attribute(of, name)
                        } else {
                            types.property(of, name)
                        }
                    })
                },
                sink,
            )
        };
        if let Some(of) = of.filter(|&of| !types.get(of).open) {
            let is_known = |name: &str| properties.contains_key(name) || types.property(of, name).is_some();
            refine::members(types, of, body, ("property", &is_known), sink);
            let is_known = |name: &str| attributes.contains_key(name) || types.attribute(of, name).is_some();
            refine::members(types, of, body, ("attribute", &is_known), sink);
        }
        let refined = own("properties", &properties, false, sink);
        properties.extend(refined);
        let refined = own("attributes", &attributes, true, sink);
        attributes.extend(refined);
        let valid_sources = body.get("valid_source_types");
        let occurrences = body.get("occurrences");
        let mut refined = Self {
            key,
            of,
            properties,
            attributes,
            valid_sources: inherited.and_then(|inherited| inherited.valid_sources),
            occurrences: inherited.and_then(|inherited| inherited.occurrences),
        };
        if let (Some(own), Some(old)) = (valid_sources, refined.valid_sources(types)) {
            refine::list(types, "valid_source_types", (own, old), &[TypeKind::Node], sink);
        }
        if let (Some(own), Some(old)) = (occurrences, refined.occurrences)
            && let (Some(new), Some(range)) = (bounds(own), bounds(old))
        {
            refine::occurrences(types, key, (own, old), new, range, sink);
        }
        refined.valid_sources = valid_sources.or(refined.valid_sources);
        refined.occurrences = occurrences.or(refined.occurrences);
        refined
    }

    /// The list of node types that may relate to it, its own or its type's; none where any may.
    pub(in crate::tosca) fn valid_sources(&self, types: &Types<'a>) -> Option<View<'a>> {
        let of_type = || {
            types
                .chain(self.of?)
                .find_map(|of| of.body.get("valid_source_types"))
        };
        self.valid_sources
            .or_else(of_type)
            .filter(|list| list.items().len() > 0)
    }

    pub(in crate::tosca) fn property<'s>(
        &'s self,
        types: &'s Types<'a>,
        name: &str,
    ) -> Option<&'s PropertyDef<'a>> {
        self.properties
            .get(name)
            .or_else(|| types.property(self.of?, name))
    }

    pub(in crate::tosca) fn attribute<'s>(
        &'s self,
        types: &'s Types<'a>,
        name: &str,
    ) -> Option<&'s PropertyDef<'a>> {
        self.attributes
            .get(name)
            .or_else(|| types.attribute(self.of?, name))
    }

    /// Whether its type, or one that is inherited from, could not be read.
    pub(in crate::tosca) fn is_open(&self, types: &Types<'a>) -> bool {
        self.of.is_none_or(|of| types.get(of).open)
    }
}

/// What a node type needs.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct RequirementDef<'a> {
    pub(in crate::tosca) key: View<'a>,
    /// The capability type the target must have.
    pub(in crate::tosca) capability: Option<TypeId>,
    /// The node type the target must be of.
    pub(in crate::tosca) node: Option<TypeId>,
    pub(in crate::tosca) relationship: Option<TypeId>,
    /// The relationship's body where it is more than a name: it may bring interfaces.
    pub(in crate::tosca) relationship_body: Option<View<'a>>,
    /// Where it says of what type the relationship is, else where it says of what type the capability is.
    pub(in crate::tosca) stated: Option<View<'a>>,
    /// Where it says of what type the capability is.
    pub(in crate::tosca) asks: Option<View<'a>>,
    /// What targets must hold to, its own filter first.
    pub(in crate::tosca) filters: Vec<View<'a>>,
    /// The filter that it states itself.
    pub(super) own_filter: Option<View<'a>>,
    /// It says itself how often it occurs, or what it refines does.
    pub(in crate::tosca) has_occurrences: bool,
    /// The least number of assignments.
    pub(in crate::tosca) least: u64,
    /// The most assignments; none for no limit.
    pub(in crate::tosca) most: Option<u64>,
    /// A name in it is unknown, which is reported: do not judge targets.
    pub(in crate::tosca) open: bool,
    /// It asks for something else than what it refines, which is reported: its parts need not go together.
    pub(super) is_other: bool,
}

/// The relationship of a node to what it is hosted on.
pub(in crate::tosca) const HOSTED_ON: &str = "tosca.relationships.HostedOn";

impl<'a> RequirementDef<'a> {
    /// Whether what fulfils it may be what the node is hosted on.
    pub(in crate::tosca) fn may_host(&self, types: &Types<'a>) -> bool {
        self.open
            || match (self.relationship, self.capability) {
                (Some(relation), _) => types.get(relation).open || types.is_named(relation, HOSTED_ON),
                // HostedOn is what the standard has for containers; a definition without relationship means it.
                (None, Some(capability)) => types.is_named(capability, "tosca.capabilities.Container"),
                (None, None) => true,
            }
    }

    pub(super) fn read(
        types: &Types<'a>,
        key: View<'a>,
        body: View<'a>,
        inherited: Option<&Self>,
        sink: &mut Sink,
    ) -> Self {
        let mut open = false;
        let mut resolve = |named: Option<View<'a>>, kind, old: Option<TypeId>| match named {
            Some(named) => {
                let found = types.resolve(named, kind, sink);
                open |= found.is_none();
                found
            }
            None => old,
        };
        let named = if body.is_scalar() {
            Some(body)
        } else {
            body.get("capability")
        };
        let of_capability = named;
        let capability = resolve(
            named,
            TypeKind::Capability,
            inherited.and_then(|old| old.capability),
        );
        // A definition that asks for another capability says anew what nodes may offer it.
        let inherited_node = inherited.filter(|_| named.is_none()).and_then(|old| old.node);
        let node = resolve(body.get("node"), TypeKind::Node, inherited_node);
        let relation = body.get("relationship");
        let named = relation.and_then(|relation| {
            if relation.is_map() {
                relation.get("type")
            } else {
                Some(relation)
            }
        });
        let relationship = resolve(
            named,
            TypeKind::Relationship,
            inherited.and_then(|old| old.relationship),
        );
        let (least, most) = match body.get("occurrences") {
            Some(occurrences) => bounds(occurrences).unwrap_or((0, None)),
            None => inherited.map_or((1, Some(1)), |inherited| (inherited.least, inherited.most)),
        };
        let own = body.get("node_filter").filter(|filter| filter.is_map());
        let inherited_filters = inherited.map(|inherited| inherited.filters.clone());
        let mut def = Self {
            key,
            stated: named.or(of_capability),
            asks: of_capability,
            own_filter: own,
            filters: own
                .into_iter()
                .chain(inherited_filters.unwrap_or_default())
                .collect(),
            capability,
            node,
            relationship,
            relationship_body: relation
                .filter(|relation| relation.is_map())
                .or_else(|| inherited.and_then(|inherited| inherited.relationship_body)),
            has_occurrences: body.get("occurrences").is_some()
                || inherited.is_some_and(|inherited| inherited.has_occurrences),
            least,
            most,
            open: open || inherited.is_some_and(|inherited| inherited.open),
            is_other: false,
        };
        if let Some(inherited) = inherited {
            def.is_other = !refine::requirement(types, (key, body), &def, inherited, sink);
        }
        def
    }
}
