//! The parser's complaints, in words for the author of the file.

use granit_parser::{ErrorKind, ScanError};

use super::build::{Builder, too_deep};
use super::recover::{Line, line_start};
use crate::diagnostic::{Diagnostic, codes};

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

/// Whether the parser complains like this only inside of brackets.
fn is_about_brackets(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidColonPlacement
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::ExpectedFlowSequenceSeparator
            | ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::UnexpectedEofFlowSequence
            | ErrorKind::UnexpectedEofImplicitFlowMapping
            | ErrorKind::BlockEntryInFlowCollection
            | ErrorKind::InvalidFlowScalarIndent
            | ErrorKind::FlowMappingValueAdjacentCollection
    )
}

/// Where the outermost open bracket stands.
fn outer_bracket(builder: &Builder<'_>) -> Option<usize> {
    let outer = builder.frames.iter().find(|frame| frame.flow);
    outer.map(|frame| builder.start_of(frame))
}

/// The same, for a bracket that the parser has read, but not told of yet (all of it might turn out to be a key).
fn pending_bracket(builder: &Builder<'_>, at: usize) -> Option<usize> {
    let from = builder.last.min(at);
    let mut before = ' ';
    builder.text[from..at]
        .char_indices()
        .find_map(|(nth, character)| {
            let opens = matches!(character, '[' | '{') && before.is_whitespace();
            before = character;
            opens.then_some(from + nth)
        })
}

/// Faults that need no looking around.
fn plain(builder: &Builder<'_>, at: usize, kind: &ErrorKind, error: &ScanError) -> Fault {
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

fn stray(builder: &Builder<'_>, at: usize, character: char) -> Fault {
    let text = builder.text;
    if character == '%' && text[..at].ends_with('{') {
        return template(builder, at - 1);
    }
    if character.is_control() {
        let span = builder.span(at, next_character(text, at));
        let diagnostic = Diagnostic::new(
            &codes::STRAY_CHARACTER,
            span,
            format!(
                "the character U+{:04X} may not stand in YAML",
                u32::from(character)
            ),
        )
        .help("remove it; in double quotes it can be written as an escape (`\\x07`)");
        return Fault::new(at, diagnostic);
    }
    let word = value(text, at);
    let quoted = if word.contains('"') {
        format!("'{}'", word.replace('\'', "''"))
    } else {
        format!("\"{}\"", word.replace('\\', "\\\\"))
    };
    let diagnostic = Diagnostic::new(
        &codes::STRAY_CHARACTER,
        builder.span(at, at + word.len()),
        format!("no unquoted value may begin with `{character}`"),
    )
    .label(match character {
        '@' | '`' => "YAML keeps this character for later",
        '&' => "an anchor needs a name",
        '*' => "an alias needs a name",
        _ => "this character has a meaning of its own",
    })
    .help(format!("quote it: `{quoted}`"));
    Fault::new(at, diagnostic)
}

fn template(builder: &Builder<'_>, at: usize) -> Fault {
    Fault::new(at, template_value(builder, at))
}

/// The message for `{{ … }}`, which begins at `at`.
pub(super) fn template_value(builder: &Builder<'_>, at: usize) -> Diagnostic {
    let word = value(builder.text, at);
    let diagnostic = Diagnostic::new(
        &codes::TEMPLATE_VALUE,
        builder.span(at, at + word.len()),
        "this is a template, not a value",
    )
    .label("to YAML, each `{` opens a map")
    .note("khor reads files as they are; nothing fills in templates before");
    let hint = if word.contains('"') {
        format!("'{}'", word.replace('\'', "''"))
    } else {
        format!("\"{word}\"")
    };
    diagnostic.help(format!(
        "fill it in before, or use an input (`{{ get_input: … }}`); if the text itself is meant, quote it: `{hint}`"
    ))
}

fn tab(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    // The complaint stands at the tab, behind it, or where the value before it begins.
    let tab = if text[at..].starts_with('\t') {
        at
    } else {
        let line = line_start(text, at);
        let before = text[line..at].find('\t').map(|tab| line + tab);
        let behind = || text[at..].find("\n\t").map(|tab| at + tab + 1);
        let any = || text[at..].find('\t').map(|tab| at + tab);
        before.or_else(behind).or_else(any).unwrap_or(at)
    };
    let tabs = text[tab..].len() - text[tab..].trim_start_matches('\t').len();
    let diagnostic = Diagnostic::new(
        &codes::TAB_INDENTATION,
        builder.span(tab, tab + tabs),
        "a tab (`\\t`) where only blanks may stand",
    )
    .label("a tab")
    .note("how wide a tab is depends on the editor, so YAML allows none in indentation")
    .help("replace tabs by blanks");
    Fault::new(tab, diagnostic)
}

/// A line in a map that is neither `key: value` nor part of a value.
pub(super) fn missing_colon(builder: &Builder<'_>, at: usize) -> Fault {
    let word = value(builder.text, at);
    let span = builder.span(at, at + word.len());
    let squeezed = word
        .split_once(':')
        .filter(|(key, rest)| !key.is_empty() && !rest.is_empty());
    let diagnostic = if let Some((key, rest)) = squeezed {
        Diagnostic::new(
            &codes::MISSING_COLON,
            span,
            format!("no blank behind the colon of `{}`", short(key)),
        )
        .label("YAML reads this as one word")
        .help(format!("write `{}: {}`", short(key), short(rest)))
    } else {
        Diagnostic::new(
            &codes::MISSING_COLON,
            span,
            format!("no colon behind `{}`", short(word)),
        )
        .label("a key of this map was expected")
        .help(format!(
            "write `{}:` if it is a key; indent it if it goes on with the value above",
            short(word)
        ))
    };
    Fault::new(at, diagnostic)
}

/// A colon whose key cannot be one.
fn value_not_allowed(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    let line = Line::at(text, at);
    let first = line.start + line.indent;
    let key = text[first..at].trim();
    let before = key.find(": ").or_else(|| {
        key.starts_with("- ")
            .then(|| key[2..].find(": ").map(|at| at + 2))?
    });
    if let Some(colon) = before {
        let start = first + colon + 1;
        let start = start + (text[start..].len() - text[start..].trim_start().len());
        let word = value(text, start);
        let diagnostic = Diagnostic::new(
            &codes::UNQUOTED_COLON,
            builder.span(at, at + 1),
            "a second `: ` in one line",
        )
        .label("this would make the value before it a key")
        .help(format!(
            "quote the value if it is a text: `\"{}\"`; put it on lines of its own if it is a map",
            word.replace('"', "\\\"")
        ));
        return Fault::new(at, diagnostic);
    }
    let Some(above) = line_above(text, line.start) else {
        return misplaced(builder, first);
    };
    let content = text[above.start + above.indent..above.end].trim_end();
    let content = content.strip_prefix("- ").unwrap_or(content).trim_start();
    let has_colon = content.contains(": ") || content.ends_with(':');
    if !has_colon {
        let at = above.start + text[above.start..].find(content).unwrap_or_default();
        return Fault {
            at: first,
            ..missing_colon(builder, at)
        };
    }
    let parent = content.split(": ").next().unwrap_or_default();
    let diagnostic = Diagnostic::new(
        &codes::BAD_INDENTATION,
        builder.span(first, at),
        format!("`{}` is indented deeper than the line above", short(key)),
    )
    .label(format!(
        "`{}` has a value already: nothing can be nested in it",
        short(parent)
    ))
    .help(format!(
        "indent it like `{}`, by {}; or remove that value",
        short(parent),
        blanks(above.start, text, parent)
    ));
    Fault::new(first, diagnostic)
}

/// "4 blanks": where `word` stands in the line at `start`.
fn blanks(start: usize, text: &str, word: &str) -> String {
    let column = text[start..].find(word).unwrap_or_default();
    format!("{column} blank{}", if column == 1 { "" } else { "s" })
}

fn line_above(text: &str, mut start: usize) -> Option<Line> {
    while start > 0 {
        let line = Line::at(text, start - 1);
        let content = text[line.start..line.end].trim();
        if !content.is_empty() && !content.starts_with('#') {
            return Some(line);
        }
        start = line.start;
    }
    None
}

/// Something stands where a key or an item was expected.
fn misplaced(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    let line = Line::at(text, at);
    if at <= line.start + line.indent {
        return bad_indentation(builder, line.start + line.indent);
    }
    behind_value(builder, at)
}

/// Something stands on a line whose value is complete before it.
pub(super) fn behind_value(builder: &Builder<'_>, at: usize) -> Fault {
    let word = value(builder.text, at);
    let span = builder.span(at, at + word.len());
    let diagnostic = Diagnostic::new(
        &codes::SYNTAX,
        span,
        format!("`{}` stands behind a value that is complete", short(word)),
    )
    .help("begin a new line, or quote the whole value");
    Fault::new(at, diagnostic)
}

/// A line begins in a column where nothing is open.
pub(super) fn bad_indentation(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    let line = Line::at(text, at);
    let word = value(text, at);
    let name = word.split(": ").next().unwrap_or(word).trim_end_matches(':');
    let span = builder.span(at, at + name.len());
    let same = builder
        .frames
        .iter()
        .rev()
        .find(|frame| !frame.flow && frame.column == line.indent);
    let diagnostic = match same {
        Some(frame) if frame.map && line.is_item(text) => Diagnostic::new(
            &codes::BAD_INDENTATION,
            builder.span(at, at + 1),
            "a list item where a key of a map was expected",
        )
        .label("lines with this indentation are keys")
        .help("indent the list deeper than the key it belongs to"),
        Some(frame) if !frame.map && !line.is_item(text) => Diagnostic::new(
            &codes::BAD_INDENTATION,
            span,
            format!("`{}` stands between the items of a list", short(name)),
        )
        .label("lines with this indentation begin with `- `")
        .help("begin it with `- `, or indent it as deep as the text of the item that it belongs to"),
        _ => {
            let mut columns: Vec<usize> = builder
                .frames
                .iter()
                .filter(|frame| !frame.flow)
                .map(|frame| frame.column)
                .collect();
            columns.extend(line_above(text, line.start).map(|above| above.indent));
            columns.sort_unstable();
            columns.dedup();
            let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
            let open = match columns.as_slice() {
                [] => "0".to_owned(),
                [one] => one.clone(),
                [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
            };
            Diagnostic::new(
                &codes::BAD_INDENTATION,
                span,
                format!("the indentation of `{}` fits nothing above it", short(name)),
            )
            .label(format!("indented by {}", line.indent))
            .help(format!("indent it by {open}, like the lines that it belongs to"))
        }
    };
    Fault::new(at, diagnostic)
}

/// Something stands behind the document's root, which is complete.
pub(super) fn behind_root(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    let word = value(text, at);
    let line = Line::at(text, at);
    let root = builder.tree.root.map(|root| builder.tree.span(root));
    let indented = root.is_some_and(|root| Line::at(text, root.start as usize).indent > line.indent);
    let span = builder.span(at, at + word.len());
    let diagnostic = if indented {
        Diagnostic::new(
            &codes::BAD_INDENTATION,
            span,
            format!(
                "`{}` is indented less than the beginning of the document",
                short(word)
            ),
        )
        .help("begin all lines of the outermost level in the same column")
    } else {
        Diagnostic::new(
            &codes::SYNTAX,
            span,
            format!("`{}` stands behind the end of the document", short(word)),
        )
        .note("the document is complete before it: a file holds one value, for a topology a map or a list")
    };
    Fault::new(at, diagnostic)
}

fn list_behind_key(builder: &Builder<'_>, at: usize) -> Fault {
    let diagnostic = Diagnostic::new(
        &codes::SYNTAX,
        builder.span(at, at + 1),
        "a list cannot begin on the line of its key",
    )
    .help("begin the list on the next line, or write it in brackets: `[one, other]`");
    Fault::new(at, diagnostic)
}

fn unclosed(builder: &Builder<'_>, at: usize, open: char, until: Option<usize>) -> Fault {
    let close = if open == '[' { ']' } else { '}' };
    let diagnostic = Diagnostic::new(
        &codes::UNCLOSED_BRACKET,
        builder.span(at, at + 1),
        format!("`{open}` is never closed"),
    )
    .label("opened here")
    .help(format!("write `{close}` behind the last item"));
    let diagnostic = match until {
        Some(until) => {
            let word = value(builder.text, until);
            let span = builder.span(until, until + word.len());
            diagnostic.related(span, format!("`{close}` is missing before this"))
        }
        None => diagnostic,
    };
    Fault::new(at, diagnostic)
}

/// The parser points at the bracket that opens; the one that closes is the first of its kind behind what was read.
fn mismatched(builder: &Builder<'_>, at: usize, open: char, close: char) -> Fault {
    let right = if open == '[' { ']' } else { '}' };
    let from = builder.last.max(at);
    let place = builder.text[from..].find(close).map_or(at, |nth| from + nth);
    let diagnostic = Diagnostic::new(
        &codes::UNCLOSED_BRACKET,
        builder.span(place, place + 1),
        format!("`{open}` is closed by `{close}`"),
    )
    .label("this closes another kind")
    .related(builder.span(at, at + 1), "opened here")
    .help(format!("write `{right}`, or close the bracket in between first"));
    Fault::new(at, diagnostic)
}

fn misplaced_end(builder: &Builder<'_>, at: usize) -> Fault {
    let bracket = &builder.text[at..next_character(builder.text, at)];
    let diagnostic = Diagnostic::new(
        &codes::UNCLOSED_BRACKET,
        builder.span(at, at + bracket.len()),
        format!("`{bracket}` closes nothing"),
    )
    .help("remove it, or write the bracket that opens; quote it if it is part of a text");
    Fault::new(at, diagnostic)
}

/// Inside of brackets, the outermost at `outer`, something that is neither an item nor a comma.
fn inside_brackets(builder: &Builder<'_>, at: usize, outer: usize) -> Fault {
    let text = builder.text;
    let inner = builder.frames.iter().rev().find(|frame| frame.flow);
    let start = inner.map_or(outer, |frame| builder.start_of(frame));
    let (line, opened) = (Line::at(text, at), Line::at(text, outer));
    let (open, close) = if text[start..].starts_with('{') {
        ('{', '}')
    } else {
        ('[', ']')
    };
    // The map or list that holds the brackets may begin in the middle of their line, behind a `- `.
    let holder = builder.frames.iter().take_while(|frame| !frame.flow).last();
    let limit = holder.map_or(opened.indent, |frame| frame.column.max(opened.indent));
    if line.start > opened.start && line.indent <= limit {
        return unclosed(builder, start, open, Some(line.start + line.indent));
    }
    let word = value(text, at);
    let diagnostic = Diagnostic::new(
        &codes::SYNTAX,
        builder.span(at, at + word.len().max(1).min(text.len() - at)),
        format!("`,` or `{close}` was expected here"),
    )
    .related(builder.span(start, start + 1), "inside of this")
    .help("write a comma between items; quote a text that holds `: `, `,` or brackets");
    Fault::new(at, diagnostic)
}

fn unclosed_quote(builder: &Builder<'_>, at: usize) -> Fault {
    let quote = builder.text[at..].chars().next().unwrap_or('"');
    let diagnostic = Diagnostic::new(
        &codes::UNCLOSED_QUOTE,
        builder.span(at, next_character(builder.text, at)),
        "this quote is never closed",
    )
    .label("opened here")
    .help(format!("write `{quote}` behind the end of the text"));
    Fault::new(at, diagnostic)
}

/// Something stands behind a closing quote. Is it the one that was meant to close?
fn behind_quote(builder: &Builder<'_>, at: usize, quote: char) -> Fault {
    let text = builder.text;
    let from = builder.last.min(at);
    let opening = text[from..at]
        .match_indices(quote)
        .map(|(nth, _)| from + nth)
        .find(|&nth| {
            let before = text[..nth].chars().next_back();
            before.is_none_or(|before| before.is_whitespace() || matches!(before, '[' | '{' | ',' | ':'))
        });
    let opening = opening.unwrap_or(at);
    if Line::at(text, opening).start < line_start(text, at) {
        return unclosed_quote(builder, opening);
    }
    let word = value(text, at);
    let help = if quote == '"' {
        "inside of double quotes, write `\\\"` for a quote"
    } else {
        "inside of single quotes, write `''` for a quote"
    };
    let diagnostic = Diagnostic::new(
        &codes::UNCLOSED_QUOTE,
        builder.span(at, at + word.len()),
        format!("`{}` stands behind the closing quote", short(word)),
    )
    .label("the text ends before this")
    .related(builder.span(opening, opening + 1), "and begins here")
    .help(help);
    Fault::new(at, diagnostic)
}

fn escape(builder: &Builder<'_>, at: usize) -> Fault {
    let text = builder.text;
    let mut rest = text[at..].char_indices();
    let mut place = at;
    while let Some((nth, character)) = rest.next() {
        if character == '\\'
            && let Some((_, escaped)) = rest.next()
            && !"0abtnvfre \"/\\N_LP\n\r\t".contains(escaped)
        {
            place = at + nth;
            break;
        }
    }
    let end = next_character(text, next_character(text, place));
    let diagnostic = Diagnostic::new(
        &codes::SYNTAX,
        builder.span(place, end),
        format!("`{}` is no escape", &text[place..end]),
    )
    .help("in double quotes, write `\\\\` for a backslash; in single quotes a backslash is just a backslash");
    Fault::new(at, diagnostic)
}

/// What stands from `at` to the end of the line, without a comment and blanks at the end.
fn value(text: &str, at: usize) -> &str {
    let line = text[at..].lines().next().unwrap_or_default();
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    let long = line.char_indices().nth(200).map_or(line.len(), |(end, _)| end);
    &line[..long]
}

/// At most 40 characters of `word`.
fn short(word: &str) -> String {
    match word.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

fn next_character(text: &str, at: usize) -> usize {
    text[at..]
        .chars()
        .next()
        .map_or(at, |character| at + character.len_utf8())
}
