//! How function calls are written.

use super::super::types::Types;
use super::super::value::Builtin;
use super::super::view::View;

/// A function of the language (Simple Profile 1.3, chapter 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    GetInput,
    GetProperty,
    GetAttribute,
    GetOperationOutput,
    GetNodesOfType,
    GetArtifact,
    Concat,
    Join,
    Token,
}

impl Function {
    const ALL: [Self; 9] = [
        Self::GetInput,
        Self::GetProperty,
        Self::GetAttribute,
        Self::GetOperationOutput,
        Self::GetNodesOfType,
        Self::GetArtifact,
        Self::Concat,
        Self::Join,
        Self::Token,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::GetInput => "get_input",
            Self::GetProperty => "get_property",
            Self::GetAttribute => "get_attribute",
            Self::GetOperationOutput => "get_operation_output",
            Self::GetNodesOfType => "get_nodes_of_type",
            Self::GetArtifact => "get_artifact",
            Self::Concat => "concat",
            Self::Join => "join",
            Self::Token => "token",
        }
    }

    /// How it is called, for messages.
    pub(super) fn usage(self) -> &'static str {
        match self {
            Self::GetInput => "{ get_input: NAME }",
            Self::GetProperty => "{ get_property: [ NODE, PROPERTY ] }",
            Self::GetAttribute => "{ get_attribute: [ NODE, ATTRIBUTE ] }",
            Self::GetOperationOutput => "{ get_operation_output: [ NODE, INTERFACE, OPERATION, OUTPUT ] }",
            Self::GetNodesOfType => "{ get_nodes_of_type: TYPE }",
            Self::GetArtifact => "{ get_artifact: [ NODE, ARTIFACT ] }",
            Self::Concat => "{ concat: [ TEXT, … ] }",
            Self::Join => "{ join: [ [ TEXT, … ], DELIMITER ] }",
            Self::Token => "{ token: [ TEXT, CHARACTERS, INDEX ] }",
        }
    }
}

/// The call a value is: a map whose one key is a function's name. Where that name is also a usual name of data
/// (`token` of a credential), only a list makes it a call.
pub(super) fn call(view: View<'_>) -> Option<(Function, View<'_>, View<'_>)> {
    let (key, name, arguments) = view.only_entry()?;
    let function = Function::ALL
        .into_iter()
        .find(|function| function.as_str() == name)?;
    let is_text = matches!(function, Function::Concat | Function::Join | Function::Token);
    if is_text && !arguments.is_list() || arguments.is_map() {
        return None;
    }
    Some((function, key, arguments))
}

/// Whether a value is a function call.
pub(in crate::tosca) fn is_call(view: View<'_>) -> bool {
    view.is_map() && call(view).is_some()
}

/// The function's name and the built-in type its result is always of, where that is known from the call alone, or
/// from the declaration of the input it reads.
pub(in crate::tosca) fn result<'a>(types: &Types<'a>, view: View<'a>) -> Option<(&'static str, Builtin)> {
    let (function, _, arguments) = call(view)?;
    let of = match function {
        Function::Concat | Function::Join | Function::Token => Builtin::String,
        Function::GetNodesOfType => Builtin::List,
        Function::GetInput => {
            let only = arguments.items().next().filter(|_| arguments.items().len() == 1);
            let name = only.unwrap_or(arguments).text()?;
            let file = types.forest.file(types.forest.file_of(view));
            let inputs = file.root()?.get("topology_template")?.get("inputs")?;
            Builtin::of(inputs.get(name)?.name_of("type")?.1)?
        }
        _ => return None,
    };
    Some((function.as_str(), of))
}

/// All outermost calls in a value.
pub(in crate::tosca) fn calls_in<'a>(view: View<'a>, found: &mut Vec<View<'a>>) {
    if view.is_map() {
        if is_call(view) {
            found.push(view);
        } else {
            view.entries().for_each(|(_, _, value)| calls_in(value, found));
        }
    } else if view.is_list() {
        view.items().for_each(|item| calls_in(item, found));
    }
}
