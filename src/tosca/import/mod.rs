//! Imports: from one tree to the forest of all files that a service template is made of.

mod check;
mod declared;
mod entry;
mod forest;
mod load;
mod locate;
mod profile;

pub(super) use forest::{FileId, Forest, name_askers};
pub(super) use load::load;
pub(super) use profile::versions_with;
