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
                format!("{what} is needed before the application runs"),
            )
            .label(format!("`{function}` has a value only while it runs"))
            .note("what decides where and how something is run, and texts for people, must be known when it is compiled")
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

/// An output of the topology that only hosts can tell.
pub(super) fn only_on_hosts(name: &str, view: View<'_>, function: &str, sink: &mut Sink) {
    sink.push(
        Diagnostic::new(
            &codes::RUNTIME_VALUE,
            view.span(),
            format!("the output `{name}` cannot be given"),
        )
        .label(format!(
            "`{function}` has a value only on the host that runs an operation"
        ))
        .note("outputs are put together where they are asked for, from what operations gave")
        .help("let an operation give what is wanted, and read that with `get_attribute`"),
    );
}
