//! What a node type says anew about a capability's type, and lists of types that a derived type makes narrower.

use std::collections::HashSet;

use super::super::super::view::View;
use super::super::{TypeId, TypeKind, Types, listing, only};
use super::is_embedded;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, did_you_mean};

/// Holds the properties or attributes (`words`) that a capability definition states against those of the capability's
/// type: it may refine them, not add to them (TOSCA 2.0, section 8.2). Versions before say less of it: a warning.
pub(in crate::tosca::types) fn members<'a>(
    types: &Types<'a>,
    of: TypeId,
    body: View<'a>,
    (words, is_known): (&'static str, &dyn Fn(&str) -> bool),
    sink: &mut Sink,
) {
    let (section, code) = match words {
        "property" => ("properties", &codes::UNKNOWN_PROPERTY),
        _ => ("attributes", &codes::UNKNOWN_ATTRIBUTE),
    };
    for (key, name, body) in body.entries_of(section) {
        // One that neither is there nor has a type of its own is told as one without a type.
        if is_known(name) || is_embedded(types, key) || body.key("type").is_none() {
            continue;
        }
        let all = types.all(of, |of| match words {
            "property" => &of.properties,
            _ => &of.attributes,
        });
        let names = all.iter().map(|(name, _)| *name);
        let of = types.get(of);
        let mut fault = Diagnostic::new(
            code,
            key.span(),
            format!("capability type `{}` has no {words} `{name}`", of.name),
        )
        .note(format!(
            "it {}; a node type refines what the capability's type has",
            listing(names.clone())
        ))
        .help(
            did_you_mean(name, names)
                .unwrap_or_else(|| format!("define `{name}` in a type that is derived from `{}`", of.name)),
        )
        .related(of.key.span(), format!("`{}` is defined here", of.name));
        fault.severity = Severity::Warning;
        sink.push(fault);
    }
}

/// Holds a list of types (`valid_source_types`, `members` and the like) against the one that it refines: each must be one
/// of those, or derived from one. A list with a name that is not known may hold anything.
pub(in crate::tosca::types) fn list<'a>(
    types: &Types<'a>,
    section: &str,
    (own, inherited): (View<'a>, View<'a>),
    kinds: &[TypeKind],
    sink: &mut Sink,
) {
    let find = |item: View<'a>| {
        let (file, name) = (types.forest.file_of(item), item.name()?);
        kinds.iter().find_map(|&kind| types.scopes.find(file, kind, name))
    };
    let Some(taken) = inherited.items().map(find).collect::<Option<Vec<TypeId>>>() else {
        return;
    };
    if taken.is_empty() || is_embedded(types, own) {
        return;
    }
    let taken: HashSet<&str> = taken.into_iter().map(|of| types.get(of).name).collect();
    for item in own.items() {
        let Some(of) = find(item).filter(|&of| !types.get(of).open) else {
            continue;
        };
        if types.chain(of).any(|of| taken.contains(of.name)) {
            continue;
        }
        let mut fault = Diagnostic::new(
            &codes::INCOMPATIBLE_REFINEMENT,
            item.span(),
            format!(
                "`{}` is not within the `{section}` that are inherited",
                types.get(of).name
            ),
        )
        .note(format!(
            "these are {}; a derived type may only narrow them",
            only(inherited)
        ))
        .help("name one of these types or a type derived from one, or widen the list that is inherited")
        .related(inherited.span(), "they are inherited from here");
        fault.severity = Severity::Warning;
        sink.push(fault);
    }
}
