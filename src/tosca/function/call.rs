//! How function calls are written.

use super::super::Version;
use super::super::view::View;
use crate::diagnostic::{Diagnostic, codes, nearest};

/// A function of the language (Simple Profile 1.3, chapter 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    GetInput,
    GetProperty,
    GetAttribute,
    GetOperationOutput,
    GetNodesOfType,
    GetArtifact,
    /// khor's own.
    GetSecret,
    Concat,
    Join,
    Token,
}

impl Function {
    const ALL: [Self; 10] = [
        Self::GetInput,
        Self::GetProperty,
        Self::GetAttribute,
        Self::GetOperationOutput,
        Self::GetNodesOfType,
        Self::GetArtifact,
        Self::GetSecret,
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
            Self::GetSecret => "get_secret",
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
            Self::GetSecret => "{ get_secret: [ file, PATH ] }` or `{ get_secret: [ env, VARIABLE ] }",
            Self::Concat => "{ concat: [ TEXT, … ] }",
            Self::Join => "{ join: [ [ TEXT, … ], DELIMITER ] }",
            Self::Token => "{ token: [ TEXT, CHARACTERS, INDEX ] }",
        }
    }

    /// The version that brought it.
    pub(super) fn since(self) -> Version {
        match self {
            Self::Join => Version::Simple12,
            _ => Version::Simple10,
        }
    }

    /// Whether it makes a text of others.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Concat | Self::Join | Self::Token)
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.as_str() == name)
    }
}

/// One call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) function: Function,
    /// The whole map.
    pub(super) view: View<'a>,
    /// Where the function's name stands.
    pub(super) key: View<'a>,
    arguments: View<'a>,
}

impl<'a> Call<'a> {
    /// The call a value is: a map whose one key is a function's name. Where that name is also a usual name of data
    /// (`token` of a credential), only a list makes it a call.
    pub(super) fn of(view: View<'a>) -> Option<Self> {
        let (key, name, arguments) = view.only_entry()?;
        let function = Function::of(name)?;
        if function.is_text() && !arguments.is_list() || arguments.is_map() {
            return None;
        }
        Some(Self {
            function,
            view,
            key,
            arguments,
        })
    }

    /// Its arguments: a scalar is one.
    pub(super) fn list(&self) -> Vec<View<'a>> {
        if self.arguments.is_list() {
            self.arguments.items().collect()
        } else {
            vec![self.arguments]
        }
    }
}

/// Whether a value is a function call.
pub(in crate::tosca) fn is_call(view: View<'_>) -> bool {
    view.is_map() && Call::of(view).is_some()
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

/// A map that can only be meant as a call, and is none: the name is almost one of a function, or the arguments are
/// nothing that the function takes.
pub(in crate::tosca) fn failed_call(view: View<'_>) -> Option<Diagnostic> {
    let (key, name, _) = view.only_entry().filter(|_| !is_call(view))?;
    if let Some(function) = Function::of(name) {
        return Some(super::signature::misused(function, key));
    }
    let near = nearest(name, Function::ALL.map(Function::as_str))?;
    let usage = Function::of(near).map_or("", Function::usage);
    Some(
        Diagnostic::new(
            &codes::UNKNOWN_FUNCTION,
            key.span(),
            format!("unknown function `{name}`"),
        )
        .help(format!("did you mean `{near}`? It is written as `{usage}`")),
    )
}

/// Says of a fault of the grammar, at the text `at`, that the cause is a call: functions are evaluated in values only.
pub(in crate::tosca) fn not_here(fault: Diagnostic, at: &str) -> Diagnostic {
    if fault.code != &codes::WRONG_KIND && fault.code != &codes::UNKNOWN_KEYNAME {
        return fault;
    }
    let name = at.trim_start_matches(['{', ' ']).split(':').next();
    let Some(function) = name
        .map(str::trim)
        .and_then(Function::of)
        .filter(|function| !function.is_text())
    else {
        return fault;
    };
    let mut fault = if fault.code == &codes::UNKNOWN_KEYNAME {
        fault.help("write it behind a keyname that takes a value, or write as it is what it gives")
    } else {
        fault.help("write as it is what it gives")
    };
    fault.note = Some(format!(
        "`{}` is evaluated only in values: of properties, attributes, inputs and outputs",
        function.as_str()
    ));
    fault
}
