//! Whether a filter makes sense: what it names is there, and its clauses suit.

use super::super::types::{PropertyDef, TypeId, Types, listing};
use super::super::value::{Of, What, check_clause};
use super::super::view::View;
use super::{capabilities, capability, clauses, properties};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink, codes, did_you_mean};

/// Holds a filter against the node type that it chooses from. True if nodes of that type may hold to it.
pub(in crate::tosca) fn check<'a>(types: &Types<'a>, filter: View<'a>, of: TypeId, sink: &mut Sink) -> bool {
    if types.get(of).open {
        return true;
    }
    let before = sink.diagnostics().len();
    for (key, name, _) in capabilities(filter) {
        let known = |of| capability(types, of, key, name).is_some();
        if !known(of) && !types.derived_from(of).any(known) {
            let all = types.all(of, |of| &of.capabilities);
            let names = all.iter().map(|(name, _)| *name);
            unknown(types, &codes::UNKNOWN_CAPABILITY, (key, name), of, &names, sink);
        }
    }
    for property in properties(filter) {
        let (key, name) = (property.key, property.name);
        let Some(part) = property.part else {
            match types.property(of, name) {
                Some(def) => suits(types, name, def, property.value, sink),
                None if types
                    .derived_from(of)
                    .any(|of| types.property(of, name).is_some()) => {}
                None => {
                    let all = types.all(of, |of| &of.properties);
                    let names = all.iter().map(|(name, _)| *name);
                    unknown(types, &codes::UNKNOWN_PROPERTY, (key, name), of, &names, sink);
                }
            }
            continue;
        };
        let found = capability(types, of, key, part).filter(|(_, found)| !found.is_open(types));
        let Some((_, capability)) = found else {
            continue;
        };
        match (capability.property(types, name), capability.of) {
            (Some(def), _) => suits(types, name, def, property.value, sink),
            (None, Some(of)) => {
                if types
                    .derived_from(of)
                    .any(|of| types.property(of, name).is_some())
                {
                    continue;
                }
                let inherited = types.all(of, |of| &of.properties);
                let names = inherited.iter().map(|(name, _)| *name);
                unknown(types, &codes::UNKNOWN_PROPERTY, (key, name), of, &names, sink);
            }
            (None, None) => {}
        }
    }
    sink.diagnostics().len() == before
}

/// Whether the clauses suit the type of the property.
fn suits<'a>(types: &Types<'a>, name: &str, def: &PropertyDef<'a>, value: View<'a>, sink: &mut Sink) {
    let known = match def.schema.of {
        Of::Any => false,
        Of::Builtin(_) => true,
        Of::Data(id) => !types.get(id).open,
    };
    for clause in clauses(value).filter(|_| known).unwrap_or_default() {
        let base = def.schema.base(types);
        let place = (clause.key, clause.operator, clause.bound);
        check_clause(place, base, def.schema.name(types), What("property", name), sink);
    }
}

/// Other files may define types that have it, so that the filter is not wrong; but nothing here can hold to it. What is
/// almost a name that is there is a slip.
fn unknown<'a, 'n>(
    types: &Types<'a>,
    code: &'static Code,
    (key, name): (View<'a>, &str),
    of: TypeId,
    known: &(impl Iterator<Item = &'n str> + Clone),
    sink: &mut Sink,
) {
    let of = types.get(of);
    let words = if code == &codes::UNKNOWN_PROPERTY {
        "property"
    } else {
        "capability"
    };
    let near = did_you_mean(name, known.clone());
    let severity = if near.is_some() {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut fault = Diagnostic::new(
        code,
        key.span(),
        format!("the filter asks for an unknown {words} `{name}`"),
    )
    .note(format!(
        "nothing can hold to it: {} `{}` {}",
        of.kind.words(),
        of.name,
        listing(known.clone())
    ))
    .help(near.unwrap_or_else(|| format!("remove it, or name a {words} that `{}` defines", of.name)))
    .related(of.key.span(), format!("`{}` is defined here", of.name));
    fault.severity = severity;
    sink.push(fault);
}
