//! `get_input`.

use super::super::view::View;
use super::evaluate::{Evaluator, Here, Stop, Term};
use super::inside::leads_nowhere;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

impl<'a> Evaluator<'_, 'a> {
    /// The value of an input, or what a path inside of it leads to.
    pub(super) fn input(&mut self, list: &[View<'a>], here: Here, sink: &mut Sink) -> Result<Term, Stop> {
        let service = self.service;
        let Some(name) = list[0].text() else {
            return Err(Stop::Unknown);
        };
        if self.around.is_some_and(|inputs| inputs.key(name).is_some()) {
            return Err(Stop::Unknown);
        }
        let Some(input) = service.inputs.get(name) else {
            if matches!(here, Here::Type(_)) {
                return Err(Stop::Unknown);
            }
            let around = self.around.into_iter().flat_map(View::entries);
            let known = service
                .inputs
                .keys()
                .copied()
                .chain(around.map(|(_, name, _)| name));
            let help =
                did_you_mean(name, known).unwrap_or_else(|| format!("declare `{name}` under `inputs`"));
            let fault = Diagnostic::new(
                &codes::UNKNOWN_INPUT,
                list[0].span(),
                format!("unknown input `{name}`"),
            );
            return Err(self.tell(fault.help(help), sink));
        };
        if let Some(fault) = leads_nowhere(&service.types, &input.def, &list[1..]) {
            return Err(self.tell(fault, sink));
        }
        if self.open {
            return Err(Stop::Unknown);
        }
        if let Some(given) = &input.given {
            return self.inside(Term::Value(given.clone()), &list[1..], sink);
        }
        match input.def.default.filter(|default| !default.is_null()) {
            Some(default) => {
                self.navigate(default, Some(&input.def.schema), Here::Topology, &list[1..], sink)
            }
            None if input.def.required => Err(Stop::Unknown),
            None => Err(Stop::Unset),
        }
    }
}
