//! Outputs of operations and notifications: the attributes that take them are there (Simple Profile 1.3, section
//! 3.6.15: attribute mappings).

use super::super::view::View;
use super::{InterfaceDef, TypeId, TypeKind, Types, listing};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Whose attributes a mapping may name.
const ENTITIES: [&str; 4] = ["SELF", "SOURCE", "TARGET", "HOST"];

/// Checks the outputs that types state. After all types are read: attributes may be defined anywhere in them.
pub(super) fn check(types: &Types<'_>, sink: &mut Sink) {
    for (id, of) in types
        .iter()
        .filter(|(_, of)| !types.forest.file(of.file).embedded)
    {
        for (_, name, body) in of.body.entries_of("interfaces") {
            if let Some(interface) = of.interfaces.get(name) {
                types.check_outputs(id, interface, Some(body), sink);
            }
        }
    }
}

impl<'a> Types<'a> {
    /// Checks the outputs of an interface of type `of`, or of a template of that type. With a body, those that it states
    /// itself; and those that the interface's type states for whatever has the interface.
    pub(in crate::tosca) fn check_outputs(
        &self,
        of: TypeId,
        interface: &InterfaceDef<'a>,
        body: Option<View<'a>>,
        sink: &mut Sink,
    ) {
        let parts = interface
            .operations
            .values()
            .chain(interface.notifications.values());
        for (name, &mapping) in parts.flat_map(|part| &part.outputs) {
            let is_own = body.is_some_and(|body| body.span().contains(mapping.span()));
            if is_own || body.is_some_and(|body| body.get("type").is_some()) {
                let place = (!is_own).then_some(interface.key);
                self.check_output(of, name, mapping, place, sink);
            }
        }
    }

    fn check_output(
        &self,
        of: TypeId,
        name: &str,
        mapping: View<'a>,
        place: Option<View<'a>>,
        sink: &mut Sink,
    ) {
        let mut items = mapping.items();
        let (Some(entity), Some(_)) = (items.next(), items.next()) else {
            sink.push(
                Diagnostic::new(
                    &codes::OUTPUT_MAPPING,
                    mapping.span(),
                    format!("output `{name}` is not mapped to an attribute"),
                )
                .note("a mapping names whose attribute it is, and the attribute")
                .help(format!("write it as in `{name}: [ SELF, {name} ]`")),
            );
            return;
        };
        let is_relationship = self.get(of).kind == TypeKind::Relationship;
        match entity.name() {
            Some("SELF") => self.check_attribute(of, mapping, place, sink),
            Some(word @ ("SOURCE" | "TARGET")) if !is_relationship => sink.push(
                Diagnostic::new(
                    &codes::OUTPUT_MAPPING,
                    entity.span(),
                    format!("operations of `{}` have no `{word}`", self.get(of).name),
                )
                .note("only operations of relationships have a source and a target")
                .help("write `SELF`"),
            ),
            Some(word) if !ENTITIES.contains(&word) => {
                if let Some(near) = did_you_mean(word, ENTITIES) {
                    sink.push(
                        Diagnostic::new(
                            &codes::OUTPUT_MAPPING,
                            entity.span(),
                            format!("output `{name}` is mapped to an attribute of `{word}`, which means nothing here"),
                        )
                        .note("it is `SELF`, or for a relationship `SOURCE` or `TARGET`")
                        .help(near),
                    );
                }
            }
            _ => {}
        }
    }

    /// Checks that a mapping's attribute, the second item, is one of `of`, or of the capability that stands there.
    pub(in crate::tosca) fn check_attribute(
        &self,
        of: TypeId,
        mapping: View<'a>,
        place: Option<View<'a>>,
        sink: &mut Sink,
    ) {
        if self.get(of).open {
            return;
        }
        let Some((view, name)) = mapping.items().nth(1).and_then(|item| Some((item, item.name()?))) else {
            return;
        };
        let has = |name| self.attribute(of, name).is_some() || self.property(of, name).is_some();
        if has(name) || self.requirement(of, name).is_some() {
            return;
        }
        let Some(capability) = self.capability(of, name) else {
            let named = self.get(of);
            let words = (named.kind.words(), named.name);
            let known = self.all(of, |of| &of.attributes);
            let known: Vec<_> = known.into_iter().map(|(name, _)| name).collect();
            sink.push(
                unknown((view, name), words, &known, place)
                    .related(named.key.span(), format!("`{}` is defined here", named.name)),
            );
            return;
        };
        let third = mapping.items().nth(2).and_then(|item| Some((item, item.name()?)));
        let Some((view, attribute)) = third.filter(|_| !capability.is_open(self)) else {
            return;
        };
        if capability.attribute(self, attribute).is_none() && capability.property(self, attribute).is_none() {
            let inherited = capability.of.map(|of| self.all(of, |of| &of.attributes));
            let known: Vec<_> = inherited.into_iter().flatten().map(|(name, _)| name).collect();
            let fault = unknown((view, attribute), ("capability", name), &known, place);
            sink.push(fault.related(capability.key.span(), "the capability is defined here"));
        }
    }
}

/// The diagnostic of a mapping to an attribute that is not there. `place`: where it turns out, if not where it stands.
fn unknown(
    (view, name): (View<'_>, &str),
    (words, owner): (&str, &str),
    known: &[&str],
    place: Option<View<'_>>,
) -> Diagnostic {
    let fault = Diagnostic::new(
        &codes::OUTPUT_MAPPING,
        place.unwrap_or(view).span(),
        format!("there is no attribute `{name}` that could take the output"),
    )
    .note(format!("{words} `{owner}` {}", listing(known.iter().copied())))
    .help(did_you_mean(name, known.iter().copied()).unwrap_or_else(|| {
        format!("define `{name}` under `attributes` of `{owner}`, or name one that is there")
    }));
    match place {
        Some(_) => fault.related(view.span(), "the output is mapped here"),
        None => fault,
    }
}
