//! What a careful reviewer says beyond validity: rules, one file each; and which findings of any stage are wanted:
//! severities by selection, suppression by comments.

mod check_never_true;
mod facts;
mod isolated_node;
mod not_executable;
mod notation;
mod plain_secret;
mod same_file;
mod script_start;
mod select;
mod suppress;
mod unused_import;
mod unused_input;
mod unused_relationship;
mod unused_type;

pub use select::{Level, Selection, find_rule, near_rule};
pub use suppress::{Suppressed, suppress};

use facts::Facts;

use crate::diagnostic::Sink;
use crate::source::Loader;
use crate::topology::Topology;
use crate::tosca::Document;

/// A rule beyond validity.
struct Rule {
    /// It tells that something is missing, which is not to be told of a document with errors: what is missing may be
    /// only a consequence of them.
    only_sound: bool,
    find: fn(&Facts<'_>, &mut Sink),
}

/// All rules.
static RULES: [&Rule; 11] = [
    &unused_input::RULE,
    &unused_type::RULE,
    &unused_relationship::RULE,
    &unused_import::RULE,
    &isolated_node::RULE,
    &plain_secret::RULE,
    &same_file::RULE,
    &check_never_true::RULE,
    &notation::RULE,
    &script_start::RULE,
    &not_executable::RULE,
];

/// Holds all rules against a topology and the document it comes from (none for a khoreia list). Findings go to `sink`,
/// which already has the errors of the stages before.
pub fn check(topology: &Topology, document: Option<&Document<'_>>, loader: &dyn Loader, sink: &mut Sink) {
    let facts = Facts::new(topology, document, loader);
    let is_sound = !sink.has_errors();
    for rule in RULES {
        if is_sound || !rule.only_sound {
            (rule.find)(&facts, sink);
        }
    }
}
