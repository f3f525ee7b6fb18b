//! Whether a value fits its schema.

use std::fmt;

use super::super::types::{TypeId, Types};
use super::super::view::View;
use super::super::{extension, function};
use super::constraint::broken;
use super::properties::{Owner, Within, properties};
use super::scalar::{fits, looks_typed};
use super::typed::explain;
use super::{Builtin, Of, Schema, Subject, markup};
use crate::diagnostic::{Diagnostic, Sink, codes, nearest};
use crate::source::Span;

/// What a value is for: "property `port`".
#[derive(Clone, Copy, Debug)]
pub(in crate::tosca) struct What<'s>(pub(in crate::tosca) &'static str, pub(in crate::tosca) &'s str);

impl fmt::Display for What<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.0, self.1)
    }
}

/// Checks values. Functions in them are not looked into: their results are judged where they are evaluated.
#[derive(Clone, Copy, Debug)]
pub(in crate::tosca) struct Checker<'s, 'a> {
    pub(in crate::tosca) types: &'s Types<'a>,
    /// What the value is for.
    pub(in crate::tosca) what: What<'s>,
    /// Where that is defined.
    pub(in crate::tosca) defined: Span,
}

impl<'a> Checker<'_, 'a> {
    /// Reports everything in `value` that does not fit.
    pub(in crate::tosca) fn check(&self, value: View<'a>, schema: &Schema<'a>, sink: &mut Sink) {
        if value.is_null() || value.is_error() {
            return;
        }
        if function::is_call(value) {
            self.check_call(value, schema, sink);
            return;
        }
        if extension::is_call(self.types.forest, value) {
            if let Some(warning) = extension::called(value) {
                sink.push(warning);
            }
            return;
        }
        match schema.of {
            Of::Any => {}
            Of::Builtin(builtin) => self.check_builtin(value, builtin, schema, sink),
            Of::Data(id) => self.check_data(value, id, schema, sink),
        }
    }

    /// The function and the two types, where what a function gives can never be what is declared: a text for a list, a
    /// list for a number. Which texts a function gives is seen where it is evaluated.
    pub(in crate::tosca) fn mismatch(
        &self,
        value: View<'a>,
        schema: &Schema<'a>,
    ) -> Option<(&'static str, Builtin, Builtin)> {
        let (function, gives) = function::result(self.types, value)?;
        let wanted = match schema.of {
            Of::Any => return None,
            Of::Builtin(builtin) => builtin,
            // A structure is written as a map; json and xml may be written as anything.
            Of::Data(id) => match self.types.get(id) {
                of if of.open || of.builtin == Some(Builtin::String) => return None,
                of => of.builtin.unwrap_or(Builtin::Map),
            },
        };
        let shape = |of| match of {
            Builtin::List | Builtin::Range => 1,
            Builtin::Map => 2,
            _ => 0,
        };
        (shape(gives) != shape(wanted)).then_some((function, gives, wanted))
    }

    fn check_call(&self, value: View<'a>, schema: &Schema<'a>, sink: &mut Sink) {
        let Some((function, gives, wanted)) = self.mismatch(value, schema) else {
            return;
        };
        let declared = schema.name(self.types);
        sink.push(
            Diagnostic::new(
                &codes::WRONG_TYPE,
                value.span(),
                format!(
                    "`{function}` gives a value of type `{}`, but {} is of type `{declared}`",
                    gives.as_str(),
                    self.what
                ),
            )
            .help(format!("give {}", wanted.example()))
            .related(self.defined, "declared here"),
        );
    }

    fn check_builtin(&self, value: View<'a>, builtin: Builtin, schema: &Schema<'a>, sink: &mut Sink) {
        let fitting = match builtin {
            Builtin::List => value.is_list(),
            Builtin::Map => value.is_map(),
            Builtin::Range => {
                value.is_list()
                    && (Subject::Written(value).interval().is_some() || value.items().any(function::is_call))
            }
            _ => value.text().is_some_and(|text| fits(text, builtin)),
        };
        if !fitting && let Some(fault) = function::failed_call(value) {
            sink.push(fault);
            return;
        }
        if !fitting {
            let why = match value.text() {
                Some(text) => explain(text, builtin),
                None if builtin == Builtin::Range => {
                    Some("a range has two whole numbers, the lower one first".to_owned())
                }
                None => None,
            };
            self.wrong(value, builtin.example(), why, schema, sink);
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
        self.within(value, builtin, schema, sink);
    }

    /// Entries, keys and constraints of a value that is of the built-in type.
    fn within(&self, value: View<'a>, builtin: Builtin, schema: &Schema<'a>, sink: &mut Sink) {
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
        self.constrain(value, Some(builtin), &schema.constraints, sink);
    }

    fn check_data(&self, value: View<'a>, id: TypeId, schema: &Schema<'a>, sink: &mut Sink) {
        let of = self.types.get(id);
        if let Some(builtin) = of.builtin {
            // json and xml are strings in the standard; templates also write the structure itself.
            let document = self.types.chain(id).find_map(|of| match of.name {
                "tosca.datatypes.json" => Some((
                    markup::json as fn(&str) -> _,
                    "JSON in quotes, as in `'{ \"a\": 1 }'`",
                )),
                "tosca.datatypes.xml" => Some((markup::xml as fn(&str) -> _, "XML, as in `<a>1</a>`")),
                _ => None,
            });
            let before = sink.diagnostics().len();
            match document {
                Some((fault, example)) => match value.text().and_then(fault) {
                    Some(why) => self.wrong(value, example, Some(why), schema, sink),
                    None => self.within(value, builtin, schema, sink),
                },
                None => self.check_builtin(value, builtin, schema, sink),
            }
            if sink.diagnostics().len() == before {
                for derived in self.types.chain(id).filter_map(|of| of.value.as_ref()) {
                    self.within(value, builtin, derived, sink);
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
                self.wrong(value, &example, None, schema, sink);
            }
            return;
        }
        let owner = Owner::of(of, value.span(), None, Within::Value);
        let all = self.types.all(id, |of| &of.properties);
        if let Some(fault) = function::failed_call(value)
            && let Some((_, name, _)) = value.only_entry()
            && !all.is_empty()
            && nearest(name, all.iter().map(|(name, _)| *name)).is_none()
        {
            sink.push(fault);
            return;
        }
        properties(
            self.types,
            Some(value),
            &owner,
            |name| self.types.property(id, name),
            &all,
            sink,
        );
        self.constrain(value, None, &schema.constraints, sink);
    }

    fn constrain(&self, value: View<'a>, base: Option<Builtin>, constraints: &[View<'a>], sink: &mut Sink) {
        let clauses = constraints.iter().flat_map(|clauses| clauses.items());
        for item in clauses {
            // A bare value is short for `equal`.
            let (clause, bound) = match item.only_entry() {
                Some((_, clause, bound)) => (clause, bound),
                None if item.is_scalar() => ("equal", item),
                None => continue,
            };
            let Some(why) = broken(
                self.types,
                Subject::Written(value),
                base,
                clause,
                Subject::Written(bound),
            ) else {
                continue;
            };
            let shown = value
                .text()
                .filter(|text| text.chars().count() <= 60 && !text.contains('\n'))
                .map_or("this value ".to_owned(), |text| format!("`{text}` "));
            sink.push(
                Diagnostic::new(
                    &codes::VIOLATED_CONSTRAINT,
                    value.span(),
                    format!("{shown}breaks the constraint `{clause}` of {}", self.what),
                )
                .note(why.why)
                .help(
                    why.near
                        .unwrap_or_else(|| "write a value within the constraint".to_owned()),
                )
                .related(bound.span(), "the constraint is here"),
            );
        }
    }

    fn wrong(
        &self,
        value: View<'a>,
        expected: &str,
        why: Option<String>,
        schema: &Schema<'a>,
        sink: &mut Sink,
    ) {
        let have = match value.text() {
            Some(text) if text.chars().count() <= 60 && !text.contains('\n') => format!("`{text}`"),
            Some(_) => "this text".to_owned(),
            None if value.is_list() => "a list".to_owned(),
            None => "a map".to_owned(),
        };
        let mut fault = Diagnostic::new(
            &codes::WRONG_TYPE,
            value.span(),
            format!(
                "{have} is not of type `{}`, as declared for {}",
                schema.name(self.types),
                self.what
            ),
        )
        .help(format!("write {expected}"))
        .related(self.defined, "declared here");
        fault.note = why;
        sink.push(fault);
    }
}
