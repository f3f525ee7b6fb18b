//! Builds the table: names first, then parents, then what each type defines.

use super::super::import::Forest;
use super::super::map::HashMap;
use super::super::value::{Of, Patterns, Schema, Schemas};
use super::super::view::View;
use super::{
    Bearer, CapabilityDef, InterfaceDef, Members, PropertyDef, RequirementDef, Scopes, Type, TypeId,
    TypeKind, Types,
};
use super::{artifact, defaults, derive, normative, outputs, refine, relation, untyped};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Keynames of types that say what there is.
const SECTIONS: [&str; 9] = [
    "derived_from",
    "properties",
    "attributes",
    "capabilities",
    "requirements",
    "interfaces",
    "inputs",
    "operations",
    "notifications",
];

impl<'a> Types<'a> {
    /// Reads all types of all files. Faults in them are reported.
    pub(in crate::tosca) fn read(forest: &'a Forest<'a>, sink: &mut Sink) -> Self {
        let mut types = Self {
            forest,
            scopes: Scopes::new(forest),
            patterns: Patterns::default(),
            schemas: Schemas::default(),
            list: Vec::new(),
            children: HashMap::default(),
        };
        for (file, of) in forest.iter() {
            let Some(root) = of.root() else { continue };
            for kind in TypeKind::ALL {
                for (key, name, body) in root.entries_of(kind.section()) {
                    let id = TypeId(u32::try_from(types.list.len()).unwrap_or(u32::MAX));
                    types.scopes.define(file, kind, name, id);
                    types.list.push(Type {
                        kind,
                        name,
                        file,
                        key,
                        body,
                        parent: None,
                        open: !body.is_map() && !body.is_null()
                            || SECTIONS.iter().any(|section| body.has_lost(section)),
                        belongs_to: None,
                        properties: Members::default(),
                        attributes: Members::default(),
                        capabilities: Members::default(),
                        requirements: Members::default(),
                        interfaces: Members::default(),
                        artifacts: Members::default(),
                        interface: None,
                        builtin: None,
                        value: None,
                    });
                }
            }
        }
        normative::check(&types, sink);
        derive::link(&mut types, sink);
        types.note_children();
        let order = derive::parents_first(&types);
        for kind in TypeKind::ALL {
            for &id in &order {
                if types.get(id).kind == kind {
                    types.fill(id, sink);
                }
            }
        }
        untyped::check(&types, sink);
        defaults::check(&types, sink);
        relation::check(&types, sink);
        outputs::check(&types, sink);
        artifact::check(&types, sink);
        types
    }

    /// Reads the members of one type, whose parents are filled already.
    fn fill(&mut self, id: TypeId, sink: &mut Sink) {
        let of = self.get(id);
        let (kind, body, parent) = (of.kind, of.body, of.parent);
        let inherit = |name: &str| parent.and_then(|parent| self.property(parent, name));
        let properties = PropertyDef::read_all(self, body, "properties", inherit, sink);
        let inherit = |name: &str| parent.and_then(|parent| self.attribute(parent, name));
        let attributes = PropertyDef::read_all(self, body, "attributes", inherit, sink);
        // Up to 1.2 groups have both.
        let has_both = matches!(kind, TypeKind::Node | TypeKind::Group);
        let capabilities = if has_both {
            self.capabilities(body, parent, sink)
        } else {
            Members::default()
        };
        let requirements = if has_both {
            self.requirements(body, parent, sink)
        } else {
            Members::default()
        };
        let interfaces = if matches!(kind, TypeKind::Node | TypeKind::Relationship | TypeKind::Group) {
            self.interfaces((kind, self.get(id).open), body, parent, sink)
        } else {
            Members::default()
        };
        let interface = (kind == TypeKind::Interface).then(|| {
            let inherited = parent.and_then(|parent| self.get(parent).interface.clone());
            let mut own = inherited.unwrap_or_else(|| InterfaceDef::empty(self.get(id).key, Some(id)));
            own.of = Some(id);
            let bearer = Bearer::Type(TypeKind::Interface);
            own.refine(self, bearer, body, sink);
            // All operations are known here: it defines them.
            if !self.forest.file(self.get(id).file).embedded {
                self.check_operations(&own, bearer, body, sink);
            }
            own
        });
        let artifacts: Members<'a, View<'a>> = body
            .entries_of("artifacts")
            .map(|(_, name, body)| (name, body))
            .collect();
        self.check_named_types((kind, body), parent, sink);
        let builtin = parent.and_then(|parent| self.get(parent).builtin);
        let builtin = self.get(id).builtin.or(builtin);
        if let (Some(builtin), Some(key)) =
            (builtin, body.key("properties").filter(|_| !properties.is_empty()))
        {
            let fault = Diagnostic::new(
                &codes::EXTENDED_BUILTIN,
                key.span(),
                format!(
                    "`{}` is a `{}` and cannot have properties",
                    self.get(id).name,
                    builtin.as_str()
                ),
            );
            sink.push(
                fault
                    .note("a type derived from a built-in one may only add constraints")
                    .help("derive it from `tosca.datatypes.Root`, or remove the properties"),
            );
        }
        let value = builtin
            .filter(|_| kind == TypeKind::Data)
            .map(|builtin| Schema::read_derived(self, Of::Builtin(builtin), body, sink));
        let of = &mut self.list[id.0 as usize];
        of.value = value;
        of.builtin = builtin;
        of.properties = properties;
        of.attributes = attributes;
        of.capabilities = capabilities;
        of.requirements = requirements;
        of.interfaces = interfaces;
        of.artifacts = artifacts;
        of.interface = interface;
    }

    fn capabilities(
        &self,
        body: View<'a>,
        parent: Option<TypeId>,
        sink: &mut Sink,
    ) -> Members<'a, CapabilityDef<'a>> {
        body.entries_of("capabilities")
            .map(|(key, name, body)| {
                let inherited = parent.and_then(|parent| self.capability(parent, name));
                (name, CapabilityDef::read(self, key, body, inherited, sink))
            })
            .collect()
    }

    fn requirements(
        &self,
        body: View<'a>,
        parent: Option<TypeId>,
        sink: &mut Sink,
    ) -> Members<'a, RequirementDef<'a>> {
        let entries = body.get("requirements").map(View::ordered).unwrap_or_default();
        named_once(
            "requirement",
            entries.iter().map(|&(key, name, _)| (key, name)),
            sink,
        );
        entries
            .into_iter()
            .map(|(key, name, body)| {
                let inherited = parent.and_then(|parent| self.requirement(parent, name));
                let def = RequirementDef::read(self, key, body, inherited, sink);
                self.check_relationship(body, &def, sink);
                (name, def)
            })
            .collect()
    }

    /// The interfaces that a requirement definition gives its relationship: definitions, as in a relationship type.
    fn check_relationship(&self, body: View<'a>, def: &RequirementDef<'a>, sink: &mut Sink) {
        let (Some(relation), Some(of)) = (body.get("relationship"), def.relationship) else {
            return;
        };
        let kind = (TypeKind::Relationship, self.get(of).open);
        self.interfaces(kind, relation, Some(of), sink);
    }

    fn interfaces(
        &self,
        (kind, open): (TypeKind, bool),
        body: View<'a>,
        parent: Option<TypeId>,
        sink: &mut Sink,
    ) -> Members<'a, InterfaceDef<'a>> {
        let mut interfaces = Members::default();
        for (key, name, body) in body.entries_of("interfaces") {
            let file = self.forest.file_of(key);
            let inherited = parent.and_then(|parent| self.interface(parent, file, name));
            let base = InterfaceDef::base(self, key, name, body, inherited, sink);
            let is_known = base.is_some();
            let mut interface = base.unwrap_or_else(|| InterfaceDef::empty(key, None));
            if !is_known && !open && !self.scopes.is_incomplete(file) {
                self.report_untyped(key, name, sink);
            }
            let bearer = Bearer::Type(kind);
            self.check_operations(&interface, bearer, body, sink);
            interface.refine(self, bearer, body, sink);
            interfaces.insert(name, interface);
        }
        interfaces
    }

    /// An interface whose type neither it, nor its parent, nor its name tells.
    fn report_untyped(&self, key: View<'a>, name: &'a str, sink: &mut Sink) {
        let candidates = self.scopes.candidates(TypeKind::Interface);
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_INTERFACE,
                key.span(),
                format!("interface `{name}` has no type"),
            )
            .note("its type says which operations there are")
            .help(
                did_you_mean(name, candidates)
                    .unwrap_or_else(|| "add `type:` with the name of an interface type".to_owned()),
            ),
        );
    }

    /// Names of types in places that nothing else reads.
    fn check_named_types(&self, (kind, body): (TypeKind, View<'a>), parent: Option<TypeId>, sink: &mut Sink) {
        let all = |section: &str, kind, sink: &mut Sink| {
            for item in body.get(section).into_iter().flat_map(View::items) {
                self.resolve(item, kind, sink);
            }
        };
        match kind {
            TypeKind::Relationship => all("valid_target_types", TypeKind::Capability, sink),
            TypeKind::Capability => all("valid_source_types", TypeKind::Node, sink),
            TypeKind::Group => all("members", TypeKind::Node, sink),
            TypeKind::Policy => self.check_targets(body, sink),
            _ => {}
        }
        let refined = match kind {
            TypeKind::Relationship => Some(("valid_target_types", &[TypeKind::Capability][..])),
            TypeKind::Capability => Some(("valid_source_types", &[TypeKind::Node][..])),
            TypeKind::Group => Some(("members", &[TypeKind::Node][..])),
            TypeKind::Policy => Some(("targets", &[TypeKind::Group, TypeKind::Node][..])),
            _ => None,
        };
        if let Some((section, kinds)) = refined
            && let Some(own) = body.get(section)
            && let Some(parent) = parent
            && let Some(old) = self.chain(parent).find_map(|of| of.body.get(section))
        {
            refine::list(self, section, (own, old), kinds, sink);
        }
        if matches!(kind, TypeKind::Node | TypeKind::Group) {
            for (_, _, capability) in body.entries_of("capabilities") {
                for item in capability
                    .get("valid_source_types")
                    .into_iter()
                    .flat_map(View::items)
                {
                    self.resolve(item, TypeKind::Node, sink);
                }
            }
        }
    }

    /// What policies of a type apply to: node types and group types (Simple Profile 1.3, section 3.7.12).
    fn check_targets(&self, body: View<'a>, sink: &mut Sink) {
        for item in body.get("targets").into_iter().flat_map(View::items) {
            let Some(name) = item.name() else { continue };
            let file = self.forest.file_of(item);
            if self.scopes.find(file, TypeKind::Group, name).is_none() {
                self.resolve(item, TypeKind::Node, sink);
            }
        }
    }
}

/// Tells of entries of a list (places and names) that have the name of one before.
pub(in crate::tosca) fn named_once<'a>(
    words: &str,
    entries: impl Iterator<Item = (View<'a>, &'a str)>,
    sink: &mut Sink,
) {
    let mut first = HashMap::default();
    for (key, name) in entries {
        let known = *first.entry(name).or_insert(key);
        if known != key {
            sink.push(twice(words, name, (known, key)));
        }
    }
}

/// The diagnostic of a name that stands in two places.
pub(super) fn twice(words: &str, name: &str, (first, again): (View<'_>, View<'_>)) -> Diagnostic {
    Diagnostic::new(
        &codes::NAMED_TWICE,
        again.span(),
        format!("a second {words} `{name}`"),
    )
    .label("again here")
    .related(first.span(), "first here")
    .note("readers differ in which of the two counts")
    .help("rename one of them, or remove it")
}

/// "has `a`, `b` and `c`" for notes; long lists are cut.
pub(in crate::tosca) fn listing<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "has none".to_owned(),
        [one] => format!("has only {one}"),
        [first @ .., last] if names.len() <= 12 => format!("has {} and {last}", first.join(", ")),
        many => format!("has {} and {} more", many[..10].join(", "), many.len() - 10),
    }
}
