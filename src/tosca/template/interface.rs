//! The interfaces of a template: those of its type, refined by its own.

use super::super::types::{Bearer, InterfaceDef, Members, TypeId, Types};
use super::super::view::View;
use super::unknown;
use crate::diagnostic::{Sink, codes};

/// All interfaces of a template of type `of`; `body` holds its own `interfaces`, if there is one. Unknown interfaces and
/// operations of that body are reported.
pub(in crate::tosca) fn interfaces_of<'a>(
    types: &Types<'a>,
    of: TypeId,
    body: Option<View<'a>>,
    sink: &mut Sink,
) -> Members<'a, InterfaceDef<'a>> {
    let mut interfaces: Members<'a, InterfaceDef<'a>> = types
        .all(of, |of| &of.interfaces)
        .into_iter()
        .map(|(name, interface)| (name, interface.clone()))
        .collect();
    let bearer = Bearer::Template(types.get(of).kind);
    let own = body.into_iter().flat_map(|body| body.entries_of("interfaces"));
    for (key, name, body) in own {
        let file = types.forest.file_of(key);
        let Some(inherited) = types.interface(of, file, name) else {
            // A template may bring an interface that its type lacks if it says of what type it is.
            let base = body
                .get("type")
                .and_then(|_| InterfaceDef::base(types, key, name, body, None, sink));
            if let Some(mut interface) = base {
                types.check_operations(&interface, bearer, body, sink);
                interface.refine(types, bearer, body, sink);
                types.check_outputs(of, &interface, Some(body), sink);
                interfaces.insert(name, interface);
            } else if !types.get(of).open && body.get("type").is_none() {
                report_unknown(types, of, key, name, sink);
            }
            continue;
        };
        // The name it has in the type, where the template uses the name of the interface's type.
        let known = interfaces
            .iter()
            .find(|(_, interface)| std::ptr::eq(*interface, inherited) || interface.key == inherited.key)
            .map_or(name, |(&known, _)| known);
        let interface = interfaces.entry(known);
        let interface = interface.or_insert_with(|| inherited.clone());
        types.check_operations(interface, bearer, body, sink);
        interface.refine(types, bearer, body, sink);
        types.check_outputs(of, interface, Some(body), sink);
    }
    interfaces
}

fn report_unknown<'a>(types: &Types<'a>, of: TypeId, key: View<'a>, name: &'a str, sink: &mut Sink) {
    let known = types.all(of, |of| &of.interfaces);
    let names = known.iter().map(|(name, _)| *name).collect();
    let member = ("interface", &codes::UNKNOWN_INTERFACE);
    sink.push(unknown::member(types.get(of), key, name, member, names));
}
