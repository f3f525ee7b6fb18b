//! Numbers that readers of YAML take differently: `1.10` for a version, `0644`.

use super::Rule;
use super::facts::Facts;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::yaml::{Entry, NodeId, ScalarStyle, Tree};

pub(super) static RULE: Rule = Rule {
    only_sound: false,
    find,
};

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    let Some(tree) = facts.root() else { return };
    for &Entry { key, value } in tree.all_entries() {
        look(tree, Some(key), value, sink);
    }
    for &item in tree.all_items() {
        look(tree, None, item, sink);
    }
}

fn look(tree: &Tree, key: Option<NodeId>, value: NodeId, sink: &mut Sink) {
    if tree.style(value) != Some(ScalarStyle::Plain) {
        return;
    }
    let Some(text) = tree.scalar(value) else { return };
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return;
    }
    if is_octal(text) {
        let digits = text.trim_start_matches('0');
        let fault = Diagnostic::new(
            &codes::LEADING_ZERO,
            tree.span(value),
            format!("`{text}` is read in two ways"),
        )
        .note(format!(
            "YAML 1.1 takes it as octal, which is {}; YAML 1.2 as {digits}",
            u64::from_str_radix(digits, 8).unwrap_or_default()
        ))
        .help(format!(
            "write \"{text}\" for the text, `0o{digits}` for the octal number, `{digits}` for the decimal one"
        ));
        report(fault, sink);
    } else if loses_digits(text) && key.and_then(|key| tree.scalar(key)).is_some_and(is_version) {
        let short = text.trim_end_matches('0');
        let fault = Diagnostic::new(
            &codes::SHORTENED_VERSION,
            tree.span(value),
            format!("YAML reads the version `{text}` as the number {short}"),
        )
        .note("tools that take the number do not see the last digit")
        .help(format!("write \"{text}\" in quotes"));
        report(fault, sink);
    }
}

/// A text where a string is declared is told of already, with the same advice.
fn report(fault: Diagnostic, sink: &mut Sink) {
    let is_told = sink
        .diagnostics()
        .iter()
        .any(|known| known.code == &codes::QUOTE_STRING && known.span == fault.span);
    if !is_told {
        sink.push(fault);
    }
}

fn is_octal(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 1
        && bytes.len() <= 20
        && bytes[0] == b'0'
        && bytes.iter().all(|byte| (b'0'..=b'7').contains(byte))
        && bytes.iter().any(|&byte| byte != b'0')
}

fn is_version(key: &str) -> bool {
    key == "version" || key.ends_with("_version")
}

/// `1.10`: two numbers of which the second ends in a zero that it does not begin with. `1.0` loses nothing.
fn loses_digits(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(major, minor)| {
        digits(major) && digits(minor) && minor.len() > 1 && minor.ends_with('0') && !minor.starts_with('0')
    })
}
