//! Imports: from one tree to the forest of all files that a service template is made of.

mod entry;
mod forest;
mod load;
mod profile;

pub(super) use entry::Asked;
pub(super) use forest::{File, FileId, Forest, Import};
pub(super) use load::load;
