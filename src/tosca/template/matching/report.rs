//! What is said of a requirement that no node template is chosen for.

use super::super::super::filter::Failure;
use super::super::super::types::{TypeId, TypeKind};
use super::super::super::view::View;
use super::super::NodeAt;
use super::Fitting;
use super::wanted::{Asked, Wanted};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, did_you_mean};

/// The most node templates that a message names.
pub(super) const SHOWN: usize = 4;

impl<'a> Wanted<'_, 'a> {
    /// What a requirement asks for, in words.
    pub(super) fn looked(&self, node_types: &[TypeId]) -> String {
        let types = self.types();
        let node = match node_types.first().map(|&of| types.get(of).name) {
            None | Some("tosca.nodes.Root") => "a node".to_owned(),
            Some(name) => format!("a `{name}`"),
        };
        let filtered = if self.filters().is_empty() {
            ""
        } else {
            " within its filter"
        };
        match self.asked() {
            // A node type tells more than the capability that its definition asks for.
            Asked::Type(_) if node != "a node" => format!("{node}{filtered}"),
            Asked::Type(of) | Asked::Named(_, Some(of)) => {
                let name = types.get(of).name;
                format!("{node} with a capability of type `{name}`{filtered}")
            }
            Asked::Named(name, None) => format!("{node} with a capability `{name}`{filtered}"),
            Asked::Any => format!("{node}{filtered}"),
        }
    }

    /// The capability that was meant, perhaps, where a name is asked for that nothing has.
    fn near_capability(&self, node_types: &[TypeId]) -> Option<String> {
        let Asked::Named(name, None) = self.asked() else {
            return None;
        };
        let types = self.types();
        let of_nodes = node_types
            .iter()
            .flat_map(|&of| types.all(of, |of| &of.capabilities));
        let names = of_nodes.map(|(name, _)| name);
        did_you_mean(name, names.chain(types.scopes.candidates(TypeKind::Capability)))
    }

    /// Fewer fit than the `least` that are wanted; `near` would but for one thing each. Where targets are needed that is
    /// an error.
    pub(super) fn report_few(
        &self,
        found: &[Fitting<'a>],
        least: usize,
        (node_types, near): (&[TypeId], &[(NodeAt, Failure<'a>)]),
        needed: bool,
        sink: &mut Sink,
    ) {
        let requirement = &self.requirement;
        let name = requirement.name;
        let looked = self.looked(node_types);
        let what = match found.len() {
            0 => format!("no node template fits requirement `{name}`"),
            1 => format!("only one node template fits requirement `{name}`, which asks for {least}"),
            count => format!("only {count} node templates fit requirement `{name}`, which asks for {least}"),
        };
        let mut fault = Diagnostic::new(&codes::UNFULFILLED_REQUIREMENT, requirement.key.span(), what);
        if needed && !requirement.is_hosting && self.def.is_none_or(|def| def.least > 0) {
            fault.severity = Severity::Error;
        }
        fault = match near.first() {
            None => fault
                .note(format!(
                    "it asks for {looked}; none is taken from outside of the template"
                ))
                .help(self.near_capability(node_types).unwrap_or_else(|| {
                    match found {
                        [] => "add a node template that fits, or name the one that is meant: `node: NAME`"
                            .to_owned(),
                        _ => "add node templates that fit, or lower `occurrences`".to_owned(),
                    }
                })),
            Some((at, failure)) => {
                let name = self.service.node(*at).name;
                fault
                    .note(format!(
                        "it asks for {looked}; but for its {}, `{name}` would fit: {}",
                        failure.what, failure.why
                    ))
                    .help(match failure.value {
                        Some(_) => format!(
                            "change the value of `{name}` or the constraint, or add a node template that fits"
                        ),
                        None => "change what is asked for, or add a node template that fits".to_owned(),
                    })
            }
        };
        if let Some(occurrences) = self.stated("occurrences").filter(|_| !found.is_empty()) {
            fault = fault.related(occurrences.span(), "as many are wanted");
        }
        for (at, _) in found.iter().take(SHOWN) {
            fault = fault.related(self.service.node(*at).key.span(), "this one fits");
        }
        for (at, failure) in near.iter().take(SHOWN) {
            fault = failure.point(fault, self.service.node(*at).name);
        }
        sink.push(fault);
    }

    /// The target is neither a node template nor a node type.
    pub(super) fn report_unknown(&self, view: View<'a>, name: &'a str, sink: &mut Sink) {
        let known = self.service.nodes.iter().map(|node| node.name);
        let types = self.types().scopes.candidates(TypeKind::Node);
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_REQUIREMENT_TARGET,
                view.span(),
                format!("unknown node template `{name}`"),
            )
            .note("a requirement is fulfilled by a node template, or by any node of a node type")
            .help(
                did_you_mean(name, known)
                    .or_else(|| did_you_mean(name, types))
                    .unwrap_or_else(|| format!("add a node template `{name}`, or name one that is there")),
            ),
        );
    }

    /// A node type is named that is not of the kind that the definition asks for.
    pub(super) fn report_unrelated(&self, view: View<'a>, of: TypeId, asked: TypeId, sink: &mut Sink) {
        let types = self.types();
        let (of, asked) = (types.get(of).name, types.get(asked).name);
        let mut fault = Diagnostic::new(
            &codes::UNFIT_TARGET,
            view.span(),
            format!("`{of}` does not fit requirement `{}`", self.requirement.name),
        )
        .note(format!(
            "the requirement asks for a `{asked}`, which `{of}` is not derived from"
        ))
        .help(format!(
            "name a node template, or `{asked}` or a type derived from it"
        ));
        if let Some(def) = self.def {
            fault = fault.related(def.key.span(), "the requirement is defined here");
        }
        sink.push(fault);
    }

    /// Reports a capability type that no capability of the type that the definition asks for can be of.
    pub(super) fn report_unrelated_capability(&self, sink: &mut Sink) -> bool {
        let types = self.types();
        let (Asked::Named(_, Some(of)), Some(def)) = (self.asked(), self.def.filter(|def| !def.open)) else {
            return false;
        };
        let Some(asked) = def.capability else { return false };
        let open = types.get(of).open || types.get(asked).open;
        if open || types.is_a(of, asked) || types.is_a(asked, of) {
            return false;
        }
        let Some(view) = self.stated("capability") else {
            return false;
        };
        let (of, asked) = (types.get(of).name, types.get(asked).name);
        sink.push(
            Diagnostic::new(
                &codes::UNFIT_TARGET,
                view.span(),
                format!(
                    "capability type `{of}` does not fit requirement `{}`",
                    self.requirement.name
                ),
            )
            .note(format!(
                "the requirement asks for a `{asked}`, which `{of}` is not derived from"
            ))
            .help(format!(
                "leave it out, or name `{asked}` or a type derived from it"
            ))
            .related(def.key.span(), "the requirement is defined here"),
        );
        true
    }

    /// More fit than the `most` that are wanted: there is a choice.
    pub(super) fn report_several(&self, several: &[Fitting<'a>], most: usize, sink: &mut Sink) {
        let node = |at: usize| self.service.node(several[at].0);
        let name = self.requirement.name;
        let what = if most > 1 {
            format!("more node templates fit requirement `{name}` than it asks for")
        } else {
            format!("several node templates fit requirement `{name}`")
        };
        let mut fault = Diagnostic::new(&codes::AMBIGUOUS_REQUIREMENT, self.requirement.key.span(), what)
            .note("the standard leaves the choice to the orchestrator; khor makes none")
            .help(if most > 1 {
                format!(
                    "assign it once for each node template that is meant: `node: {}`",
                    node(0).name
                )
            } else {
                format!("name the node template that is meant: `node: {}`", node(0).name)
            });
        for at in 0..several.len().min(SHOWN) {
            let words = match at {
                0 => "this one fits",
                _ if at == SHOWN - 1 && several.len() > SHOWN => "and this one, and more",
                _ => "and this one",
            };
            fault = fault.related(node(at).key.span(), words);
        }
        sink.push(fault);
    }
}
