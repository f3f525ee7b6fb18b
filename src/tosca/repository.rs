//! Repositories: whether credentials are such (Simple Profile 1.3, section 3.6.6).

use super::types::Types;
use super::value::{Checker, Schema, What};
use crate::diagnostic::Sink;

/// Holds the credentials of all repositories against the standard's data type.
pub(super) fn check(types: &Types<'_>, sink: &mut Sink) {
    for (at, file) in types.forest.iter().filter(|(_, file)| !file.embedded) {
        let Some(credential) = Schema::standard(types, at, "tosca.datatypes.Credential") else {
            continue;
        };
        let repositories = file
            .root()
            .into_iter()
            .flat_map(|root| root.entries_of("repositories"));
        for (key, _, body) in repositories {
            if let Some(value) = body.get("credential") {
                let what = What("keyname", "credential");
                let defined = key.span();
                Checker { types, what, defined }.check(value, &credential, sink);
            }
        }
    }
}
