//! What a value is declared to be.

use super::super::import::FileId;
use super::super::types::{TypeId, TypeKind, Types};
use super::super::view::View;
use super::Builtin;
use crate::diagnostic::Sink;

/// The type a schema names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tosca) enum Of {
    Builtin(Builtin),
    Data(TypeId),
    /// Nothing is declared, or the name is unknown and reported: anything will do.
    Any,
}

/// A type with what lists and maps hold, and constraints (Simple Profile 1.3, section 3.6.6).
#[derive(Clone, Debug)]
pub(in crate::tosca) struct Schema<'a> {
    pub(in crate::tosca) of: Of,
    pub(in crate::tosca) entry: Option<Box<Schema<'a>>>,
    pub(in crate::tosca) key: Option<Box<Schema<'a>>>,
    /// Lists of constraint clauses: its own, and those of the definitions it refines. All must hold.
    pub(in crate::tosca) constraints: Vec<View<'a>>,
}

/// Schemas nested deeper are taken for "anything"; no real one is.
const DEEPEST: usize = 64;

impl<'a> Schema<'a> {
    /// Anything.
    pub(in crate::tosca) fn any() -> Self {
        Self {
            of: Of::Any,
            entry: None,
            key: None,
            constraints: Vec::new(),
        }
    }

    /// A built-in type without more.
    pub(in crate::tosca) fn builtin(builtin: Builtin) -> Self {
        Self {
            of: Of::Builtin(builtin),
            ..Self::any()
        }
    }

    /// The standard's own data type of this name; none where `file` is written in a version without it.
    pub(in crate::tosca) fn standard(types: &Types<'a>, file: FileId, name: &'static str) -> Option<Self> {
        let of = Of::Data(types.scopes.find(file, TypeKind::Data, name)?);
        Some(Self { of, ..Self::any() })
    }

    /// Reads `type`, `entry_schema`, `key_schema` and `constraints` of a definition.
    pub(in crate::tosca) fn read(types: &Types<'a>, body: View<'a>, sink: &mut Sink) -> Self {
        Self::read_at(types, body, 0, sink)
    }

    fn read_at(types: &Types<'a>, body: View<'a>, depth: usize, sink: &mut Sink) -> Self {
        let named = if body.is_scalar() {
            Some(body)
        } else {
            body.get("type")
        };
        let of = named.map_or(Of::Any, |named| resolve(types, named, sink));
        let nested = |key: &str, sink: &mut Sink| {
            let inner = body.get(key).filter(|_| depth < DEEPEST)?;
            Some(Box::new(Self::read_at(types, inner, depth + 1, sink)))
        };
        Self {
            of,
            entry: nested("entry_schema", sink),
            key: nested("key_schema", sink),
            constraints: constraints_in(body).into_iter().collect(),
        }
    }

    /// Reads what a data type derived from a built-in type says about its values: entries, keys, constraints.
    pub(in crate::tosca) fn read_derived(types: &Types<'a>, of: Of, body: View<'a>, sink: &mut Sink) -> Self {
        let nested = |key: &str, sink: &mut Sink| {
            let inner = body.get(key)?;
            Some(Box::new(Self::read_at(types, inner, 1, sink)))
        };
        Self {
            of,
            entry: nested("entry_schema", sink),
            key: nested("key_schema", sink),
            constraints: constraints_in(body).into_iter().collect(),
        }
    }

    /// Adds the constraints of a definition that this refines.
    pub(in crate::tosca) fn refines(&mut self, inherited: &Self) {
        for constraints in &inherited.constraints {
            if !self.constraints.contains(constraints) {
                self.constraints.push(*constraints);
            }
        }
    }

    /// The built-in type a value is written as; none for structures with properties and for anything.
    pub(in crate::tosca) fn base(&self, types: &Types<'a>) -> Option<Builtin> {
        match self.of {
            Of::Builtin(builtin) => Some(builtin),
            Of::Data(id) => types.get(id).builtin,
            Of::Any => None,
        }
    }

    /// The name of its type, for messages.
    pub(in crate::tosca) fn name<'s>(&self, types: &'s Types<'a>) -> &'s str {
        match self.of {
            Of::Builtin(builtin) => builtin.as_str(),
            Of::Data(id) => types.get(id).name,
            Of::Any => "any",
        }
    }
}

/// The list of constraint clauses of a definition.
pub(in crate::tosca) fn constraints_in(body: View<'_>) -> Option<View<'_>> {
    body.get("constraints")
        .filter(|constraints| constraints.is_list())
}

fn resolve<'a>(types: &Types<'a>, named: View<'a>, sink: &mut Sink) -> Of {
    let Some(name) = named.name() else { return Of::Any };
    // A file's own data type of a built-in's name would be a different type; nobody means that.
    if let Some(builtin) = Builtin::of(name) {
        return Of::Builtin(builtin);
    }
    types
        .resolve(named, TypeKind::Data, sink)
        .map_or(Of::Any, Of::Data)
}
