//! Which names a file sees: its own, those of its imports, and the normative ones.

use super::super::import::{FileId, Forest};
use super::super::map::{HashMap, HashSet};
use super::{TypeId, TypeKind};
use std::cell::RefCell;

/// What a file defines itself, by kind and name.
type Defined<'a> = HashMap<(TypeKind, &'a str), TypeId>;

/// What look-ups found, by the file that asks.
type Found<'a> = HashMap<(FileId, TypeKind, &'a str), Option<TypeId>>;

/// Looks names up. Every look-up is remembered, so that many references to one type cost one walk over the imports.
#[derive(Debug)]
pub(in crate::tosca) struct Scopes<'a> {
    forest: &'a Forest<'a>,
    defined: Vec<Defined<'a>>,
    /// Shorthand names, of embedded normative files only.
    shorthands: Vec<HashMap<(TypeKind, &'a str), TypeId>>,
    found: RefCell<Found<'a>>,
}

impl<'a> Scopes<'a> {
    pub(super) fn new(forest: &'a Forest<'a>) -> Self {
        let files = forest.iter().count();
        Self {
            forest,
            defined: vec![HashMap::default(); files],
            shorthands: vec![HashMap::default(); files],
            found: RefCell::default(),
        }
    }

    /// Notes that `file` defines a type.
    pub(super) fn define(&mut self, file: FileId, kind: TypeKind, name: &'a str, id: TypeId) {
        let at = file.index();
        self.defined[at].insert((kind, name), id);
        if !self.forest.file(file).embedded {
            return;
        }
        // `tosca.nodes.Storage.BlockStorage` is also `Storage.BlockStorage` and `BlockStorage` (Simple Profile 1.3,
        // section 5.2.1); where two types come to the same shorthand, the shorter full name has it.
        let Some(short) = name.strip_prefix(kind.normative_prefix()) else {
            return;
        };
        let mut rest = short;
        loop {
            let known = self.shorthands[at].entry((kind, rest)).or_insert(id);
            if rest == short {
                *known = id;
            }
            let Some((_, tail)) = rest.split_once('.') else {
                break;
            };
            rest = tail;
        }
    }

    /// The type that `name` means in `file`.
    pub(in crate::tosca) fn find(&self, file: FileId, kind: TypeKind, name: &'a str) -> Option<TypeId> {
        let key = (file, kind, name);
        if let Some(&known) = self.found.borrow().get(&key) {
            return known;
        }
        let found = self
            .seen(file, kind, name)
            .or_else(|| self.normative(file, kind, name))
            // Imported files often lean on what their importer imports beside them; readers accept it.
            .or_else(|| self.seen(FileId::ROOT, kind, name))
            .or_else(|| self.normative(FileId::ROOT, kind, name))
            .or_else(|| self.anywhere(kind, name));
        self.found.borrow_mut().insert(key, found);
        found
    }

    /// The type of this full name that a file defines itself.
    pub(super) fn defined_in(&self, file: FileId, kind: TypeKind, name: &str) -> Option<TypeId> {
        self.defined[file.index()].get(&(kind, name)).copied()
    }

    /// Whether a name that is not found may be defined in something that could not be read.
    pub(in crate::tosca) fn is_incomplete(&self, file: FileId) -> bool {
        self.forest.file(file).incomplete || self.forest.file(FileId::ROOT).incomplete
    }

    fn seen(&self, file: FileId, kind: TypeKind, name: &str) -> Option<TypeId> {
        // Every name that is looked for is a tail of the first, so its length tells which.
        let mut visited = HashSet::from_iter([(file, name.len())]);
        let mut open = vec![(file, name)];
        while let Some((file, name)) = open.pop() {
            if let Some(&id) = self.defined[file.index()].get(&(kind, name)) {
                return Some(id);
            }
            let imports = &self.forest.file(file).imports;
            for import in imports.iter().rev() {
                let within = match &import.prefix {
                    None => Some(name),
                    Some(prefix) => name
                        .strip_prefix(prefix.as_str())
                        .and_then(|rest| rest.strip_prefix([':', '.'])),
                };
                if let Some(within) = within
                    && visited.insert((import.file, within.len()))
                {
                    open.push((import.file, within));
                }
            }
        }
        None
    }

    fn normative(&self, file: FileId, kind: TypeKind, name: &str) -> Option<TypeId> {
        let normative = self.forest.file(file).normative?.index();
        let name = name.strip_prefix("tosca:").unwrap_or(name);
        let full = self.defined[normative].get(&(kind, name));
        full.or_else(|| self.shorthands[normative].get(&(kind, name)))
            .copied()
    }

    /// Types that a prefix hides, by their bare name: better than calling them unknown.
    fn anywhere(&self, kind: TypeKind, name: &str) -> Option<TypeId> {
        self.defined
            .iter()
            .find_map(|defined| defined.get(&(kind, name)).copied())
    }

    /// All names of a kind that could have been meant, for near misses.
    pub(in crate::tosca) fn candidates(&self, kind: TypeKind) -> impl Iterator<Item = &'a str> + '_ {
        self.defined
            .iter()
            .chain(&self.shorthands)
            .flat_map(HashMap::keys)
            .filter(move |(of, _)| *of == kind)
            .map(|&(_, name)| name)
    }

    /// Another kind of type that has this name in `file`.
    pub(in crate::tosca) fn other_kind(
        &self,
        file: FileId,
        kind: TypeKind,
        name: &'a str,
    ) -> Option<(TypeKind, TypeId)> {
        let mut others = TypeKind::ALL.into_iter().filter(|&other| other != kind);
        others.find_map(|other| Some((other, self.find(file, other, name)?)))
    }
}
