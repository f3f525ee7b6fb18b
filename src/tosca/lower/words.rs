//! Messages of lowering that several parts share.

use std::fmt;

use super::super::function::Stop;
use super::super::view::View;
use crate::diagnostic::{Diagnostic, Sink, codes};

/// A value that a step needs cannot be had when compiling.
pub(super) fn no_value(what: impl fmt::Display, view: View<'_>, stop: Stop, sink: &mut Sink) {
    match stop {
        Stop::Runtime(span, function) => sink.push(
            Diagnostic::new(
                &codes::RUNTIME_VALUE,
                span,
                format!("`{function}` is evaluated at run time: not yet supported by this khor"),
            )
            .note(format!("{what} needs the value when the template is compiled"))
            .help("use a value that is known before: an input or a property"),
        ),
        Stop::Unknown if !sink.has_errors() => sink.push(
            Diagnostic::new(
                &codes::RUNTIME_VALUE,
                view.span(),
                format!("{what} has no value that is known"),
            )
            .note("the requirement or property it reads is left open in this template")
            .help("name the node template that is meant, or give the value as it is"),
        ),
        _ => {}
    }
}
