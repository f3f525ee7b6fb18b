//! What the substituted node shows: attributes of its type, and outputs of the template that stands in for it.

use std::collections::HashSet;

use super::super::Version;
use super::super::types::{PropertyDef, listing};
use super::Substitution;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean, nearest};

impl<'a> Substitution<'_, 'a> {
    /// Attributes of the substituted node come from outputs of the same name (1.0 to 1.3), or are mapped (since 1.3). Those
    /// of types of the standard, as `state`, are the orchestrator's to keep.
    pub(super) fn check_attributes(&self, sink: &mut Sink) {
        let types = &self.service.types;
        let of = types.get(self.of);
        let outputs = &self.service.outputs;
        let mapped: HashSet<&str> = self
            .body
            .entries_of("attributes")
            .map(|(_, name, _)| name)
            .collect();
        for (name, attribute) in types.all(self.of, |of| &of.attributes) {
            let owner = types.chain(self.of).find(|of| of.attributes.contains_key(name));
            let is_kept = owner.is_none_or(|owner| owner.name.starts_with("tosca."));
            if is_kept || mapped.contains(name) || outputs.contains_key(name) || attribute.default.is_some() {
                continue;
            }
            let stray = outputs
                .keys()
                .copied()
                .filter(|output| self.shows(output).is_none());
            let near = nearest(name, stray);
            if near.is_some() && self.by_name() {
                // Told of the output.
                continue;
            }
            sink.push(
                Diagnostic::new(
                    &codes::INCOMPLETE_SUBSTITUTION,
                    self.named.span(),
                    format!("nothing gives attribute `{name}` of `{}` a value", of.name),
                )
                .note("who reads it from a substituted node would find nothing")
                .help(match near {
                    Some(near) => format!("is the output `{near}` meant to be `{name}`?"),
                    None => format!("add an output `{name}`"),
                })
                .related(attribute.key.span(), format!("`{name}` is defined here")),
            );
        }
    }

    /// The attribute of the substituted type; every property is one too.
    fn shows(&self, name: &str) -> Option<&PropertyDef<'a>> {
        let types = &self.service.types;
        let attribute = types.attribute(self.of, name);
        attribute.or_else(|| types.property(self.of, name))
    }

    /// Whether names alone say which output is which attribute, as up to 1.2.
    fn by_name(&self) -> bool {
        let forest = &self.service.types.forest;
        forest.file(forest.file_of(self.named)).version < Version::Simple13
    }

    /// Up to 1.2 an output goes to the attribute of its name, and nothing else can be said. Later ones are mapped, so that
    /// others may be there for a template that is used by itself.
    pub(super) fn check_outputs(&self, sink: &mut Sink) {
        let types = &self.service.types;
        if !self.by_name() {
            return;
        }
        let of = types.get(self.of);
        for (name, output) in &self.service.outputs {
            if self.shows(name).is_some() {
                continue;
            }
            let all = types.all(self.of, |of| &of.attributes);
            let known = all.iter().map(|(name, _)| *name);
            sink.push(
                Diagnostic::new(
                    &codes::STRAY_OUTPUT,
                    output.key.span(),
                    format!("output `{name}` is no attribute of `{}`", of.name),
                )
                .note(format!(
                    "the outputs become attributes of the substituted node, whose type {}",
                    listing(known.clone())
                ))
                .help(
                    did_you_mean(name, known)
                        .unwrap_or_else(|| "remove it, or define the attribute in the type".to_owned()),
                )
                .related(self.named.span(), "the node is substituted here"),
            );
        }
    }
}
