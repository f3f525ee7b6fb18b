//! Paths that go on inside of a value: names of properties, keys of maps, numbers of items.

use serde_json::Value;

use super::super::types::{PropertyDef, Types, listing};
use super::super::value::{Builtin, Of, Schema, coerce};
use super::super::view::View;
use super::call::{Call, Function};
use super::entity::{Found, schema_of};
use super::evaluate::{Evaluator, Here, Stop, Term};
use super::path::follow;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, did_you_mean};

impl<'a> Evaluator<'_, 'a> {
    /// `get_property` and `get_attribute`.
    pub(super) fn member(
        &mut self,
        call: Call<'a>,
        list: &[View<'a>],
        here: Here,
        sink: &mut Sink,
    ) -> Result<Term, Stop> {
        let service = self.service;
        let found = match follow(service, call.function, list, here) {
            Ok(found) => found,
            Err(fault) => {
                let undeclared = self.undeclared(call, list, here);
                let stop = self.tell(*fault, sink);
                return undeclared.ok_or(stop);
            }
        };
        let (def, rest) = match &found {
            Found::Value { def, rest, .. }
            | Found::Unset(def, rest)
            | Found::Open(def, rest)
            | Found::Runtime { def, rest, .. } => (*def, rest.as_slice()),
            Found::Unknown => return Err(Stop::Unknown),
        };
        if let Some(mut fault) = def.and_then(|def| leads_nowhere(&service.types, def, rest)) {
            if call.function == Function::GetAttribute {
                fault.severity = Severity::Warning;
            }
            return Err(self.tell(fault, sink));
        }
        match found {
            Found::Value {
                view,
                def,
                here: of_owner,
                rest,
                of,
            } => {
                let value = self.term(view, schema_of(def), of_owner, sink)?;
                let value = self.or_given(call, of, value);
                let value = self.inside(value, &rest, sink)?;
                // A property is the same for all instances, unless it is made of what they do not share.
                match value {
                    Term::Value(_) => Ok(value),
                    value => self.seen_from(here, of.0, value),
                }
            }
            Found::Unset(..) => Err(Stop::Unset),
            Found::Runtime { def, first, rest, of } => {
                let value = self.attribute(call, of, first.map(|first| (first, schema_of(def))), sink)?;
                let value = self.inside(value, &rest, sink)?;
                self.seen_from(here, of.0, value)
            }
            Found::Open(..) | Found::Unknown => Err(Stop::Unknown),
        }
    }

    /// Whether a call reads a value that already is not what it is declared as: that is reported where it stands.
    pub(in crate::tosca) fn reads_misfit(&self, view: View<'a>, value: &Value, here: Here) -> bool {
        let Some(call) = Call::of(view).filter(|call| call.function == Function::GetProperty) else {
            return false;
        };
        match follow(self.service, call.function, &call.list(), here) {
            Ok(Found::Value {
                def: Some(def), rest, ..
            }) => rest.is_empty() && coerce(&self.service.types, value, &def.schema).is_err(),
            _ => false,
        }
    }

    /// Evaluates a value and goes on into it.
    pub(super) fn navigate(
        &mut self,
        view: View<'a>,
        schema: Option<&Schema<'a>>,
        here: Here,
        rest: &[View<'a>],
        sink: &mut Sink,
    ) -> Result<Term, Stop> {
        let whole = self.term(view, schema, here, sink)?;
        self.inside(whole, rest, sink)
    }

    /// Goes on into a value: keys of maps, numbers of items.
    pub(super) fn inside(&mut self, whole: Term, rest: &[View<'a>], sink: &mut Sink) -> Result<Term, Stop> {
        let mut value = match whole {
            Term::Value(value) => value,
            whole if rest.is_empty() => return Ok(whole),
            whole => {
                let path = rest.iter().map(|step| step.text().map(str::to_owned));
                return Ok(Term::Inside {
                    of: Box::new(whole),
                    path: path.collect::<Option<_>>().ok_or(Stop::Unknown)?,
                });
            }
        };
        for step in rest {
            let Some(name) = step.text() else {
                return Err(Stop::Unknown);
            };
            let next = match &mut value {
                Value::Object(entries) => entries.get_mut(name).map(Value::take),
                Value::Array(items) => name
                    .parse()
                    .ok()
                    .and_then(|at: usize| items.get_mut(at))
                    .map(Value::take),
                // A scalar has nothing inside.
                _ => None,
            };
            if let Some(next) = next {
                value = next;
                continue;
            }
            let known: Vec<&str> = match &value {
                Value::Object(entries) => entries.keys().map(String::as_str).collect(),
                Value::Array(items) if name.parse::<usize>().is_ok() => {
                    return Err(self.tell(no_item(*step, name, items.len()), sink));
                }
                _ => Vec::new(),
            };
            let Some(near) = did_you_mean(name, known) else {
                return Err(Stop::Unset);
            };
            let fault = Diagnostic::new(
                &codes::UNKNOWN_PATH,
                step.span(),
                format!("the value has no `{name}` inside"),
            );
            return Err(self.tell(fault.help(near), sink));
        }
        Ok(Term::Value(value))
    }
}

fn no_item(at: View<'_>, number: &str, count: usize) -> Diagnostic {
    let items = match count {
        0 => "none".to_owned(),
        1 => "only the item 0".to_owned(),
        count => format!("the items 0 to {}", count - 1),
    };
    let mut fault = Diagnostic::new(
        &codes::UNKNOWN_PATH,
        at.span(),
        format!("the list has no item {number}"),
    );
    // Another value may be given from outside.
    fault.severity = Severity::Warning;
    fault
        .note(format!("it has {items}"))
        .help("items are counted from 0")
}

/// What is wrong with a path into a value by the type that is declared for it.
pub(super) fn leads_nowhere<'a>(
    types: &Types<'a>,
    def: &PropertyDef<'a>,
    path: &[View<'a>],
) -> Option<Diagnostic> {
    let mut schema = &def.schema;
    let mut of = def.key.text().unwrap_or_default();
    let mut defined = def.key;
    for step in path {
        // A call in a path is left to who reads it.
        let name = step.text()?;
        let base = schema.base(types);
        match (schema.of, base) {
            (Of::Data(id), None) => {
                let all = types.all(id, |of| &of.properties);
                if types.get(id).open || all.is_empty() {
                    return None;
                }
                let Some(property) = types.property(id, name) else {
                    let names = all.iter().map(|(name, _)| *name);
                    let data = types.get(id);
                    let fault = Diagnostic::new(
                        &codes::UNKNOWN_PATH,
                        step.span(),
                        format!("`{of}` has no property `{name}`"),
                    )
                    .note(format!("data type `{}` {}", data.name, listing(names.clone())))
                    .help(
                        did_you_mean(name, names)
                            .unwrap_or_else(|| format!("name one that `{}` defines", data.name)),
                    );
                    return Some(fault.related(data.key.span(), format!("`{}` is defined here", data.name)));
                };
                schema = &property.schema;
                of = name;
                defined = property.key;
            }
            // A string that holds a document may be looked into by who knows it.
            (Of::Any, _) | (_, None | Some(Builtin::Range)) | (Of::Data(_), Some(Builtin::String)) => {
                return None;
            }
            (_, Some(Builtin::Map)) => schema = schema.entry.as_deref()?,
            (_, Some(Builtin::List)) => {
                if name.parse::<usize>().is_err() {
                    let fault = Diagnostic::new(
                        &codes::UNKNOWN_PATH,
                        step.span(),
                        format!("`{of}` is a list, and `{name}` is no number of an item"),
                    );
                    return Some(
                        fault
                            .help("write the number of the item; the first is 0")
                            .related(defined.span(), "declared here"),
                    );
                }
                schema = schema.entry.as_deref()?;
            }
            (_, Some(_)) => {
                let fault = Diagnostic::new(
                    &codes::UNKNOWN_PATH,
                    step.span(),
                    format!(
                        "`{of}` is of type `{}`, so there is no `{name}` inside",
                        schema.name(types)
                    ),
                );
                return Some(
                    fault
                        .help(format!("end the path at `{of}`"))
                        .related(defined.span(), "declared here"),
                );
            }
        }
    }
    None
}
