//! Whether a node template holds to a filter.

use serde_json::Value;

use super::super::function::{Evaluator, Here, calls_in};
use super::super::template::NodeAt;
use super::super::types::PropertyDef;
use super::super::value::{Schema, Subject, broken};
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

/// Holds the node template `at` against a filter of the node template `asking`. Functions whose values are not known leave
/// things undecided.
pub(in crate::tosca) fn judge<'a>(
    values: &mut Evaluator<'_, 'a>,
    asking: NodeAt,
    at: NodeAt,
    filter: &Filter<'a>,
) -> Verdict<'a> {
    let service = values.service;
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
            asking,
            at,
            property: property.name,
            def,
            value,
        };
        asked.judge(clauses, values, &mut verdict);
    }
    verdict
}

fn written<'a>(body: View<'a>, name: &str) -> Option<View<'a>> {
    body.get("properties")?.get(name)
}

/// One property of a node template, with its value.
struct Asked<'s, 'a> {
    asking: NodeAt,
    at: NodeAt,
    property: &'a str,
    def: &'s PropertyDef<'a>,
    value: View<'a>,
}

impl<'a> Asked<'_, 'a> {
    fn judge(&self, clauses: &[Clause<'a>], values: &mut Evaluator<'_, 'a>, verdict: &mut Verdict<'a>) {
        let types = &values.service.types;
        let base = self.def.schema.base(types);
        let Some(value) = computed(self.value, Some(&self.def.schema), self.at, values) else {
            verdict.undecided = true;
            return;
        };
        for clause in clauses {
            // SELF in a filter is the node template that holds it (Simple Profile 1.3, section 4.1).
            let Some(bound) = computed(clause.bound, None, self.asking, values) else {
                verdict.undecided = true;
                continue;
            };
            let (value, bound) = (value.subject(), bound.subject());
            if let Some(broken) = broken(types, value, base, clause.operator, bound) {
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

/// A value, after functions were carried out where there are any.
enum Computed<'a> {
    Written(View<'a>),
    Known(Value),
}

impl<'a> Computed<'a> {
    fn subject(&self) -> Subject<'_, 'a> {
        match self {
            Self::Written(view) => Subject::Written(*view),
            Self::Known(value) => Subject::Known(value),
        }
    }
}

/// A value; none where a function in it gives none that is known.
fn computed<'a>(
    view: View<'a>,
    schema: Option<&Schema<'a>>,
    at: NodeAt,
    values: &mut Evaluator<'_, 'a>,
) -> Option<Computed<'a>> {
    let mut calls = Vec::new();
    calls_in(view, &mut calls);
    if calls.is_empty() {
        return Some(Computed::Written(view));
    }
    // Faults in it are reported where all values are evaluated.
    let value = values.value(view, schema, Here::Node(at), &mut Sink::new());
    value.ok().map(Computed::Known)
}
