//! Types: where their names are looked up, what they inherit, what they define.

mod artifact;
mod defaults;
mod define;
mod derive;
mod interface;
mod kind;
mod member;
mod normative;
mod operation;
mod outputs;
mod refine;
mod relation;
mod scope;
mod stated;
mod table;
mod unknown;
mod untyped;

pub(super) use artifact::Completing;
pub(super) use define::{listing, named_once};
pub(super) use interface::{Bearer, InterfaceDef};
pub(super) use kind::TypeKind;
pub(super) use member::{CapabilityDef, HOSTED_ON, PropertyDef, RequirementDef};
pub(super) use operation::{InputDef, OperationDef};
pub(super) use relation::only;
pub(super) use scope::Scopes;
pub(super) use table::{Members, Type, TypeId, Types};
