//! Whether a value fits its schema.

use super::super::function;
use super::super::types::{PropertyDef, TypeId, Types, listing};
use super::super::view::View;
use super::constraint::broken;
use super::scalar::{bounds, fits, looks_typed};
use super::{Builtin, Of, Schema};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::source::Span;

/// Checks values. Functions in them are not looked into: their results are judged where they are evaluated.
#[derive(Clone, Copy, Debug)]
pub(in crate::tosca) struct Checker<'s, 'a> {
    pub(in crate::tosca) types: &'s Types<'a>,
    /// What the value is for, in words: "property `port`".
    pub(in crate::tosca) what: &'s str,
    /// Where that is defined.
    pub(in crate::tosca) defined: Span,
}

impl<'a> Checker<'_, 'a> {
    /// Reports everything in `value` that does not fit.
    pub(in crate::tosca) fn check(&self, value: View<'a>, schema: &Schema<'a>, sink: &mut Sink) {
        if value.is_null() || value.is_error() || function::is_call(value) {
            return;
        }
        match schema.of {
            Of::Any => {}
            Of::Builtin(builtin) => self.check_builtin(value, builtin, schema, sink),
            Of::Data(id) => self.check_data(value, id, schema, sink),
        }
    }

    fn check_builtin(&self, value: View<'a>, builtin: Builtin, schema: &Schema<'a>, sink: &mut Sink) {
        let fitting = match builtin {
            Builtin::List => value.is_list(),
            Builtin::Map => value.is_map(),
            Builtin::Range => {
                value.is_list() && (bounds(value).is_some() || value.items().any(function::is_call))
            }
            _ => value.text().is_some_and(|text| fits(text, builtin)),
        };
        if !fitting {
            self.wrong(value, builtin.example(), schema, sink);
            return;
        }
        if builtin == Builtin::String && looks_typed(value) {
            let text = value.text().unwrap_or_default();
            sink.push(
                Diagnostic::new(
                    &codes::QUOTE_STRING,
                    value.span(),
                    format!("`{text}` is taken as a string"),
                )
                .note(format!(
                    "{} is declared as a string, and YAML reads this otherwise",
                    self.what
                ))
                .help(format!("write \"{text}\" in quotes")),
            );
        }
        if let Some(entry) = &schema.entry {
            match builtin {
                Builtin::List => value.items().for_each(|item| self.check(item, entry, sink)),
                Builtin::Map => value
                    .entries()
                    .for_each(|(_, _, item)| self.check(item, entry, sink)),
                _ => {}
            }
        }
        if let Some(key_schema) = &schema.key
            && builtin == Builtin::Map
        {
            value
                .entries()
                .for_each(|(key, _, _)| self.check(key, key_schema, sink));
        }
        if let Some(constraints) = schema.constraints {
            self.constrain(value, builtin, constraints, sink);
        }
    }

    fn check_data(&self, value: View<'a>, id: TypeId, schema: &Schema<'a>, sink: &mut Sink) {
        let of = self.types.get(id);
        if let Some(builtin) = of.builtin {
            // json and xml are strings in the standard; templates also write the structure itself.
            if !matches!(of.name, "tosca.datatypes.json" | "tosca.datatypes.xml") {
                let before = sink.diagnostics().len();
                self.check_builtin(value, builtin, schema, sink);
                if sink.diagnostics().len() > before {
                    return;
                }
                let chain = self.types.chain(id);
                for constraints in chain.filter_map(|of| of.body.get("constraints")) {
                    self.constrain(value, builtin, constraints, sink);
                }
            }
            return;
        }
        if of.open {
            return;
        }
        if !value.is_map() {
            // A type without properties is a name for "anything" in practice.
            let properties = self.types.all(id, |of| &of.properties);
            if !properties.is_empty() {
                let example = format!("a map with the properties of `{}`", of.name);
                self.wrong(value, &example, schema, sink);
            }
            return;
        }
        let given = value.entries().map(|(key, name, value)| (key, name, Some(value)));
        self.properties(
            given,
            &Owner {
                name: of.name,
                words: "data type",
                defined: of.key.span(),
                at: value.span(),
                within: None,
            },
            |name| self.types.property(id, name),
            &self.types.all(id, |of| &of.properties),
            sink,
        );
    }

    /// Checks given properties against what is defined: unknown ones, values, and required ones that are missing.
    pub(in crate::tosca) fn properties<'d>(
        &self,
        given: impl Iterator<Item = (View<'a>, &'a str, Option<View<'a>>)>,
        owner: &Owner<'_>,
        find: impl Fn(&str) -> Option<&'d PropertyDef<'a>>,
        all: &[(&'a str, &'d PropertyDef<'a>)],
        sink: &mut Sink,
    ) where
        'a: 'd,
    {
        let mut seen = std::collections::HashSet::new();
        for (key, name, value) in given {
            seen.insert(name);
            let Some(property) = find(name) else {
                sink.push(unknown_property(key, name, owner, all));
                continue;
            };
            if let Some(value) = value {
                let what = format!("property `{name}`");
                let inner = Checker {
                    types: self.types,
                    what: &what,
                    defined: property.key.span(),
                };
                inner.check(value, &property.schema, sink);
            }
        }
        let missing: Vec<_> = all
            .iter()
            .filter(|(name, property)| {
                property.required && property.default.is_none() && !seen.contains(name)
            })
            .collect();
        for (name, property) in missing {
            sink.push(
                Diagnostic::new(
                    &codes::MISSING_PROPERTY,
                    owner.at,
                    format!("the required property `{name}` is missing"),
                )
                .note(format!("{} `{}` requires it", owner.words, owner.name))
                .help(match owner.within {
                    Some(within) => format!("add `{name}:` with a value under `properties` of `{within}`"),
                    None => format!("add `{name}:` with a value under `properties`"),
                })
                .related(property.key.span(), format!("`{name}` is defined here")),
            );
        }
    }

    fn constrain(&self, value: View<'a>, base: Builtin, constraints: View<'a>, sink: &mut Sink) {
        for (_, clause, bound) in constraints.items().filter_map(View::only_entry) {
            let Some(why) = broken(value, base, clause, bound) else {
                continue;
            };
            let (why, near) = why
                .split_once("; ")
                .map_or((why.as_str(), None), |(why, near)| (why, Some(near)));
            let shown = value.text().map(|text| format!("`{text}` ")).unwrap_or_default();
            sink.push(
                Diagnostic::new(
                    &codes::VIOLATED_CONSTRAINT,
                    value.span(),
                    format!("{shown}breaks the constraint `{clause}` of {}", self.what),
                )
                .note(why)
                .help(near.unwrap_or("write a value within the constraint"))
                .related(bound.span(), "the constraint is here"),
            );
        }
    }

    fn wrong(&self, value: View<'a>, expected: &str, schema: &Schema<'a>, sink: &mut Sink) {
        let have = match value.text() {
            Some(text) if text.chars().count() <= 60 => format!("`{text}`"),
            Some(_) => "this text".to_owned(),
            None if value.is_list() => "a list".to_owned(),
            None => "a map".to_owned(),
        };
        sink.push(
            Diagnostic::new(
                &codes::WRONG_TYPE,
                value.span(),
                format!("{have} is not of type `{}`", schema.name(self.types)),
            )
            .note(format!("{} is declared with that type", self.what))
            .help(format!("write {expected}"))
            .related(self.defined, "declared here"),
        );
    }
}

/// Whose properties are checked.
#[derive(Clone, Copy, Debug)]
pub(in crate::tosca) struct Owner<'s> {
    pub(in crate::tosca) name: &'s str,
    /// "node type", "data type".
    pub(in crate::tosca) words: &'s str,
    /// Where it is defined.
    pub(in crate::tosca) defined: Span,
    /// Where missing properties are reported.
    pub(in crate::tosca) at: Span,
    /// The part of the thing at that place that they belong to: a capability.
    pub(in crate::tosca) within: Option<&'s str>,
}

fn unknown_property(
    key: View<'_>,
    name: &str,
    owner: &Owner<'_>,
    all: &[(&str, &PropertyDef<'_>)],
) -> Diagnostic {
    let names = all.iter().map(|(name, _)| *name);
    Diagnostic::new(
        &codes::UNKNOWN_PROPERTY,
        key.span(),
        format!("unknown property `{name}`"),
    )
    .note(format!(
        "{} `{}` {}",
        owner.words,
        owner.name,
        listing(names.clone())
    ))
    .help(
        did_you_mean(name, names)
            .unwrap_or_else(|| format!("remove it, or define it under `properties` of `{}`", owner.name)),
    )
    .related(owner.defined, format!("`{}` is defined here", owner.name))
}
