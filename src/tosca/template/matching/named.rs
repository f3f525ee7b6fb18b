//! Requirements that name the node template that fulfils them.

use super::super::super::Options;
use super::super::super::filter::{self, Failure};
use super::super::super::function::Evaluator;
use super::super::super::types::{CapabilityDef, HOSTED_ON, listing, only};
use super::super::super::view::View;
use super::super::NodeAt;
use super::Found;
use super::offer::{Fits, Offer};
use super::wanted::{Asked, Wanted};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::topology::Bond;

/// What can be said of a requirement without choosing a target.
pub(super) fn resolve<'a>(
    wanted: &Wanted<'_, 'a>,
    fits: &mut Fits<'a>,
    options: &Options,
    sink: &mut Sink,
) -> Found<'a> {
    let mut found = Found {
        is_hosting: wanted.is_hosting(),
        ..Found::default()
    };
    if let Some((view, name)) = wanted.requirement.target_name()
        && let Some(&target) = wanted.service.by_name.get(name)
    {
        found.target = Some(target);
        let source = wanted.source();
        let is_itself = std::ptr::eq(source, wanted.service.node(target));
        let bond = || wanted.requirement.bond(wanted.types(), source.of);
        let offer = fits.offer(wanted, target);
        found.capability = if is_itself && (found.is_hosting || bond() != Bond::Connection) {
            // That a node needs itself is told with the circles; what it lacks for that is of no interest.
            wanted.hold((view, target), offer, options, &mut Sink::new())
        } else {
            wanted.hold((view, target), offer, options, sink)
        };
    }
    found
}

impl<'s, 'a> Wanted<'s, 'a> {
    /// Whether the source is hosted on the target.
    pub(super) fn is_hosting(&self) -> bool {
        let types = self.types();
        match (self.requirement.relation.of, self.def) {
            (Some(of), _) => types.is_named(of, HOSTED_ON),
            (None, Some(def)) => !def.open && def.capability.is_some() && def.may_host(types),
            _ => false,
        }
    }

    /// Holds the named target, which offers this, against all that is asked for; the capability that is used.
    fn hold(
        &self,
        (view, target): (View<'a>, NodeAt),
        offer: Offer<'s, 'a>,
        options: &Options,
        sink: &mut Sink,
    ) -> Option<&'a str> {
        let types = self.types();
        let fits = self.check_type(view, target, sink);
        let capability = match offer {
            Offer::Fits(capability) => capability,
            Offer::Unknown => None,
            Offer::Lacks => {
                self.report_lacking(view, target, fits, sink);
                return None;
            }
            Offer::Unsuited(name, capability) => {
                if fits {
                    self.report_unsuited(target, (name, capability), sink);
                }
                return Some(name);
            }
            Offer::RefusesSource(name, list) => {
                let told = self.source().of;
                let told = told.is_some_and(|of| types.tells_of_source(of, self.requirement.name));
                if fits && !told {
                    sink.push(self.refuses_source(view, target, name, list));
                }
                return Some(name);
            }
            Offer::RefusesTarget(name, capability, list) => {
                if fits {
                    sink.push(self.refuses_target(view, target, (name, capability), list));
                }
                return Some(name);
            }
        };
        if fits {
            self.check_filters((view, target), options, sink);
        }
        capability
    }

    /// Whether the target is of the node type that the definition asks for.
    fn check_type(&self, view: View<'a>, target: NodeAt, sink: &mut Sink) -> bool {
        let types = self.types();
        let target = self.service.node(target);
        let (Some(def), Some(of)) = (self.def, target.of) else {
            return true;
        };
        let Some(wanted) = def.node else { return true };
        if def.open || target.is_open(types) || types.is_a(of, wanted) {
            return true;
        }
        let wanted = types.get(wanted);
        sink.push(
            self.unfit(view, target.name)
                .note(format!(
                    "the requirement asks for a `{}`, and `{}` is a `{}`",
                    wanted.name,
                    target.name,
                    types.get(of).name
                ))
                .help(format!(
                    "name a node template of type `{}` or a type derived from it",
                    wanted.name
                ))
                .related(def.key.span(), "the requirement is defined here")
                .related(target.key.span(), format!("`{}` is here", target.name)),
        );
        false
    }

    fn unfit(&self, view: View<'a>, name: &str) -> Diagnostic {
        Diagnostic::new(
            &codes::UNFIT_TARGET,
            view.span(),
            format!("`{name}` does not fit requirement `{}`", self.requirement.name),
        )
    }

    /// The target has no capability of the kind; `fits` if its type is right all the same.
    fn report_lacking(&self, view: View<'a>, target: NodeAt, fits: bool, sink: &mut Sink) {
        let types = self.types();
        let node = self.service.node(target);
        let Some(of) = node.of else { return };
        if let Some((view, name)) = self.stated_name("capability") {
            if types.scopes.is_incomplete(types.forest.file_of(view))
                || self.report_unrelated_capability(sink)
            {
                return;
            }
            let all = types.all(of, |of| &of.capabilities);
            let names = all.iter().map(|(name, _)| *name);
            let near = did_you_mean(name, names.clone());
            sink.push(
                Diagnostic::new(
                    &codes::UNKNOWN_TARGET_CAPABILITY,
                    view.span(),
                    format!("`{}` has no capability `{name}`", node.name),
                )
                .note(format!("its type `{}` {}", types.get(of).name, listing(names)))
                .help(near.unwrap_or_else(|| {
                    "name one of the target's capabilities, or a capability type that one of them has"
                        .to_owned()
                }))
                .related(node.key.span(), format!("`{}` is here", node.name)),
            );
            return;
        }
        let (Asked::Type(wanted), Some(def), true) = (self.asked(), self.def, fits) else {
            return;
        };
        sink.push(
            self.unfit(view, node.name)
                .note(format!(
                    "the requirement asks for a capability of type `{}`, and `{}` has none",
                    types.get(wanted).name,
                    types.get(of).name
                ))
                .help("name another node template, or add the capability to the target's type")
                .related(def.key.span(), "the requirement is defined here")
                .related(node.key.span(), format!("`{}` is here", node.name)),
        );
    }

    /// The assignment names a capability of another type than the definition asks for.
    fn report_unsuited(
        &self,
        target: NodeAt,
        (name, capability): (&str, &CapabilityDef<'a>),
        sink: &mut Sink,
    ) {
        let types = self.types();
        let (Some(def), Some(of), Some((view, _))) =
            (self.def, capability.of, self.stated_name("capability"))
        else {
            return;
        };
        let Some(asked) = def.capability else { return };
        let node = self.service.node(target);
        let all = node
            .of
            .map(|of| types.all(of, |of| &of.capabilities))
            .unwrap_or_default();
        let better = all
            .iter()
            .find(|(_, capability)| capability.of.is_some_and(|of| types.is_a(of, asked)));
        sink.push(
            Diagnostic::new(
                &codes::UNFIT_TARGET,
                view.span(),
                format!(
                    "capability `{name}` does not fit requirement `{}`",
                    self.requirement.name
                ),
            )
            .note(format!(
                "the requirement asks for a `{}`, and `{name}` of `{}` is a `{}`",
                types.get(asked).name,
                node.name,
                types.get(of).name
            ))
            .help(better.map_or_else(
                || "name another node template".to_owned(),
                |(better, _)| format!("write `capability: {better}`"),
            ))
            .related(def.key.span(), "the requirement is defined here")
            .related(node.key.span(), format!("`{}` is here", node.name)),
        );
    }

    fn refuses_source(&self, view: View<'a>, target: NodeAt, name: &str, list: View<'a>) -> Diagnostic {
        let types = self.types();
        let source = self.source().of.map_or("", |of| types.get(of).name);
        let target = self.service.node(target);
        Diagnostic::new(
            &codes::REFUSED_SOURCE,
            view.span(),
            format!("capability `{name}` of `{}` takes no `{source}`", target.name),
        )
        .note(format!("it takes {}", only(list)))
        .help(if types.forest.file(types.forest.file_of(list)).embedded {
            format!("name another node template, or derive `{source}` from one of these types")
        } else {
            format!("name another node template, or add `{source}` to `valid_source_types`")
        })
        .related(list.span(), "these may relate to it")
        .related(target.key.span(), format!("`{}` is here", target.name))
    }

    fn refuses_target(
        &self,
        view: View<'a>,
        target: NodeAt,
        (name, capability): (&str, &CapabilityDef<'a>),
        list: View<'a>,
    ) -> Diagnostic {
        let types = self.types();
        let relation = self.requirement.relation.of.map_or("", |of| types.get(of).name);
        let of = capability.of.map_or("", |of| types.get(of).name);
        let target = self.service.node(target);
        Diagnostic::new(
            &codes::REFUSED_TARGET,
            view.span(),
            format!(
                "relationship `{relation}` does not lead to capability `{name}` of `{}`",
                target.name
            ),
        )
        .note(format!("it leads to {}, and `{name}` is a `{of}`", only(list)))
        .help("use another relationship, or name a target with a capability that it leads to")
        .related(list.span(), "what the relationship may lead to")
        .related(target.key.span(), format!("`{}` is here", target.name))
    }

    /// Whether the named target holds to the filters. What functions give is not looked at.
    fn check_filters(&self, (view, target): (View<'a>, NodeAt), options: &Options, sink: &mut Sink) {
        let filters = self.filters();
        let node = self.service.node(target);
        if filters.is_empty() || !self.has_sensible_filters(node.of, sink) {
            return;
        }
        // What leads over other requirements is not known yet, and excludes nothing.
        let mut values = Evaluator::with_inputs(self.service, options.require_inputs);
        let failures: Vec<Failure<'a>> = filters
            .iter()
            .flat_map(|filter| filter::judge(&mut values, self.at, target, filter).failures)
            .collect();
        let Some(first) = failures.first() else { return };
        let mut fault = Diagnostic::new(
            &codes::EXCLUDED_TARGET,
            view.span(),
            format!(
                "`{}` does not hold to the filter of requirement `{}`",
                node.name, self.requirement.name
            ),
        )
        .note(format!("{}: {}", first.what, first.why))
        .help(format!(
            "name another node template, or change the filter or `{}`",
            node.name
        ));
        for failure in failures.iter().take(4) {
            fault = failure.point(fault, node.name);
        }
        sink.push(fault);
    }
}
