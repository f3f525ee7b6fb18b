//! Attributes that templates give a first value: whether they are defined, and of the right type.

use super::super::types::{PropertyDef, TypeId, Types};
use super::super::value::{Checker, What};
use super::super::view::View;
use super::unknown;
use crate::diagnostic::{Sink, codes};

/// Checks the `attributes` in `body` against type `of`. `refined` finds what the place itself adds to the type; every
/// property is an attribute too.
pub(super) fn check<'a: 'd, 'd>(
    types: &'d Types<'a>,
    of: TypeId,
    body: View<'a>,
    refined: impl Fn(&str) -> Option<&'d PropertyDef<'a>>,
    sink: &mut Sink,
) {
    if types.get(of).open {
        return;
    }
    for (key, name, value) in body.entries_of("attributes") {
        let found = refined(name)
            .or_else(|| types.attribute(of, name))
            .or_else(|| types.property(of, name));
        match found {
            Some(def) => {
                let checker = Checker {
                    types,
                    what: What("attribute", name),
                    defined: def.key.span(),
                };
                checker.check(assigned(value), &def.schema, sink);
            }
            None => report_unknown(types, of, key, name, sink),
        }
    }
}

/// The value itself: the long form has it beside a description (Simple Profile 1.3, section 3.6.13).
fn assigned(value: View<'_>) -> View<'_> {
    let is_long = value
        .entries()
        .all(|(_, key, _)| matches!(key, "value" | "description"));
    value.get("value").filter(|_| is_long).unwrap_or(value)
}

fn report_unknown<'a>(types: &Types<'a>, of: TypeId, key: View<'a>, name: &str, sink: &mut Sink) {
    let known = types.all(of, |of| &of.attributes);
    let names = known.iter().map(|(name, _)| *name).collect();
    let member = ("attribute", &codes::UNKNOWN_ATTRIBUTE);
    sink.push(unknown::member(types.get(of), key, name, member, names));
}
