//! The properties of one thing: unknown ones, wrong values, and required ones that are missing.

use super::super::types::{PropertyDef, Type, Types, listing};
use super::super::view::View;
use super::{Builtin, Checker, Of, What, check_status};
use crate::diagnostic::{Diagnostic, Sink, codes, nearest};
use crate::source::Span;

/// Whose properties are checked.
#[derive(Clone, Copy, Debug)]
pub(in crate::tosca) struct Owner<'s> {
    /// The type's name.
    pub(in crate::tosca) name: &'s str,
    /// "node type", "data type".
    pub(in crate::tosca) words: &'s str,
    /// Where the type is defined.
    pub(in crate::tosca) defined: Span,
    /// Where missing properties are reported.
    pub(in crate::tosca) at: Span,
    /// What lacks them, by its name.
    pub(in crate::tosca) subject: Option<&'s str>,
    pub(in crate::tosca) within: Within<'s>,
}

impl<'s> Owner<'s> {
    /// What is of the type `of`; it stands at `at`, and is called `subject`.
    pub(in crate::tosca) fn of(
        of: &Type<'s>,
        at: Span,
        subject: Option<&'s str>,
        within: Within<'s>,
    ) -> Self {
        Self {
            name: of.name,
            words: of.kind.words(),
            defined: of.key.span(),
            at,
            subject,
            within,
        }
    }
}

/// Where missing properties are to be written.
#[derive(Clone, Copy, Debug)]
pub(in crate::tosca) enum Within<'s> {
    /// Under `properties`.
    Properties,
    /// Under `properties` of this part: a capability, the relationship of a requirement.
    Part(&'s str),
    /// In the value itself.
    Value,
}

/// Checks the properties in the map `given` against those that are defined, which `find` looks up by name.
pub(in crate::tosca) fn properties<'a: 'd, 'd>(
    types: &Types<'a>,
    given: Option<View<'a>>,
    owner: &Owner<'_>,
    find: impl Fn(&str) -> Option<&'d PropertyDef<'a>>,
    all: &[(&'a str, &'d PropertyDef<'a>)],
    sink: &mut Sink,
) {
    // What was meant is not missing, it is misspelt.
    let mut meant = Vec::new();
    for (key, name, value) in given.into_iter().flat_map(View::entries) {
        let Some(property) = find(name) else {
            let near = nearest(name, all.iter().map(|(name, _)| *name));
            meant.extend(near);
            sink.push(unknown(key, name, near, owner, all));
            continue;
        };
        let checker = Checker {
            types,
            what: What("property", name),
            defined: property.key.span(),
        };
        let may_be_null = matches!(property.schema.of, Of::Any | Of::Builtin(Builtin::Null));
        if value.is_null() && property.required && property.default.is_none() && !may_be_null {
            sink.push(nothing(key, name, property, owner));
        }
        checker.check(value, &property.schema, sink);
        check_status(key, checker.what, property, sink);
    }
    for (name, property) in all {
        let is_given = || given.is_some_and(|given| given.key(name).is_some()) || meant.contains(name);
        if property.required && property.default.is_none() && !is_given() {
            sink.push(missing(name, property, owner));
        }
    }
}

fn missing(name: &str, property: &PropertyDef<'_>, owner: &Owner<'_>) -> Diagnostic {
    let message = match owner.subject {
        Some(subject) => format!("`{subject}` lacks the required property `{name}`"),
        None => format!("the required property `{name}` is missing"),
    };
    Diagnostic::new(&codes::MISSING_PROPERTY, owner.at, message)
        .note(format!("{} `{}` requires it", owner.words, owner.name))
        .help(match owner.within {
            Within::Properties => format!("add `{name}:` with a value under `properties`"),
            Within::Part(part) => format!("add `{name}:` with a value under `properties` of `{part}`"),
            Within::Value => format!("add `{name}:` with a value here"),
        })
        .related(property.key.span(), format!("`{name}` is defined here"))
}

/// Its name stands there, with nothing behind it.
fn nothing(key: View<'_>, name: &str, property: &PropertyDef<'_>, owner: &Owner<'_>) -> Diagnostic {
    let message = format!("the required property `{name}` has no value");
    Diagnostic::new(&codes::MISSING_PROPERTY, key.span(), message)
        .note(format!("{} `{}` requires it", owner.words, owner.name))
        .help(format!("write a value behind `{name}:`"))
        .related(property.key.span(), format!("`{name}` is defined here"))
}

fn unknown(
    key: View<'_>,
    name: &str,
    near: Option<&str>,
    owner: &Owner<'_>,
    all: &[(&str, &PropertyDef<'_>)],
) -> Diagnostic {
    Diagnostic::new(
        &codes::UNKNOWN_PROPERTY,
        key.span(),
        format!("unknown property `{name}`"),
    )
    .note(format!(
        "{} `{}` {}",
        owner.words,
        owner.name,
        listing(all.iter().map(|(name, _)| *name))
    ))
    .help(near.map_or_else(
        || format!("remove it, or define it under `properties` of `{}`", owner.name),
        |near| format!("did you mean `{near}`?"),
    ))
    .related(owner.defined, format!("`{}` is defined here", owner.name))
}
