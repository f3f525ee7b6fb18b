//! What a substitution leaves out.

use std::collections::HashSet;

use super::super::view::View;
use super::Substitution;
use super::end::{Mapped, mapped};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

impl Substitution<'_, '_> {
    /// Required properties reach an input; requirements and capabilities are handed on; inputs get a value.
    pub(super) fn check_complete(&self, sink: &mut Sink) {
        let types = &self.service.types;
        let of = types.get(self.of);
        let mapped_properties: HashSet<&str> = self
            .body
            .entries_of("properties")
            .map(|(_, name, _)| name)
            .collect();
        let inputs = &self.service.inputs;
        let properties = types.all(self.of, |of| &of.properties);
        for (name, property) in &properties {
            let given = mapped_properties.contains(name) || inputs.contains_key(name);
            if given || !property.required || property.default.is_some() {
                continue;
            }
            sink.push(
                Diagnostic::new(
                    &codes::UNMAPPED_PROPERTY,
                    self.named.span(),
                    format!(
                        "the required property `{name}` of `{}` is mapped to nothing",
                        of.name
                    ),
                )
                .note("every node that is substituted has a value for it, and that would be lost")
                .help(did_you_mean(name, inputs.keys().copied()).unwrap_or_else(|| {
                    format!("add an input `{name}`, or map the property to another input")
                }))
                .related(property.key.span(), format!("`{name}` is defined here")),
            );
        }
        self.check_inputs(&properties.iter().map(|(name, _)| *name).collect(), sink);
        self.check_attributes(sink);
        self.check_outputs(sink);
        self.check_requirements(sink);
        self.check_capabilities(sink);
    }

    /// Inputs that must have a value, and that nothing gives one where the template substitutes a node.
    fn check_inputs(&self, properties: &HashSet<&str>, sink: &mut Sink) {
        let mut fed: HashSet<&str> = HashSet::new();
        for (_, _, value) in self.body.entries_of("properties") {
            if let Mapped::Path(path) = mapped(value)
                && let [(_, input)] = *path.as_slice()
            {
                fed.insert(input);
            }
        }
        for (name, input) in &self.service.inputs {
            if !input.def.required
                || input.def.default.is_some()
                || fed.contains(name)
                || properties.contains(name)
            {
                continue;
            }
            sink.push(
                Diagnostic::new(
                    &codes::INCOMPLETE_SUBSTITUTION,
                    input.def.key.span(),
                    format!("input `{name}` gets no value where the template substitutes a node"),
                )
                .note(
                    "it is required, has no default, and no property of the substituted node is mapped to it",
                )
                .help("map a property to it, or give it a default")
                .related(self.named.span(), "the node is substituted here"),
            );
        }
    }

    /// Requirements that every node of the type has, and that lead nowhere in here.
    fn check_requirements(&self, sink: &mut Sink) {
        let types = &self.service.types;
        let of = types.get(self.of);
        let stated: HashSet<&str> = self
            .body
            .get("requirements")
            .map(View::ordered)
            .unwrap_or_default()
            .into_iter()
            .map(|(_, name, _)| name)
            .collect();
        for (name, requirement) in types.all(self.of, |of| &of.requirements) {
            if requirement.least == 0 || requirement.open || stated.contains(name) {
                continue;
            }
            sink.push(
                Diagnostic::new(
                    &codes::INCOMPLETE_SUBSTITUTION,
                    self.named.span(),
                    format!("requirement `{name}` of `{}` is mapped to nothing", of.name),
                )
                .note("every node of that type has it, and what fulfils it would not be used")
                .help(format!(
                    "map it: `{name}: [ NODE, REQUIREMENT ]` under `requirements`"
                ))
                .related(requirement.key.span(), format!("`{name}` is defined here")),
            );
        }
    }

    /// Capabilities that other nodes may rely on. `feature`, which every node has, is the node itself.
    fn check_capabilities(&self, sink: &mut Sink) {
        let types = &self.service.types;
        let of = types.get(self.of);
        let stated: HashSet<&str> = self
            .body
            .entries_of("capabilities")
            .map(|(_, name, _)| name)
            .collect();
        for (name, capability) in types.all(self.of, |of| &of.capabilities) {
            let is_feature = capability
                .of
                .is_none_or(|of| types.get(of).name == "tosca.capabilities.Node");
            if is_feature || stated.contains(name) {
                continue;
            }
            sink.push(
                Diagnostic::new(
                    &codes::INCOMPLETE_SUBSTITUTION,
                    self.named.span(),
                    format!("capability `{name}` of `{}` is mapped to nothing", of.name),
                )
                .note("what relates to that capability of a substituted node would find nothing")
                .help(format!(
                    "map it: `{name}: [ NODE, CAPABILITY ]` under `capabilities`"
                ))
                .related(capability.key.span(), format!("`{name}` is defined here")),
            );
        }
    }
}
