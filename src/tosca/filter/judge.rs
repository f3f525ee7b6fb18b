//! Whether a node template holds to a filter.

use super::super::function::{Evaluator, Here, calls_in};
use super::super::template::{NodeAt, Service};
use super::super::types::PropertyDef;
use super::super::value::{Subject, broken};
use super::super::view::View;
use super::{Clause, Filter, capability};
use crate::diagnostic::{Diagnostic, Sink};

/// Something that a filter asks for and a node template does not have.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct Failure<'a> {
    /// Where the filter asks for it.
    pub(in crate::tosca) asked: View<'a>,
    /// What is asked for: "property `num_cpus`".
    pub(in crate::tosca) what: String,
    /// What it must be, or why it is not there.
    pub(in crate::tosca) why: String,
    /// The value that breaks the filter.
    pub(in crate::tosca) value: Option<View<'a>>,
}

impl Failure<'_> {
    /// Shows in a message about the node template `name` where this comes from.
    pub(in crate::tosca) fn point(&self, fault: Diagnostic, name: &str) -> Diagnostic {
        let fault = fault.related(self.asked.span(), format!("this rules out `{name}`"));
        match self.value {
            Some(value) => fault.related(value.span(), format!("the value of `{name}`")),
            None => fault,
        }
    }
}

/// What is found about one node template.
#[derive(Clone, Debug, Default)]
pub(in crate::tosca) struct Verdict<'a> {
    pub(in crate::tosca) failures: Vec<Failure<'a>>,
    /// Something cannot be told: no value is given yet, or a function gives it.
    pub(in crate::tosca) undecided: bool,
}

/// Holds a node template against a filter. Functions are carried out by `values`; without it they leave things
/// undecided.
pub(in crate::tosca) fn judge<'s, 'a>(
    service: &'s Service<'a>,
    at: NodeAt,
    filter: &Filter<'a>,
    mut values: Option<&mut Evaluator<'s, 'a>>,
) -> Verdict<'a> {
    let types = &service.types;
    let node = service.node(at);
    let mut verdict = Verdict::default();
    let Some(of) = node.of.filter(|_| !node.is_open(types)) else {
        verdict.undecided = true;
        return verdict;
    };
    let type_name = types.get(of).name;
    for &(key, name) in &filter.capabilities {
        if capability(types, of, key, name).is_none() {
            verdict.failures.push(Failure {
                asked: key,
                what: format!("capability `{name}`"),
                why: format!("`{type_name}` has no capability `{name}`"),
                value: None,
            });
        }
    }
    for (property, clauses) in &filter.properties {
        let found = match property.part {
            None => types
                .property(of, property.name)
                .map(|def| (def, written(node.body, property.name))),
            Some(part) => {
                let Some((name, capability)) = capability(types, of, property.key, part) else {
                    continue;
                };
                if capability.is_open(types) {
                    verdict.undecided = true;
                    continue;
                }
                let body = node.body.get("capabilities").and_then(|all| all.get(name));
                let def = capability.property(types, property.name);
                def.map(|def| (def, body.and_then(|body| written(body, property.name))))
            }
        };
        let Some((def, given)) = found else {
            let owner = property
                .part
                .map_or_else(|| type_name.to_owned(), |part| format!("{type_name}.{part}"));
            verdict.failures.push(Failure {
                asked: property.key,
                what: format!("property `{}`", property.name),
                why: format!("`{owner}` has no property `{}`", property.name),
                value: None,
            });
            continue;
        };
        // What is not given yet may still become what is asked for.
        let value = given.or(def.default).filter(|value| !value.is_null());
        let (Some(clauses), Some(value)) = (clauses, value) else {
            verdict.undecided = true;
            continue;
        };
        let asked = Asked {
            service,
            at,
            property: property.name,
            def,
            value,
        };
        asked.judge(clauses, values.as_deref_mut(), &mut verdict);
    }
    verdict
}

fn written<'a>(body: View<'a>, name: &str) -> Option<View<'a>> {
    body.get("properties")?.get(name)
}

/// One property of a node template, with its value.
struct Asked<'s, 'a> {
    service: &'s Service<'a>,
    at: NodeAt,
    property: &'a str,
    def: &'s PropertyDef<'a>,
    value: View<'a>,
}

impl<'s, 'a> Asked<'s, 'a> {
    fn judge(
        &self,
        clauses: &[Clause<'a>],
        values: Option<&mut Evaluator<'s, 'a>>,
        verdict: &mut Verdict<'a>,
    ) {
        let types = &self.service.types;
        let base = self.def.schema.base(types);
        let computed = if holds_calls(self.value) {
            // Faults in it are reported where all values are evaluated.
            let mut quiet = Sink::new();
            let value = values.and_then(|values| {
                let here = Here::Node(self.at);
                values
                    .value(self.value, Some(&self.def.schema), here, &mut quiet)
                    .ok()
            });
            let Some(value) = value else {
                verdict.undecided = true;
                return;
            };
            Some(value)
        } else {
            None
        };
        let subject = computed
            .as_ref()
            .map_or(Subject::Written(self.value), Subject::Known);
        for clause in clauses {
            if holds_calls(clause.bound) {
                verdict.undecided = true;
            } else if let Some(broken) = broken(types, subject, base, clause.operator, clause.bound) {
                verdict.failures.push(Failure {
                    asked: clause.key,
                    what: format!("property `{}`", self.property),
                    why: broken.why,
                    value: Some(self.value),
                });
            }
        }
    }
}

fn holds_calls(view: View<'_>) -> bool {
    let mut calls = Vec::new();
    calls_in(view, &mut calls);
    !calls.is_empty()
}
