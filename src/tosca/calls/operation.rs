//! Calls in the inputs of operations and notifications, whether these have an implementation or not.

use std::rc::Rc;

use super::super::function::Here;
use super::super::template::interfaces_of;
use super::super::types::{InputDef, TypeId, Types};
use super::super::value::What;
use super::super::view::View;
use super::Calls;
use crate::diagnostic::Sink;

/// The inputs of a type's operations whose values may hold calls.
pub(super) type Given<'a> = Rc<Vec<(&'a str, InputDef<'a>)>>;

impl<'a> Calls<'_, '_, 'a> {
    /// The interfaces of something of type `of`; `body` brings its own.
    pub(super) fn interfaces(
        &mut self,
        of: Option<TypeId>,
        body: Option<View<'a>>,
        here: Here,
        sink: &mut Sink,
    ) {
        let types = &self.values.service.types;
        let own = body.and_then(|body| body.get("interfaces"));
        if let Some(of) = of {
            let inherited = self.inputs.entry(of);
            let inherited = Rc::clone(inherited.or_insert_with(|| Rc::new(given(types, of, None))));
            // Its own interfaces may give other values than its type does.
            let all = own.map_or(inherited, |_| Rc::new(given(types, of, body)));
            for (name, input) in all.iter() {
                let Some(value) = input.value else { continue };
                let defined = input.def.as_ref().map_or(input.key, |def| def.key);
                self.judge(value, input.schema(), (What("input", name), defined), here, sink);
            }
        }
        if let Some(own) = own {
            self.look(own, here, sink);
        }
    }
}

fn given<'a>(types: &Types<'a>, of: TypeId, body: Option<View<'a>>) -> Vec<(&'a str, InputDef<'a>)> {
    // What is wrong with the interfaces themselves is reported where they are lowered.
    let interfaces = interfaces_of(types, of, body, &mut Sink::new());
    let mut all = Vec::new();
    for interface in interfaces.values() {
        let parts = interface
            .operations
            .values()
            .chain(interface.notifications.values());
        let inputs = parts.flat_map(|part| &part.inputs).chain(&interface.inputs);
        let computed =
            inputs.filter(|(_, input)| input.value.is_some_and(|value| value.is_map() || value.is_list()));
        all.extend(computed.map(|(&name, input)| (name, input.clone())));
    }
    all
}
