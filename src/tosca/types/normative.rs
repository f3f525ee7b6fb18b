//! Types of a user's that have the full name of one of the standard's own.

use super::super::import::FileId;
use super::{Type, Types};
use crate::diagnostic::{Diagnostic, Sink, codes};

/// The most types that a message shows.
const SHOWN: usize = 4;

/// Tells of types that take the place of normative ones, once for each file: who exports types writes all of them. Not of
/// a file of nothing but such names: that is a profile, which whoever serves the standard's types has as a file.
pub(super) fn check(types: &Types<'_>, sink: &mut Sink) {
    for (id, file) in types.forest.iter().filter(|(_, file)| !file.embedded) {
        let Some(normative) = file.normative else { continue };
        let own = || types.list.iter().filter(|of| of.file == id);
        let mut taken: Vec<_> = own()
            .filter(|of| types.scopes.defined_in(normative, of.kind, of.name).is_some())
            .collect();
        taken.sort_by_key(|of| of.key.span());
        let is_profile = || {
            let has_topology = file
                .root()
                .is_some_and(|root| root.key("topology_template").is_some());
            !has_topology && own().all(|other| other.name.starts_with("tosca."))
        };
        if !taken.is_empty() && !is_profile() {
            report(types, normative, &taken, sink);
        }
    }
}

fn report(types: &Types<'_>, normative: FileId, taken: &[&Type<'_>], sink: &mut Sink) {
    let first = taken[0];
    let name = first.name;
    let mut fault = Diagnostic::new(
        &codes::COLLIDING_TYPES,
        first.key.span(),
        match taken.len() - 1 {
            0 => format!("{} `{name}` is the standard's own", first.kind.words()),
            1 => format!("`{name}` and one more type of this file are the standard's own"),
            more => format!("`{name}` and {more} more types of this file are the standard's own"),
        },
    )
    .note(
        "all that counts on the standard's type gets this one, and readers differ in which of the two counts",
    )
    .help(format!("derive a type of another name from `{name}`"));
    for other in taken.iter().skip(1).take(SHOWN) {
        fault = fault.related(other.key.span(), "and this one");
    }
    if let Some(original) = types.scopes.defined_in(normative, first.kind, name) {
        fault = fault.related(types.get(original).key.span(), "the standard's");
    }
    sink.push(fault);
}
