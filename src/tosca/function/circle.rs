//! Values that are computed from each other in a circle.

use super::super::template::Service;
use super::call::Call;
use super::evaluate::Here;
use super::memory::Key;
use crate::diagnostic::{Diagnostic, codes};

/// The most values that a message names.
const SHOWN: usize = 12;

/// The message for a circle of calls, each of which needs the next.
pub(super) fn report<'a>(service: &Service<'a>, circle: &[(Key, Call<'a>)]) -> Option<Diagnostic> {
    // `concat` and its like only pass on what others read.
    let mut reads: Vec<_> = circle
        .iter()
        .filter(|(_, call)| !call.function.is_text())
        .map(|((.., here), call)| (call.view.span(), meant(service, *here, call)))
        .collect();
    // One circle is met from each of its values; it is told at the first of them.
    let first = (0..reads.len()).min_by_key(|&at| reads[at].0)?;
    reads.rotate_left(first);
    let mut names: Vec<_> = reads
        .iter()
        .map(|(_, name)| format!("`{name}`"))
        .take(SHOWN)
        .collect();
    if reads.len() > SHOWN {
        names.push(format!("({} more)", reads.len() - SHOWN));
    }
    names.extend(names.first().cloned());
    let (span, name) = &reads[0];
    let mut fault = Diagnostic::new(
        &codes::PROPERTY_CYCLE,
        *span,
        format!("this value is computed from itself: {}", names.join(" -> ")),
    )
    .label(format!("reads `{name}`"))
    .help("give one of the values in the circle as it is");
    for (span, name) in reads[1..].iter().take(SHOWN - 1) {
        fault = fault.related(*span, format!("reads `{name}`"));
    }
    Some(fault)
}

/// What a call reads, for people: `db.port`.
fn meant(service: &Service<'_>, here: Here, call: &Call<'_>) -> String {
    let mut parts: Vec<_> = call
        .list()
        .into_iter()
        .map(|part| part.text().unwrap_or("…"))
        .collect();
    if let (Some(first), Here::Node(at)) = (parts.first_mut(), here)
        && *first == "SELF"
    {
        *first = service.node(at).name;
    }
    parts.join(".")
}
