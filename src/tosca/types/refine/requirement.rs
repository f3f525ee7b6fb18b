//! What a derived type says anew about a requirement, and how often something occurs.

use super::super::super::view::View;
use super::super::{RequirementDef, Types};
use super::{Named, is_embedded, named};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};

/// Holds a requirement against the one it refines: what it asks for, and how often; false if it asks for something else.
pub(in crate::tosca::types) fn requirement<'a>(
    types: &Types<'a>,
    (key, body): (View<'a>, View<'a>),
    new: &RequirementDef<'a>,
    old: &RequirementDef<'a>,
    sink: &mut Sink,
) -> bool {
    let name_in = |view: View<'a>| {
        if view.is_map() {
            view.get("type")
        } else {
            Some(view)
        }
    };
    let capability = if body.is_scalar() {
        Some(body)
    } else {
        body.get("capability")
    };
    let relationship = body.get("relationship").and_then(name_in);
    for (words, stated, of, old_type) in [
        ("capability type", capability, new.capability, old.capability),
        ("node type", body.get("node"), new.node, old.node),
        (
            "relationship type",
            relationship,
            new.relationship,
            old.relationship,
        ),
    ] {
        let Some(stated) = stated else { continue };
        let anew = Named { words, stated, of };
        if !named(types, key, &anew, (old_type, old.key), sink) {
            return false;
        }
    }
    if let Some(stated) = body.get("occurrences") {
        occurrences(
            types,
            key,
            (stated, old.key),
            (new.least, new.most),
            (old.least, old.most),
            sink,
        );
    }
    true
}

/// Holds how often something occurs, as `stated`, against how often it does where it is inherited from. A warning: real
/// types do so in every version, and mostly make optional what is not.
pub(in crate::tosca::types) fn occurrences<'a>(
    types: &Types<'a>,
    key: View<'a>,
    (stated, inherited): (View<'a>, View<'a>),
    new: (u64, Option<u64>),
    old: (u64, Option<u64>),
    sink: &mut Sink,
) {
    let within = new.0 >= old.0 && old.1.is_none_or(|old| new.1.is_some_and(|new| new <= old));
    if within || is_embedded(types, key) {
        return;
    }
    let name = key.text().unwrap_or_default();
    let range = |(least, most): (u64, Option<u64>)| match most {
        Some(most) => format!("[ {least}, {most} ]"),
        None => format!("[ {least}, UNBOUNDED ]"),
    };
    let mut fault = Diagnostic::new(
        &codes::INCOMPATIBLE_REFINEMENT,
        stated.span(),
        format!(
            "`{name}` is inherited with the occurrences `{}`, and `{}` is not within them",
            range(old),
            range(new)
        ),
    )
    .note("who knows only the parent type counts on what that says")
    .help("stay within the inherited range, or widen it where it is inherited from")
    .related(inherited.span(), "it is inherited from here");
    fault.severity = Severity::Warning;
    sink.push(fault);
}
