//! Conditions: of preconditions, steps and triggers (Simple Profile 1.3, section 3.6.25).

use super::super::filter::clauses;
use super::super::template::Service;
use super::super::types::listing;
use super::super::value::{What, check_clause, is_operator, nearest_operator};
use super::super::view::View;
use super::Subject;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Checks that what a condition asks about is there. Conditions nest only as deep as the reader lets anything nest.
pub(in crate::tosca) fn conditions<'a>(
    service: &Service<'a>,
    subject: &Subject<'a>,
    condition: Option<View<'a>>,
    sink: &mut Sink,
) {
    if let Some(condition) = condition.filter(|_| !subject.open) {
        Conditions { service, subject }.check(condition, false, sink);
    }
}

/// Conditions about one subject.
struct Conditions<'s, 'a> {
    service: &'s Service<'a>,
    subject: &'s Subject<'a>,
}

impl<'a> Conditions<'_, 'a> {
    /// Under `constraint` a trigger may also ask for what its event brings, as `utilization`: there only names that are
    /// almost those of attributes are told.
    fn check(&self, condition: View<'a>, in_event: bool, sink: &mut Sink) {
        for item in condition.items() {
            self.check(item, in_event, sink);
        }
        for (key, name, value) in condition.entries() {
            match name {
                "and" | "or" | "not" | "assert" => self.check(value, in_event, sink),
                // 1.1 writes the constraint beside the attribute; triggers write the condition under it.
                "constraint" => self.check(value, true, sink),
                "period" | "evaluations" | "method" => {}
                _ if is_operator(name) => {}
                _ if self.subject.has_attribute(self.service, name) => self.suits(name, value, sink),
                _ => self.unknown(key, name, in_event, sink),
            }
        }
    }

    /// Whether what is asserted of an attribute suits its type.
    fn suits(&self, name: &str, value: View<'a>, sink: &mut Sink) {
        let types = &self.service.types;
        let Some(schema) = self.subject.schema_of(self.service, name) else {
            return;
        };
        for clause in clauses(value).unwrap_or_default() {
            let place = (clause.key, clause.operator, clause.bound);
            let base = schema.base(types);
            check_clause(place, base, schema.name(types), What("attribute", name), sink);
        }
        let operators = value.items().chain([value]).filter_map(View::only_entry);
        for (key, operator, _) in operators {
            if let Some(near) = nearest_operator(operator) {
                sink.push(
                    Diagnostic::new(
                        &codes::UNKNOWN_KEYNAME,
                        key.span(),
                        format!("unknown operator `{operator}`"),
                    )
                    .help(format!("did you mean `{near}`?")),
                );
            }
        }
    }

    fn unknown(&self, key: View<'a>, name: &str, in_event: bool, sink: &mut Sink) {
        let known = self.subject.attributes(self.service);
        let names = known.iter().copied();
        let near = did_you_mean(name, names.clone());
        if in_event && near.is_none() {
            return;
        }
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_CONDITION,
                key.span(),
                format!("`{}` has no attribute `{name}`", self.subject.name),
            )
            .note(format!("it {}", listing(names)))
            .help(near.unwrap_or_else(|| {
                "the condition can never become true: name an attribute that is there".to_owned()
            })),
        );
    }
}
