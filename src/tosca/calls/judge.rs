//! Holds what calls give against what is declared.

use serde_json::Value;

use super::super::function::{Here, failed_call, is_call};
use super::super::template::shown;
use super::super::types::PropertyDef;
use super::super::value::{Checker, Misfit, Of, Schema, What, coerce};
use super::super::view::View;
use super::Calls;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};

impl<'a> Calls<'_, '_, 'a> {
    /// Evaluates the calls in the value of a property, and holds what each gives against its definition, if there is one.
    pub(super) fn property(
        &mut self,
        name: &str,
        value: View<'a>,
        def: Option<&PropertyDef<'a>>,
        here: Here,
        sink: &mut Sink,
    ) {
        let place = (What("property", name), def.map_or(value, |def| def.key));
        self.judge(value, def.map(|def| &def.schema), place, here, sink);
    }

    /// Evaluates the calls in a value, and holds what each gives against its schema.
    pub(super) fn judge(
        &mut self,
        view: View<'a>,
        schema: Option<&Schema<'a>>,
        place: (What<'_>, View<'a>),
        here: Here,
        sink: &mut Sink,
    ) {
        if is_call(view) {
            let value = self.values.value(view, None, here, sink);
            if let (Ok(value), Some(schema)) = (value, schema)
                && !self.values.reads_misfit(view, &value, here)
            {
                self.hold(view, &value, schema, place, sink);
            }
            return;
        }
        if schema.is_none_or(|schema| schema.of == Of::Any) {
            self.misspelt(view, sink);
        }
        let entry = schema.and_then(|schema| schema.entry.as_deref());
        if view.is_list() {
            for item in view.items() {
                self.judge(item, entry, place, here, sink);
            }
            return;
        }
        let types = &self.values.service.types;
        let data = schema.and_then(|schema| match schema.of {
            Of::Data(id) => Some(id),
            _ => None,
        });
        for (_, name, value) in view.entries() {
            let property = data.and_then(|id| types.property(id, name));
            match property {
                Some(_) => self.property(name, value, property, here, sink),
                None => self.judge(value, entry, place, here, sink),
            }
        }
    }

    /// What nothing is declared for may be any map; but one whose only key is almost `get_property` is a call.
    fn misspelt(&mut self, view: View<'a>, sink: &mut Sink) {
        let mut key = view.only_entry().into_iter();
        if key.any(|(_, name, _)| name.starts_with("get_") || name.starts_with('$'))
            && let Some(fault) = failed_call(view)
        {
            self.values.tell(fault, sink);
        }
    }

    fn hold(
        &mut self,
        view: View<'a>,
        value: &Value,
        schema: &Schema<'a>,
        (what, defined): (What<'_>, View<'a>),
        sink: &mut Sink,
    ) {
        let types = &self.values.service.types;
        let checker = Checker {
            types,
            what,
            defined: defined.span(),
        };
        // That is reported already.
        if value.is_null() || checker.mismatch(view, schema).is_some() {
            return;
        }
        let Err(Misfit { breaks, why }) = coerce(types, value, schema) else {
            return;
        };
        let (function, argument) = view
            .only_entry()
            .map_or(("", view), |(_, name, argument)| (name, argument));
        let gives = format!("`{function}` gives `{}` here, which", shown(value));
        let mut fault = if breaks {
            Diagnostic::new(
                &codes::VIOLATED_CONSTRAINT,
                view.span(),
                format!("{gives} breaks a constraint of {what}"),
            )
        } else {
            let of = schema.name(types);
            Diagnostic::new(
                &codes::WRONG_TYPE,
                view.span(),
                format!("{gives} is not of type `{of}`, as declared for {what}"),
            )
        };
        // An input may be given another value than its default.
        let input = argument
            .text()
            .and_then(|name| self.values.service.inputs.get(name));
        let from = match input.filter(|_| function == "get_input") {
            Some(input) if input.given.is_none() => {
                fault.severity = Severity::Warning;
                Some((input.def.default.unwrap_or(input.def.key), "its default is here"))
            }
            _ => None,
        };
        fault = fault
            .note(why)
            .help("change what it reads, or what is declared")
            .related(defined.span(), "declared here");
        if let Some((place, words)) = from {
            fault = fault.related(place.span(), words);
        }
        self.values.tell(fault, sink);
    }
}
