//! What follows only from a section that could not be read.
//!
//! A section that is of the wrong kind, or lost a part to a syntax fault, is reported. Whatever it may have defined is
//! not missed: names of inputs, of node templates and so on are taken for known then. (Unknown types are held back
//! where their names are looked up, as they are beside an import that failed.)

use super::import::Forest;
use super::view::View;
use crate::diagnostic::{Code, Sink, codes};

/// Sections of a topology, with the codes of the faults that a name in them might have spared.
const TOPOLOGY: [(&str, &[&Code]); 5] = [
    ("inputs", &[&codes::UNKNOWN_INPUT, &codes::UNMAPPED_PROPERTY]),
    (
        "node_templates",
        &[
            &codes::UNKNOWN_NODE,
            &codes::UNKNOWN_TARGET,
            &codes::UNKNOWN_REQUIREMENT_TARGET,
            &codes::UNFULFILLED_REQUIREMENT,
        ],
    ),
    (
        "relationship_templates",
        &[&codes::UNKNOWN_RELATIONSHIP, &codes::UNKNOWN_NODE],
    ),
    ("groups", &[&codes::UNKNOWN_TARGET]),
    ("workflows", &[&codes::UNKNOWN_WORKFLOW]),
];

/// The faults without those that may only follow from what was lost.
pub(super) fn excuse(forest: &Forest<'_>, found: Sink) -> Sink {
    let roots = || forest.iter().filter_map(|(_, file)| file.root());
    let is_lost = |section: &str| {
        roots().any(|root| {
            let topology = root.get("topology_template");
            root.has_lost("topology_template")
                || topology.is_some_and(|topology: View<'_>| topology.has_lost(section))
        })
    };
    let mut excused: Vec<&Code> = Vec::new();
    for (section, codes) in TOPOLOGY {
        if is_lost(section) {
            excused.extend(codes);
        }
    }
    if roots().any(|root| root.has_lost("repositories")) {
        excused.push(&codes::UNKNOWN_REPOSITORY);
    }
    if excused.is_empty() {
        return found;
    }
    let mut kept = Sink::new();
    for fault in found.into_sorted() {
        if !excused.contains(&fault.code) {
            kept.push(fault);
        }
    }
    kept
}
