//! Whether calls have the arguments that their functions take.

use super::super::Version;
use super::super::view::View;
use super::call::{Call, Function};
use crate::diagnostic::{Diagnostic, codes};

/// The least and the most arguments of a function; no most where a path goes on into a value.
fn counts(function: Function, nests: bool) -> (usize, Option<usize>) {
    match function {
        Function::GetInput => (1, if nests { None } else { Some(1) }),
        Function::GetNodesOfType => (1, Some(1)),
        Function::GetProperty | Function::GetAttribute => (2, None),
        Function::GetOperationOutput => (4, None),
        Function::GetArtifact => (2, Some(4)),
        Function::GetSecret => (2, Some(2)),
        Function::Concat => (1, None),
        Function::Join => (1, Some(2)),
        Function::Token => (3, Some(3)),
    }
}

/// What is wrong with a call, whose arguments are `list`, in a file of this version. Since 1.3 `get_input` may go on into a
/// structure (Simple Profile 1.3, section 4.4.1).
pub(super) fn fault(call: &Call<'_>, list: &[View<'_>], version: Version) -> Option<Diagnostic> {
    let function = call.function;
    let name = function.as_str();
    if version < function.since() {
        return Some(too_new(call, version));
    }
    let nests = version >= Version::Simple13;
    let (least, most) = counts(function, nests);
    let have = list.len();
    if have < least || most.is_some_and(|most| have > most) {
        let takes = match (least, most) {
            (one, Some(most)) if one == most => count(one),
            (least, Some(most)) => format!("{least} to {}", count(most)),
            (least, None) => format!("at least {}", count(least)),
        };
        let fault = written(call, call.key, format!("`{name}` takes {takes}, not {have}"));
        return Some(if function == Function::GetInput && !nests && have > 1 {
            fault.note("a path into the value of an input is read since `tosca_simple_yaml_1_3`")
        } else {
            fault
        });
    }
    if function.is_text() {
        return text_fault(call, list);
    }
    // What has to be a name, up to where a path goes on.
    let names = match function {
        Function::GetInput | Function::GetNodesOfType => 1,
        Function::GetOperationOutput => 4,
        _ => 2,
    };
    let odd = (1..)
        .zip(&list[..names.min(have)])
        .find(|(_, argument)| argument.is_null() || argument.is_list() || is_data(**argument));
    if let Some((at, argument)) = odd {
        return Some(written(
            call,
            *argument,
            format!("argument {at} of `{name}` must be a name"),
        ));
    }
    let remove = list.get(3).filter(|_| function == Function::GetArtifact)?;
    let text = remove.text()?;
    crate::grammar::boolean(text).is_none().then(|| {
        written(
            call,
            *remove,
            format!("argument 4 of `{name}` must be `true` or `false`, not `{text}`"),
        )
        .note("it says whether the artifact is removed afterwards")
    })
}

/// A function that later versions brought.
fn too_new(call: &Call<'_>, version: Version) -> Diagnostic {
    let (name, since) = (call.function.as_str(), call.function.since());
    let message = format!("the function `{name}` is not in {version}");
    let fault = Diagnostic::new(&codes::UNKNOWN_FUNCTION, call.key.span(), message);
    fault.label(format!("exists since {since}")).help(format!(
        "raise `tosca_definitions_version` to `{since}`, or do without `{name}`"
    ))
}

fn text_fault(call: &Call<'_>, list: &[View<'_>]) -> Option<Diagnostic> {
    let name = call.function.as_str();
    let odd = |at: usize, what: &str| {
        written(
            call,
            list[at],
            format!("argument {} of `{name}` must be {what}", at + 1),
        )
    };
    match call.function {
        Function::Join => {
            if list[0].is_scalar() || is_data(list[0]) {
                return Some(odd(0, "a list of texts"));
            }
            list.get(1)
                .filter(|delimiter| delimiter.is_list() || is_data(**delimiter))
                .map(|_| odd(1, "a text"))
        }
        Function::Token => {
            let text = (0..2).find(|&at| list[at].is_list() || is_data(list[at]));
            if let Some(at) = text {
                return Some(odd(at, "a text"));
            }
            let index = list[2];
            let fits = index.text().map(|text| text.parse::<usize>().is_ok());
            (fits == Some(false) || index.is_list() || is_data(index))
                .then(|| odd(2, "a number: 0 for the first part"))
        }
        _ => (0..list.len())
            .find(|&at| list[at].is_list() || is_data(list[at]))
            .map(|at| match super::call::failed_call(list[at]) {
                Some(fault) => fault,
                None => odd(at, "a text"),
            }),
    }
}

/// A map that is no call.
fn is_data(view: View<'_>) -> bool {
    view.is_map() && Call::of(view).is_none()
}

/// A function whose arguments are of no kind that it takes.
pub(super) fn misused(function: Function, key: View<'_>) -> Diagnostic {
    Diagnostic::new(
        &codes::FUNCTION_ARGUMENTS,
        key.span(),
        format!("`{}` has wrong arguments", function.as_str()),
    )
    .help(format!("write it as `{}`", function.usage()))
}

/// A fault of a call at one of its places.
pub(super) fn written(call: &Call<'_>, at: View<'_>, message: String) -> Diagnostic {
    Diagnostic::new(&codes::FUNCTION_ARGUMENTS, at.span(), message)
        .help(format!("write it as `{}`", call.function.usage()))
}

fn count(number: usize) -> String {
    match number {
        1 => "one argument".to_owned(),
        number => format!("{number} arguments"),
    }
}
