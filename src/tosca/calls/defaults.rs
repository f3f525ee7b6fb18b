//! Defaults that hold calls: those of properties that a template does not give.

use std::rc::Rc;

use super::super::function::Here;
use super::super::types::{PropertyDef, TypeId, Types};
use super::super::view::View;
use super::{Calls, holds_calls};
use crate::diagnostic::Sink;

/// A property with such a default, of a type or of one of its capabilities.
pub(super) struct Computed<'s, 'a> {
    capability: Option<&'a str>,
    name: &'a str,
    def: &'s PropertyDef<'a>,
}

impl<'a> Calls<'_, '_, 'a> {
    /// The defaults that count for a template of type `of`; `body` is what it gives itself.
    pub(super) fn defaults(
        &mut self,
        of: Option<TypeId>,
        body: Option<View<'a>>,
        here: Here,
        sink: &mut Sink,
    ) {
        let types = &self.values.service.types;
        let Some(of) = of else { return };
        let all = self.defaults.entry(of);
        let all = Rc::clone(all.or_insert_with(|| Rc::new(computed(types, of))));
        for Computed {
            capability,
            name,
            def,
        } in all.iter()
        {
            let part = match capability {
                Some(capability) => body.and_then(|body| body.get("capabilities")?.get(capability)),
                None => body,
            };
            let given = part.and_then(|part| part.get("properties")?.key(name));
            if let Some(default) = def.default.filter(|_| given.is_none()) {
                self.property(name, default, Some(def), here, sink);
            }
        }
    }
}

fn computed<'s, 'a>(types: &'s Types<'a>, of: TypeId) -> Vec<Computed<'s, 'a>> {
    let whole = types.all(of, |of| &of.properties).into_iter();
    let mut all: Vec<_> = whole.map(|(name, def)| (None, name, def)).collect();
    for (part, capability) in types.all(of, |of| &of.capabilities) {
        let own = capability.properties.iter().map(|(&name, def)| (name, def));
        let inherited = capability.of.map(|of| types.all(of, |of| &of.properties));
        let inherited = inherited.into_iter().flatten();
        let inherited = inherited.filter(|(name, _)| !capability.properties.contains_key(name));
        all.extend(own.chain(inherited).map(|(name, def)| (Some(part), name, def)));
    }
    let computed = all
        .into_iter()
        .filter(|(_, _, def)| def.default.is_some_and(holds_calls));
    computed
        .map(|(capability, name, def)| Computed {
            capability,
            name,
            def,
        })
        .collect()
}
