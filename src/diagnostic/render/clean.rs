//! Keeps what stands in a user's file from commanding the reader's terminal.

use std::borrow::Cow;

/// The text with every character that would act on a terminal, or turn the direction of writing, replaced by a
/// visible one. Line breaks stay, tabs stay.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(|character| visible(character) != character) {
        Cow::Owned(text.chars().map(visible).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The character itself or, if it must not be printed, its picture.
pub(super) fn visible(character: char) -> char {
    match character {
        '\n' | '\t' => character,
        '\0'..='\x1f' => char::from_u32(0x2400 + character as u32).unwrap_or('\u{FFFD}'),
        '\x7f' => '\u{2421}',
        // C1 controls, line and paragraph separators, direction overrides and isolates, the byte order mark.
        '\u{80}'..='\u{9f}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '\u{FFFD}',
        _ => character,
    }
}
