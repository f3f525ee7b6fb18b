//! Refinement: what a derived type says anew about something it inherits may only be narrower (Simple Profile 1.3,
//! sections 3.6.10 and 3.7: a value of the derived type must pass where one of its parent is expected).

mod capability;
mod requirement;

use super::super::Version;
use super::super::value::{Of, Schema};
use super::super::view::View;
use super::{PropertyDef, TypeId, Types};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};

pub(super) use capability::{list, members};
pub(super) use requirement::{occurrences, requirement};

/// Holds a property, attribute or parameter against the one it refines.
pub(in crate::tosca::types) fn property<'a>(
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
pub(in crate::tosca::types) struct Named<'a> {
    pub(in crate::tosca::types) words: &'static str,
    pub(in crate::tosca::types) stated: View<'a>,
    pub(in crate::tosca::types) of: Option<TypeId>,
}

/// Holds a type that is named anew (of a capability, an interface) against the one that is inherited; false if it is not
/// one derived from that, which is reported.
pub(in crate::tosca::types) fn named<'a>(
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
