//! Refinement: what a derived type says anew about something it inherits may only be narrower (Simple Profile 1.3,
//! sections 3.6.10 and 3.7: a value of the derived type must pass where one of its parent is expected).

use super::super::Version;
use super::super::value::{Of, Schema};
use super::super::view::View;
use super::{PropertyDef, RequirementDef, TypeId, TypeKind, Types, only};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};

/// Holds a property, attribute or parameter against the one it refines.
pub(super) fn property<'a>(
    types: &Types<'a>,
    key: View<'a>,
    body: View<'a>,
    schema: &Schema<'a>,
    inherited: &PropertyDef<'a>,
    sink: &mut Sink,
) {
    if is_embedded(types, key) {
        return;
    }
    let name = key.text().unwrap_or_default();
    if let Some(named) = body.get("type") {
        entry(types, named, name, schema, &inherited.schema, inherited.key, sink);
        for (keyname, new, old) in [
            ("entry_schema", &schema.entry, &inherited.schema.entry),
            ("key_schema", &schema.key, &inherited.schema.key),
        ] {
            if let (Some(stated), Some(new), Some(old)) = (body.get(keyname), new, old) {
                let named = stated.get("type").unwrap_or(stated);
                entry(types, named, name, new, old, inherited.key, sink);
            }
        }
    }
    if inherited.required
        && let Some(required) = body.get("required")
        && required.text().and_then(crate::grammar::boolean) == Some(false)
    {
        report(
            types,
            key,
            Diagnostic::new(
                &codes::LOOSENED_PROPERTY,
                required.span(),
                format!("`{name}` is required where it is inherited from, and cannot become optional"),
            )
            .note("who knows only the parent type counts on its value")
            .help("remove `required: false`, or make it optional where it is inherited from")
            .related(inherited.key.span(), "it is required here"),
            sink,
        );
    }
}

fn entry<'a>(
    types: &Types<'a>,
    named: View<'a>,
    name: &str,
    new: &Schema<'a>,
    old: &Schema<'a>,
    inherited: View<'a>,
    sink: &mut Sink,
) {
    if is_narrower(types, new.of, old.of) {
        return;
    }
    let was = old.name(types);
    report(
        types,
        named,
        Diagnostic::new(
            &codes::INCOMPATIBLE_REFINEMENT,
            named.span(),
            format!(
                "`{name}` is inherited with the type `{was}`, which `{}` is not derived from",
                new.name(types)
            ),
        )
        .note("a derived type may only narrow what it inherits")
        .help(format!(
            "write `{was}` or a type derived from it, or use another name"
        ))
        .related(inherited.span(), "it is inherited from here"),
        sink,
    );
}

fn is_narrower(types: &Types<'_>, new: Of, old: Of) -> bool {
    match (new, old) {
        (Of::Any, _) | (_, Of::Any) => true,
        (Of::Builtin(new), Of::Builtin(old)) => new == old,
        (Of::Data(new), Of::Builtin(old)) => {
            types.get(new).open || types.chain(new).find_map(|of| of.builtin) == Some(old)
        }
        (Of::Builtin(_), Of::Data(old)) => types.get(old).open,
        (Of::Data(new), Of::Data(old)) => types.get(new).open || types.get(old).open || types.is_a(new, old),
    }
}

/// Versions before 1.3 do not say how much a derived type may change, and many of their files change more: a warning.
fn report(types: &Types<'_>, at: View<'_>, mut fault: Diagnostic, sink: &mut Sink) {
    let file = types.forest.file(types.forest.file_of(at));
    if file.version < Version::Simple13 {
        fault.severity = Severity::Warning;
    }
    sink.push(fault);
}

/// A type that a refinement names: of what it is, where it is named, and which one that is.
pub(super) struct Named<'a> {
    pub(super) words: &'static str,
    pub(super) stated: View<'a>,
    pub(super) of: Option<TypeId>,
}

/// Holds a type that is named anew (of a capability, an interface) against the one that is inherited; false if it is not
/// one derived from that, which is reported.
pub(super) fn named<'a>(
    types: &Types<'a>,
    key: View<'a>,
    new: &Named<'a>,
    (old, inherited): (Option<TypeId>, View<'a>),
    sink: &mut Sink,
) -> bool {
    let (Some(of), Some(old)) = (new.of, old) else {
        return true;
    };
    if types.get(of).open || types.get(old).open || types.is_a(of, old) || is_embedded(types, key) {
        return true;
    }
    let (of, old) = (types.get(of), types.get(old));
    report(
        types,
        key,
        Diagnostic::new(
            &codes::INCOMPATIBLE_REFINEMENT,
            new.stated.span(),
            format!(
                "`{}` is inherited with the {} `{}`, which `{}` is not derived from",
                key.text().unwrap_or_default(),
                new.words,
                old.name,
                of.name
            ),
        )
        .note("a derived type may only narrow what it inherits")
        .help(format!(
            "write `{}` or a type derived from it, or use another name",
            old.name
        ))
        .related(inherited.span(), "it is inherited from here"),
        sink,
    );
    false
}

fn is_embedded(types: &Types<'_>, at: View<'_>) -> bool {
    types.forest.file(types.forest.file_of(at)).embedded
}

/// Holds a requirement against the one it refines: what it asks for, and how often.
pub(super) fn requirement<'a>(
    types: &Types<'a>,
    (key, body): (View<'a>, View<'a>),
    new: &RequirementDef<'a>,
    old: &RequirementDef<'a>,
    sink: &mut Sink,
) {
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
        let named = Named { words, stated, of };
        if !self::named(types, key, &named, (old_type, old.key), sink) {
            // It is another requirement altogether.
            return;
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
}

/// Holds how often something occurs, as `stated`, against how often it does where it is inherited from. A warning: real
/// types do so in every version, and mostly make optional what is not.
pub(super) fn occurrences<'a>(
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

/// Holds a list of types (`valid_source_types`, `members` and the like) against the one that it refines: each must be one
/// of those, or derived from one. A list with a name that is not known may hold anything.
pub(super) fn list<'a>(
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
    for item in own.items() {
        let Some(of) = find(item).filter(|&of| !types.get(of).open) else {
            continue;
        };
        if taken.iter().any(|&taken| types.is_a(of, taken)) {
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
