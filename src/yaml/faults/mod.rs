//! The parser's complaints, in words for the author of the file.

mod bracket;
mod colon;
mod indentation;
mod plain;
mod quote;
mod stray;
mod tab;
mod template;
mod words;

use granit_parser::{ErrorKind, ScanError};

use super::build::{Builder, too_deep};
use crate::diagnostic::Diagnostic;

pub(super) use colon::missing_colon;
pub(super) use indentation::{bad_indentation, behind_root, behind_value};
pub(super) use template::template_value;

use bracket::{
    inside_brackets, is_about_brackets, mismatched, misplaced_end, outer_bracket, pending_bracket, unclosed,
};
use colon::value_not_allowed;
use indentation::{list_behind_key, misplaced};
use plain::plain;
use quote::{behind_quote, escape, unclosed_quote};
use stray::stray;
use tab::tab;
pub(super) use tab::tab_before;
use template::template;
use words::next_character;

/// A fault, and where what is broken begins (its diagnostic may point elsewhere).
pub(super) struct Fault {
    pub at: usize,
    pub diagnostic: Diagnostic,
}

impl Fault {
    pub fn new(at: usize, diagnostic: Diagnostic) -> Self {
        Self { at, diagnostic }
    }
}

/// What the parser's `error` at the offset `at` means.
pub(super) fn translate(builder: &Builder<'_>, error: &ScanError, at: usize) -> Fault {
    let text = builder.text;
    // Of a fault inside of brackets, the outermost bracket tells where it can be over.
    let bracket = outer_bracket(builder)
        .or_else(|| is_about_brackets(error.kind()).then(|| pending_bracket(builder, at))?);
    if let Some(start) = bracket
        && text[start..].starts_with("{{")
    {
        return template(builder, start);
    }
    let mut fault = match error.kind() {
        ErrorKind::UnexpectedCharacter { character } => stray(builder, at, *character),
        ErrorKind::MissingAnchorOrAliasName | ErrorKind::PlainScalarStartsWithDashFlowIndicator => {
            stray(builder, at, text[at..].chars().next().unwrap_or(' '))
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::InvalidBlockEntryWhitespace
        | ErrorKind::InvalidMappingValueWhitespace => tab(builder, at),
        ErrorKind::SimpleKeyExpected => missing_colon(builder, at),
        ErrorKind::MappingValueNotAllowed => value_not_allowed(builder, at),
        ErrorKind::UnclosedFlowCollection { open } => unclosed(builder, at, *open, None),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => mismatched(builder, at, *open, *close),
        ErrorKind::MisplacedFlowCollectionEnd => misplaced_end(builder, at),
        kind if bracket.is_some() && is_about_brackets(kind) => {
            inside_brackets(builder, at, bracket.unwrap_or(at))
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            unclosed_quote(builder, at)
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar => behind_quote(builder, at, '\''),
        ErrorKind::InvalidTrailingDoubleQuotedScalar => behind_quote(builder, at, '"'),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => escape(builder, at),
        ErrorKind::RecursionLimitExceeded => {
            Fault::new(at, too_deep(builder.span(at, next_character(text, at))))
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedDocumentStart
        | ErrorKind::InvalidQuotedScalarIndent => misplaced(builder, at),
        ErrorKind::BlockSequenceEntryNotAllowed => list_behind_key(builder, at),
        kind => plain(builder, at, kind, error),
    };
    if let Some(start) = bracket {
        fault.at = fault.at.min(start);
    }
    fault
}
