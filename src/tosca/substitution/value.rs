//! Mappings of properties and attributes.

use super::super::template::NodeTemplate;
use super::super::types::PropertyDef;
use super::super::value::{Builtin, Checker, What};
use super::super::view::View;
use super::end::{self, Mapped, mapped};
use super::{Substitution, fit};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// What flows through a mapping.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Property,
    Attribute,
}

impl Flow {
    fn words(self) -> &'static str {
        match self {
            Self::Property => "property",
            Self::Attribute => "attribute",
        }
    }
}

impl<'a> Substitution<'_, 'a> {
    /// Properties of the substituted node reach inputs, or (up to 1.2) properties of node templates; constants are
    /// allowed too, and deprecated.
    pub(super) fn properties(&self, sink: &mut Sink) {
        let types = &self.service.types;
        for (key, name, value) in self.body.entries_of("properties") {
            let Some(def) = types.property(self.of, name) else {
                let known = types.all(self.of, |of| &of.properties);
                let names = known.iter().map(|(name, _)| *name);
                self.unknown(&codes::UNKNOWN_PROPERTY, "property", key, name, names, sink);
                continue;
            };
            let constant = |value: View<'a>, sink: &mut Sink| {
                let checker = Checker {
                    types,
                    what: What("property", name),
                    defined: def.key.span(),
                };
                checker.check(value, &def.schema, sink);
            };
            match mapped(value) {
                Mapped::Nothing => {}
                Mapped::Value(value) => constant(value, sink),
                Mapped::Path(path) => match *path.as_slice() {
                    [] => {}
                    [(view, input)] => {
                        if let Some(input_def) = self.service.inputs.get(input) {
                            self.hold(
                                Flow::Property,
                                (name, def),
                                ("input", input, &input_def.def),
                                view,
                                sink,
                            );
                        } else if value.is_scalar() {
                            constant(value, sink);
                        } else if !takes_lists(types, def) {
                            self.unknown_input(view, input, sink);
                        }
                    }
                    [(first, node), ..]
                        if self.service.by_name.contains_key(node) || !takes_lists(types, def) =>
                    {
                        if let Some(node) = end::node(self.service, first, node, sink) {
                            self.inner(Flow::Property, (name, def), node, &path[1..], sink);
                        }
                    }
                    _ => constant(value, sink),
                },
            }
        }
    }

    /// Attributes of the substituted node come from attributes of node templates, or from outputs.
    pub(super) fn attributes(&self, sink: &mut Sink) {
        let types = &self.service.types;
        for (key, name, value) in self.body.entries_of("attributes") {
            // Every property is also an attribute.
            let def = types
                .attribute(self.of, name)
                .or_else(|| types.property(self.of, name));
            let Some(def) = def else {
                let known = types.all(self.of, |of| &of.attributes);
                let names = known.iter().map(|(name, _)| *name);
                self.unknown(&codes::UNKNOWN_ATTRIBUTE, "attribute", key, name, names, sink);
                continue;
            };
            let Mapped::Path(path) = mapped(value) else {
                continue;
            };
            match *path.as_slice() {
                [] => {}
                [(view, source)] => self.single_source(view, source, sink),
                [(first, node), ..] => {
                    if let Some(node) = end::node(self.service, first, node, sink) {
                        self.inner(Flow::Attribute, (name, def), node, &path[1..], sink);
                    }
                }
            }
        }
    }

    /// An attribute mapped to one name: an output, or an input whose value it keeps.
    fn single_source(&self, view: View<'a>, name: &str, sink: &mut Sink) {
        let outputs = || {
            self.service
                .body
                .into_iter()
                .flat_map(|body| body.entries_of("outputs"))
        };
        if outputs().any(|(_, known, _)| known == name) || self.service.inputs.contains_key(name) {
            return;
        }
        if self.service.by_name.contains_key(name) {
            end::form(view, "attribute", "NODE, ATTRIBUTE", sink);
            return;
        }
        let known = outputs().map(|(_, name, _)| name);
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_PATH,
                view.span(),
                format!("unknown output `{name}`"),
            )
            .note("an attribute comes from an output, or from `[ NODE, ATTRIBUTE ]`")
            .help(
                did_you_mean(name, known)
                    .unwrap_or_else(|| format!("add an output `{name}`, or write `[ NODE, ATTRIBUTE ]`")),
            ),
        );
    }

    /// Follows what comes after the node's name: a member, or a capability or requirement and a member of that.
    fn inner(
        &self,
        flow: Flow,
        outer: (&'a str, &PropertyDef<'a>),
        node: &NodeTemplate<'a>,
        rest: &[(View<'a>, &'a str)],
        sink: &mut Sink,
    ) {
        let types = &self.service.types;
        let Some(of) = node.of.filter(|_| !node.is_open(types)) else {
            return;
        };
        let words = flow.words();
        match *rest {
            [(view, name)] => {
                let found = match flow {
                    Flow::Property => types.property(of, name),
                    Flow::Attribute => types.attribute(of, name).or_else(|| types.property(of, name)),
                };
                if let Some(found) = found {
                    self.hold(flow, outer, (words, name, found), view, sink);
                    return;
                }
                let mut known = types.all(of, |of| &of.properties);
                let mut code = &codes::UNKNOWN_PROPERTY;
                if flow == Flow::Attribute {
                    known = types.all(of, |of| &of.attributes);
                    code = &codes::UNKNOWN_ATTRIBUTE;
                }
                end::lacks(
                    node,
                    words,
                    view,
                    name,
                    known.iter().map(|(name, _)| *name),
                    code,
                    sink,
                );
            }
            [(part_view, part), (view, name), ..] => {
                let Some(capability) = types.capability(of, part) else {
                    // The properties of a requirement are those of its relationship: any type may be chosen for that.
                    if types.requirement(of, part).is_none() && rest.len() == 2 {
                        let known = types.all(of, |of| &of.capabilities);
                        let names = known.iter().map(|(name, _)| *name);
                        let code = &codes::UNKNOWN_CAPABILITY;
                        // A structured property is looked into.
                        if types.property(of, part).is_none() && types.attribute(of, part).is_none() {
                            end::lacks(node, "capability", part_view, part, names, code, sink);
                        }
                    }
                    return;
                };
                let found = match flow {
                    Flow::Property => capability.property(types, name),
                    Flow::Attribute => capability
                        .attribute(types, name)
                        .or_else(|| capability.property(types, name)),
                };
                match found {
                    Some(found) if rest.len() == 2 => {
                        self.hold(flow, outer, (words, name, found), view, sink);
                    }
                    Some(_) => {}
                    None if capability.is_open(types) => {}
                    None => {
                        let code = match flow {
                            Flow::Property => &codes::UNKNOWN_PROPERTY,
                            Flow::Attribute => &codes::UNKNOWN_ATTRIBUTE,
                        };
                        let inherited = capability.of.map(|of| match flow {
                            Flow::Property => types.all(of, |of| &of.properties),
                            Flow::Attribute => types.all(of, |of| &of.attributes),
                        });
                        let names = inherited.iter().flatten().map(|(name, _)| *name);
                        let words = format!("{words} of `{part}`");
                        end::lacks(node, &words, view, name, names, code, sink);
                    }
                }
            }
            [] => {}
        }
    }

    /// Holds both ends of a mapping against each other.
    fn hold(
        &self,
        flow: Flow,
        (name, outer): (&str, &PropertyDef<'a>),
        (words, inner_name, inner): (&str, &str, &PropertyDef<'a>),
        at: View<'a>,
        sink: &mut Sink,
    ) {
        let types = &self.service.types;
        let (from, to) = match flow {
            Flow::Property => (outer, inner),
            Flow::Attribute => (inner, outer),
        };
        if fit::fits(types, &from.schema, &to.schema) {
            return;
        }
        fit::unfit(
            (flow.words(), name, outer.schema.name(types)),
            (words, inner_name, inner.schema.name(types)),
            at,
            (outer.key.span(), inner.key.span()),
            sink,
        );
    }

    fn unknown_input(&self, view: View<'a>, name: &str, sink: &mut Sink) {
        let known = self.service.inputs.keys().copied();
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_INPUT,
                view.span(),
                format!("unknown input `{name}`"),
            )
            .note("a property is mapped to an input of the template, or to `[ NODE, PROPERTY ]`")
            .help(did_you_mean(name, known).unwrap_or_else(|| {
                format!("declare `{name}` under `inputs`, or name an input that is there")
            })),
        );
    }
}

/// Whether a property is a list, so that a list may be its value and no mapping.
fn takes_lists<'a>(types: &super::super::types::Types<'a>, def: &PropertyDef<'a>) -> bool {
    matches!(def.schema.base(types), Some(Builtin::List | Builtin::Range))
}
