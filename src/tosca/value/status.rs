//! What a definition says of its standing: `status` (Simple Profile 1.3, section 3.6.10.3).

use super::super::types::PropertyDef;
use super::super::view::View;
use super::What;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};

/// Tells that what gets a value at `key` is on its way out, or not yet settled.
pub(in crate::tosca) fn check_status(key: View<'_>, what: What<'_>, def: &PropertyDef<'_>, sink: &mut Sink) {
    let Some(status) = def.status else { return };
    let (message, help, severity) = match status.text() {
        Some("deprecated") => (
            format!("{what} is deprecated"),
            "use what replaces it: a later version of the type may not have it",
            Severity::Warning,
        ),
        Some("unsupported") => (
            format!("{what} is not supported"),
            "remove it: what it says has no effect",
            Severity::Warning,
        ),
        Some("experimental") => (
            format!("{what} is experimental"),
            "be ready for a later version of the type that changes or drops it",
            Severity::Info,
        ),
        _ => return,
    };
    let mut fault = Diagnostic::new(&codes::PROPERTY_STATUS, key.span(), message).help(help);
    fault.severity = severity;
    let described = def.body.get("description").and_then(View::text).map(str::trim);
    if let Some(text) = described.filter(|text| !text.is_empty() && text.len() <= 120 && !text.contains('\n'))
    {
        fault = fault.note(format!("it is described as: {text}"));
    }
    sink.push(fault.related(status.span(), "its definition says so here"));
}
