//! Faults that need no looking around.

use granit_parser::{ErrorKind, ScanError};

use super::Fault;
use super::words::next_character;
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::build::Builder;

/// What is said of the parser's complaint at `at`.
pub(super) fn plain(builder: &Builder<'_>, at: usize, kind: &ErrorKind, error: &ScanError) -> Fault {
    let (message, help) = match kind {
        ErrorKind::InvalidSimpleKey => (
            "this key is too long or goes over several lines",
            "a key stands on one line and has at most 1024 characters",
        ),
        ErrorKind::MappingKeyNotAllowed => ("no key may stand here", "begin a new line for it"),
        ErrorKind::CommentInterceptedScalar => (
            "a comment stands inside of a text over several lines",
            "move the comment above the key, or quote the text",
        ),
        ErrorKind::CommentNotSeparated => (
            "no blank before `#`",
            "put a blank before `#` to begin a comment, or quote the text that it belongs to",
        ),
        ErrorKind::ZeroBlockScalarIndent | ErrorKind::InvalidBlockScalarHeader => (
            "this is no header of a block of text",
            "behind `|` or `>` only `+`, `-` and a digit from 1 to 9 may stand; the text begins on the next line",
        ),
        ErrorKind::InvalidBlockScalarIndent => (
            "the first lines of this block of text are indented deeper than the text",
            "indent all its lines at least as deep as the first, or give the depth behind `|`, as in `|2`",
        ),
        ErrorKind::BomInsideDocument => (
            "a byte order mark stands inside of the text",
            "remove it; it is invisible and often comes from joining files",
        ),
        ErrorKind::UndeclaredTagHandle
        | ErrorKind::ExpectedTagBang
        | ErrorKind::InvalidGlobalTagCharacter
        | ErrorKind::InvalidTagTerminator
        | ErrorKind::MissingTagUri
        | ErrorKind::UnclosedVerbatimTag
        | ErrorKind::InvalidTagEscape
        | ErrorKind::InvalidTagUtf8LeadingByte
        | ErrorKind::InvalidTagUtf8TrailingByte
        | ErrorKind::InvalidTagUtf8 => (
            "a value that begins with `!` is a tag, and this is none",
            "quote the text if no tag is meant",
        ),
        ErrorKind::UnsupportedYamlMajorVersion => ("this version of YAML is not known", "write `%YAML 1.2`"),
        ErrorKind::DirectiveByteLimitExceeded { .. }
        | ErrorKind::InvalidDirectiveName
        | ErrorKind::InvalidDirectiveTerminator
        | ErrorKind::MissingDirectiveName
        | ErrorKind::MissingYamlVersion
        | ErrorKind::MissingYamlVersionSeparator
        | ErrorKind::DuplicateVersionDirective
        | ErrorKind::DuplicateTagDirective
        | ErrorKind::InvalidTagDirectiveTerminator
        | ErrorKind::ExpectedTagDirectiveBang
        | ErrorKind::MissingDocumentEndBeforeDirective => (
            "a line that begins with `%` is a directive, and this is none",
            "indent the line if it belongs to a text; else remove it",
        ),
        _ => {
            let end = next_character(builder.text, at);
            let words = error.info();
            let words = words.rsplit(", ").next().unwrap_or_default().to_owned();
            let diagnostic = Diagnostic::new(
                &codes::SYNTAX,
                builder.span(at, end),
                format!("this is not YAML: {words}"),
            );
            return Fault::new(at, diagnostic);
        }
    };
    let end = next_character(builder.text, at);
    Fault::new(
        at,
        Diagnostic::new(&codes::SYNTAX, builder.span(at, end), message).help(help),
    )
}
