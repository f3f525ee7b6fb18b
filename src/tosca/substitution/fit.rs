//! Whether both ends of a mapping are of one type.

use super::super::types::Types;
use super::super::value::{Builtin, Of, Schema};
use super::super::view::View;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::Span;

/// Whether values of `from` may be values of `to`. Where one of the two is not wholly known, they may.
pub(super) fn fits<'a>(types: &Types<'a>, from: &Schema<'a>, to: &Schema<'a>) -> bool {
    let same = match (from.of, to.of) {
        (Of::Any, _) | (_, Of::Any) => true,
        (Of::Data(one), Of::Data(other)) => {
            types.is_a(one, other)
                || types.is_a(other, one)
                || types.get(one).open
                || types.get(other).open
                || matches!((from.base(types), to.base(types)), (Some(one), Some(other)) if one == other)
        }
        (Of::Data(id), _) | (_, Of::Data(id)) if types.get(id).open => true,
        _ => match (from.base(types), to.base(types)) {
            (Some(one), Some(other)) => one == other || (one, other) == (Builtin::Integer, Builtin::Float),
            // A structure may be handed on as a map.
            (Some(Builtin::Map), None) | (None, Some(Builtin::Map)) => true,
            _ => false,
        },
    };
    let nested = |one: &Option<Box<Schema<'a>>>, other: &Option<Box<Schema<'a>>>| match (one, other) {
        (Some(one), Some(other)) => fits(types, one, other),
        _ => true,
    };
    same && nested(&from.entry, &to.entry) && nested(&from.key, &to.key)
}

/// Reports that the outer end (words, name, type) does not fit the inner one, at the mapping; `ends` is where both are
/// defined.
pub(super) fn unfit(
    (outer_words, outer, wanted): (&str, &str, &str),
    (inner_words, inner, have): (&str, &str, &str),
    at: View<'_>,
    ends: (Span, Span),
    sink: &mut Sink,
) {
    sink.push(
        Diagnostic::new(
            &codes::UNFIT_MAPPING,
            at.span(),
            format!("{inner_words} `{inner}` does not fit {outer_words} `{outer}`"),
        )
        .note(format!(
            "`{outer}` is of type `{wanted}`, and `{inner}` of type `{have}`"
        ))
        .help(format!(
            "map `{outer}` to something of type `{wanted}`, or change one of the types"
        ))
        .related(ends.0, format!("{outer_words} `{outer}` is defined here"))
        .related(ends.1, format!("{inner_words} `{inner}` is defined here")),
    );
}
