//! Types: where their names are looked up, what they inherit, what they define.

mod defaults;
mod define;
mod derive;
mod interface;
mod kind;
mod member;
mod refine;
mod relation;
mod scope;
mod table;

pub(super) use define::listing;
pub(super) use interface::{InputDef, InterfaceDef, OperationDef};
pub(super) use kind::TypeKind;
pub(super) use member::{CapabilityDef, PropertyDef, RequirementDef};
pub(super) use relation::only;
pub(super) use scope::Scopes;
pub(super) use table::{Members, Type, TypeId, Types};
