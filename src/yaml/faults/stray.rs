//! Characters that no value may begin with, or that may stand nowhere.

use super::Fault;
use super::template::template;
use super::words::{next_character, value};
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::build::Builder;

/// The `character` at `at` may not stand there.
pub(super) fn stray(builder: &Builder<'_>, at: usize, character: char) -> Fault {
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
        .help(format!(
            "remove it; in double quotes it can be written as an escape (`\\x{:02x}`)",
            u32::from(character)
        ));
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
