//! Substitution mappings: how a template stands in for a node of another (Simple Profile 1.3, section 3.8.13).
//!
//! Every mapping has two ends: a member of the substituted node type, and an input or a member of a node template of
//! this file. Both must be there and fit each other.

mod complete;
mod end;
mod fit;
mod interface;
mod output;
mod value;

use super::filter;
use super::template::{NodeTemplate, Service};
use super::types::{TypeId, TypeKind};
use super::view::View;
use crate::diagnostic::{Code, Diagnostic, Sink, codes};
use end::{Mapped, mapped};

/// Checks the substitution mappings of a service, if it has any.
pub(super) fn check(service: &Service<'_>, sink: &mut Sink) {
    let Some(body) = service.body.and_then(|body| body.get("substitution_mappings")) else {
        return;
    };
    // Short: only the node type.
    let named = if body.is_scalar() {
        Some(body)
    } else {
        body.get("node_type")
    };
    let Some(named) = named else { return };
    let Some(of) = service.types.resolve(named, TypeKind::Node, sink) else {
        return;
    };
    let substitution = Substitution {
        service,
        body,
        of,
        named,
    };
    if service.types.get(of).open {
        return;
    }
    substitution.properties(sink);
    substitution.attributes(sink);
    substitution.capabilities(sink);
    substitution.requirements(sink);
    substitution.interfaces(sink);
    if let Some(filter) = body.get("substitution_filter") {
        filter::check(&service.types, filter, of, sink);
    }
    substitution.check_complete(sink);
}

/// The mappings of one service.
struct Substitution<'s, 'a> {
    service: &'s Service<'a>,
    body: View<'a>,
    /// The type whose nodes are substituted.
    of: TypeId,
    /// Where that type is named.
    named: View<'a>,
}

impl<'s, 'a> Substitution<'s, 'a> {
    fn capabilities(&self, sink: &mut Sink) {
        let types = &self.service.types;
        for (key, name, value) in self.body.entries_of("capabilities") {
            let Some(def) = types.capability(self.of, name) else {
                let known = types.all(self.of, |of| &of.capabilities);
                let names = known.iter().map(|(name, _)| *name);
                self.unknown(&codes::UNKNOWN_CAPABILITY, "capability", key, name, names, sink);
                continue;
            };
            let Some((node, view, inner)) = self.member(value, "NODE, CAPABILITY", "capability", sink) else {
                continue;
            };
            let Some(of) = node.of else { continue };
            let Some(found) = types.capability(of, inner) else {
                if !node.is_open(types) {
                    let known = types.all(of, |of| &of.capabilities);
                    let names = known.iter().map(|(name, _)| *name);
                    end::lacks(
                        node,
                        "capability",
                        view,
                        inner,
                        names,
                        &codes::UNKNOWN_CAPABILITY,
                        sink,
                    );
                }
                continue;
            };
            let (Some(wanted), Some(have)) = (def.of, found.of) else {
                continue;
            };
            if !def.is_open(types) && !found.is_open(types) && !types.is_a(have, wanted) {
                let (wanted, have) = (types.get(wanted).name, types.get(have).name);
                let ends = (def.key.span(), found.key.span());
                fit::unfit(
                    ("capability", name, wanted),
                    ("capability", inner, have),
                    view,
                    ends,
                    sink,
                );
            }
        }
    }

    fn requirements(&self, sink: &mut Sink) {
        let types = &self.service.types;
        let entries = self
            .body
            .get("requirements")
            .map(View::ordered)
            .unwrap_or_default();
        for (key, name, value) in entries {
            let Some(def) = types.requirement(self.of, name) else {
                let known = types.all(self.of, |of| &of.requirements);
                let names = known.iter().map(|(name, _)| *name);
                self.unknown(&codes::UNKNOWN_REQUIREMENT, "requirement", key, name, names, sink);
                continue;
            };
            // One requirement may be mapped to several: a list of mappings.
            let values: Vec<View<'a>> = if value.is_list() && value.items().any(View::is_list) {
                value.items().collect()
            } else {
                vec![value]
            };
            for value in values {
                let Some((node, view, inner)) = self.member(value, "NODE, REQUIREMENT", "requirement", sink)
                else {
                    continue;
                };
                let Some(of) = node.of else { continue };
                let Some(found) = types.requirement(of, inner) else {
                    if !node.is_open(types) {
                        let known = types.all(of, |of| &of.requirements);
                        let names = known.iter().map(|(name, _)| *name);
                        end::lacks(
                            node,
                            "requirement",
                            view,
                            inner,
                            names,
                            &codes::UNKNOWN_REQUIREMENT,
                            sink,
                        );
                    }
                    continue;
                };
                let (Some(wanted), Some(have)) = (def.capability, found.capability) else {
                    continue;
                };
                // What fulfils the outer one fulfils the inner one: its capability must be good enough. The inner
                // one may be content with more, or be made narrower by what it is assigned.
                let fits = types.is_a(wanted, have) || types.is_a(have, wanted);
                if !def.open && !found.open && !fits {
                    let (wanted, have) = (types.get(wanted).name, types.get(have).name);
                    let ends = (def.key.span(), found.key.span());
                    fit::unfit(
                        ("requirement", name, wanted),
                        ("requirement", inner, have),
                        view,
                        ends,
                        sink,
                    );
                }
            }
        }
    }

    /// The two names of a mapping to a member of a node template: the template, where the member's name stands, and
    /// the name. What is not of that form is reported, as is a node that is not there.
    fn member(
        &self,
        value: View<'a>,
        form: &str,
        words: &str,
        sink: &mut Sink,
    ) -> Option<(&'s NodeTemplate<'a>, View<'a>, &'a str)> {
        let Mapped::Path(path) = mapped(value) else {
            return None;
        };
        match *path.as_slice() {
            [] => None,
            [(at, node), (view, name)] => Some((end::node(self.service, at, node, sink)?, view, name)),
            [(at, node)] if value.is_list() || self.service.by_name.contains_key(node) => {
                // `host: compute` maps to the node as a whole (TOSCA 2.0), where there is such a node.
                if value.is_list() && end::node(self.service, at, node, sink).is_some() {
                    end::form(at, words, form, sink);
                }
                None
            }
            [(at, _), ..] => {
                end::form(at, words, form, sink);
                None
            }
        }
    }

    /// Reports a mapping of something that the substituted type does not have.
    fn unknown<'n>(
        &self,
        code: &'static Code,
        words: &str,
        key: View<'a>,
        name: &str,
        known: impl Iterator<Item = &'n str> + Clone,
        sink: &mut Sink,
    ) {
        let of = self.service.types.get(self.of);
        sink.push(
            Diagnostic::new(code, key.span(), format!("unknown {words} `{name}`"))
                .note(format!(
                    "the substituted node type `{}` {}",
                    of.name,
                    super::types::listing(known.clone())
                ))
                .help(
                    crate::diagnostic::did_you_mean(name, known)
                        .unwrap_or_else(|| format!("remove it, or define it in `{}`", of.name)),
                )
                .related(of.key.span(), format!("`{}` is defined here", of.name)),
        );
    }
}
