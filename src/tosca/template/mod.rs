//! The service template: inputs, node and relationship templates, groups, policies, held against their types.

mod attribute;
mod capability;
mod check;
mod directive;
mod group;
mod input;
mod interface;
mod matching;
mod node;
mod operation;
mod output;
mod relationship;
mod requirement;
mod service;
mod unknown;

pub(super) use check::{check, check_interfaces};
pub(super) use group::{Group, Policy};
pub(super) use input::{Input, check_default, shown};
pub(super) use interface::interfaces_of;
pub(super) use matching::check_unassigned;
pub(super) use node::{NodeAt, NodeTemplate};
pub(super) use operation::Bearing;
pub(super) use relationship::RelationshipTemplate;
pub(super) use requirement::Requirement;
pub(super) use service::Service;
