//! Pieces of the text, for messages.

/// What stands from `at` to the end of the line, without a comment and blanks at the end.
pub(super) fn value(text: &str, at: usize) -> &str {
    let line = text[at..].lines().next().unwrap_or_default();
    let line = line.split(" #").next().unwrap_or(line).trim_end();
    let long = line.char_indices().nth(200).map_or(line.len(), |(end, _)| end);
    &line[..long]
}

/// At most 40 characters of `word`.
pub(super) fn short(word: &str) -> String {
    match word.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

/// Where the character behind the one at `at` stands.
pub(super) fn next_character(text: &str, at: usize) -> usize {
    text[at..]
        .chars()
        .next()
        .map_or(at, |character| at + character.len_utf8())
}
