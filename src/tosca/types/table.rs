//! The table of all types, and what a type has by inheritance.

use super::super::import::{FileId, Forest};
use super::super::map::{HashMap, HashSet, IndexMap};
use super::super::value::{Builtin, Patterns, Schema, Schemas};
use super::super::view::View;
use super::derive::DEEPEST;
use super::{CapabilityDef, InterfaceDef, PropertyDef, RequirementDef, Scopes, TypeKind};
use crate::diagnostic::Sink;

/// Names a type of one [`Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::tosca) struct TypeId(pub(super) u32);

/// Members by name, in the order of their definition.
pub(in crate::tosca) type Members<'a, T> = IndexMap<&'a str, T>;

/// One type: what it defines itself. What it inherits is found through [`Types`].
#[derive(Debug)]
pub(in crate::tosca) struct Type<'a> {
    pub(in crate::tosca) kind: TypeKind,
    pub(in crate::tosca) name: &'a str,
    pub(in crate::tosca) file: FileId,
    /// Where its name stands.
    pub(in crate::tosca) key: View<'a>,
    pub(in crate::tosca) body: View<'a>,
    pub(in crate::tosca) parent: Option<TypeId>,
    /// It, or a type it is derived from, has a parent that is not known, or a section that could not be read: what it
    /// lacks may be only a consequence.
    pub(in crate::tosca) open: bool,
    /// It is derived from a type of this other kind: it stands in the wrong section, which is reported.
    pub(super) belongs_to: Option<TypeKind>,
    pub(in crate::tosca) properties: Members<'a, PropertyDef<'a>>,
    pub(in crate::tosca) attributes: Members<'a, PropertyDef<'a>>,
    pub(in crate::tosca) capabilities: Members<'a, CapabilityDef<'a>>,
    pub(in crate::tosca) requirements: Members<'a, RequirementDef<'a>>,
    /// By name; those of the parent with the same name are merged in.
    pub(in crate::tosca) interfaces: Members<'a, InterfaceDef<'a>>,
    /// The bodies of artifact definitions.
    pub(in crate::tosca) artifacts: Members<'a, View<'a>>,
    /// Of an interface type: its inputs and operations, those of its parents merged in.
    pub(in crate::tosca) interface: Option<InterfaceDef<'a>>,
    /// Of a data type that is a built-in type made narrower: that type.
    pub(in crate::tosca) builtin: Option<Builtin>,
    /// Of such a data type: the entries, keys and constraints that it adds itself.
    pub(in crate::tosca) value: Option<Schema<'a>>,
}

/// All types of a service template.
#[derive(Debug)]
pub(in crate::tosca) struct Types<'a> {
    pub(in crate::tosca) forest: &'a Forest<'a>,
    pub(in crate::tosca) scopes: Scopes<'a>,
    /// Regular expressions of constraints.
    pub(in crate::tosca) patterns: Patterns,
    /// JSON Schemas of constraints.
    pub(in crate::tosca) schemas: Schemas,
    pub(super) list: Vec<Type<'a>>,
    /// The types that are derived from those of a name.
    pub(super) children: HashMap<(TypeKind, &'a str), Vec<TypeId>>,
}

impl<'a> Types<'a> {
    /// The bodies of all types.
    pub(in crate::tosca) fn bodies(&self) -> impl Iterator<Item = View<'a>> {
        self.list.iter().map(|of| of.body)
    }

    pub(in crate::tosca) fn get(&self, id: TypeId) -> &Type<'a> {
        &self.list[id.0 as usize]
    }

    /// The types that a file defines, with their bodies.
    pub(in crate::tosca) fn of_file(&self, file: FileId) -> impl Iterator<Item = (TypeId, View<'a>)> {
        self.iter()
            .filter(move |(_, of)| of.file == file)
            .map(|(id, of)| (id, of.body))
    }

    /// The types of a kind.
    pub(in crate::tosca) fn of_kind(&self, kind: TypeKind) -> impl Iterator<Item = (TypeId, &Type<'a>)> {
        let all = (0..).map(TypeId).zip(&self.list);
        all.filter(move |(_, of)| of.kind == kind)
    }

    /// The type and those it is derived from, nearest first. Finite even while circles are not cut yet.
    pub(in crate::tosca) fn chain(&self, id: TypeId) -> impl Iterator<Item = &Type<'a>> {
        std::iter::successors(Some(self.get(id)), |of| of.parent.map(|parent| self.get(parent)))
            .take(DEEPEST + 1)
    }

    /// Whether `id` is `ancestor` or derived from it. Files may bring their own copy of a type, so the name decides.
    pub(in crate::tosca) fn is_a(&self, id: TypeId, ancestor: TypeId) -> bool {
        id == ancestor || self.is_named(id, self.get(ancestor).name)
    }

    /// Whether `id` is the type of this full name, or derived from it.
    pub(in crate::tosca) fn is_named(&self, id: TypeId, full_name: &str) -> bool {
        self.chain(id).any(|of| of.name == full_name)
    }

    /// All types.
    pub(in crate::tosca) fn iter(&self) -> impl Iterator<Item = (TypeId, &Type<'a>)> {
        (0..).map(TypeId).zip(&self.list)
    }

    /// The types that are derived from `id`, itself left out. Types of one name count as one, as in [`Self::is_a`].
    pub(in crate::tosca) fn derived_from(&self, id: TypeId) -> impl Iterator<Item = TypeId> {
        let of = self.get(id);
        let mut seen = HashSet::from_iter([of.name]);
        let children = move |name: &'a str| self.children.get(&(of.kind, name)).into_iter().flatten();
        let mut open: Vec<TypeId> = children(of.name).copied().collect();
        std::iter::from_fn(move || {
            let next = open.pop()?;
            let name = self.get(next).name;
            if seen.insert(name) {
                open.extend(children(name));
            }
            Some(next)
        })
        .filter(move |next| *next != id)
    }

    /// Notes which types are derived from which; after their parents are known.
    pub(super) fn note_children(&mut self) {
        let mut children: HashMap<_, Vec<TypeId>> = HashMap::default();
        for (id, of) in self.iter() {
            if let Some(parent) = of.parent {
                let parent = self.get(parent);
                children.entry((parent.kind, parent.name)).or_default().push(id);
            }
        }
        self.children = children;
    }

    pub(in crate::tosca) fn property(&self, id: TypeId, name: &str) -> Option<&PropertyDef<'a>> {
        self.chain(id).find_map(|of| of.properties.get(name))
    }

    pub(in crate::tosca) fn attribute(&self, id: TypeId, name: &str) -> Option<&PropertyDef<'a>> {
        self.chain(id).find_map(|of| of.attributes.get(name))
    }

    pub(in crate::tosca) fn capability(&self, id: TypeId, name: &str) -> Option<&CapabilityDef<'a>> {
        self.chain(id).find_map(|of| of.capabilities.get(name))
    }

    pub(in crate::tosca) fn requirement(&self, id: TypeId, name: &str) -> Option<&RequirementDef<'a>> {
        self.chain(id).find_map(|of| of.requirements.get(name))
    }

    pub(in crate::tosca) fn artifact(&self, id: TypeId, name: &str) -> Option<View<'a>> {
        self.chain(id).find_map(|of| of.artifacts.get(name).copied())
    }

    /// The interface that `name`, as written in `file`, means: by its name, or by its type's name.
    pub(in crate::tosca) fn interface(
        &self,
        id: TypeId,
        file: FileId,
        name: &'a str,
    ) -> Option<&InterfaceDef<'a>> {
        let by_name = self.chain(id).find_map(|of| of.interfaces.get(name));
        by_name.or_else(|| {
            let meant = self.scopes.find(file, TypeKind::Interface, name)?;
            let mut all = self.chain(id).flat_map(|of| of.interfaces.values());
            all.find(|interface| interface.of == Some(meant))
        })
    }

    /// All members of a section with inheritance, the nearest definition of each name.
    pub(in crate::tosca) fn all<'s, T>(
        &'s self,
        id: TypeId,
        section: impl Fn(&'s Type<'a>) -> &'s Members<'a, T>,
    ) -> Vec<(&'a str, &'s T)>
    where
        T: 's,
    {
        let mut all: Vec<(&'a str, &'s T)> = Vec::new();
        let mut seen = HashSet::default();
        for members in self.chain(id).map(section).filter(|members| !members.is_empty()) {
            // Mostly only one type of the chain has any.
            let is_first = all.is_empty();
            if !is_first && seen.is_empty() {
                seen.extend(all.iter().map(|(name, _)| *name));
            }
            let new = members.iter().filter(|(name, _)| is_first || seen.insert(**name));
            all.extend(new.map(|(&name, member)| (name, member)));
        }
        all
    }

    /// The type a name stands for. An unknown one is reported, unless it may come from an import that failed.
    pub(in crate::tosca) fn resolve(&self, at: View<'a>, kind: TypeKind, sink: &mut Sink) -> Option<TypeId> {
        let name = at.name()?;
        let file = self.forest.file_of(at);
        if let Some(found) = self.scopes.find(file, kind, name) {
            return Some(found);
        }
        let misplaced = self
            .scopes
            .other_kind(file, kind, name)
            .is_some_and(|(_, id)| self.chain(id).any(|of| of.belongs_to == Some(kind)));
        if !misplaced && (!self.scopes.is_incomplete(file) || self.is_slip(file, kind, name)) {
            sink.push(self.unknown(at, kind, name));
        }
        None
    }
}
