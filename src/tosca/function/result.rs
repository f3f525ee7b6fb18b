//! What type the result of a call is of, as far as the call itself tells.

use super::super::types::Types;
use super::super::value::Builtin;
use super::super::view::View;
use super::call::{Call, Function};

/// The function's name and the built-in type its result is always of, where that is known from the call alone, or
/// from the declaration of the input it reads.
pub(in crate::tosca) fn result<'a>(types: &Types<'a>, view: View<'a>) -> Option<(&'static str, Builtin)> {
    let call = Call::of(view)?;
    let of = match call.function {
        Function::Concat | Function::Join | Function::Token | Function::GetSecret | Function::GetArtifact => {
            Builtin::String
        }
        Function::GetNodesOfType => Builtin::List,
        Function::GetInput => {
            let list = call.list();
            let [name] = list.as_slice() else { return None };
            let file = types.forest.file(types.forest.file_of(view));
            let inputs = file.root()?.get("topology_template")?.get("inputs")?;
            Builtin::of(inputs.get(name.text()?)?.name_of("type")?.1)?
        }
        _ => return None,
    };
    Some((call.function.as_str(), of))
}
