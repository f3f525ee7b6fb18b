//! `# khor: allow(rule-name, K1001)`: not reported on the same line or, from a line of its own, on the next.

use std::sync::Arc;

use super::select::{find_rule, near_rule};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink, codes, nearest};
use crate::source::{SourceId, SourceMap, Span};
use crate::yaml;

/// What suppression comments did.
#[derive(Debug, Default)]
pub struct Suppressed {
    /// The places of rule names in comments that something was suppressed by.
    pub used: Vec<Span>,
    /// Warnings about those that suppressed nothing, at the places of the rules' names.
    pub unused: Vec<Diagnostic>,
}

/// One rule named in one comment.
struct Allowance {
    rule: &'static Code,
    /// The rule's name in the comment.
    place: Span,
    /// The line it is for.
    line: u32,
    /// The comment it stands in, by its place in the file.
    comment: u32,
    used: bool,
}

/// Drops the diagnostics that comments of their own files ask to drop, and adds those about the comments themselves.
///
/// A file whose YAML is broken says nothing about unused ones: what they are for may not have been reached.
pub fn suppress(sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Suppressed {
    let mut result = Suppressed::default();
    for (id, source) in sources.iter() {
        if !source.text.contains("khor:") {
            continue;
        }
        let mut faults = Vec::new();
        let mut allowances = read(sources, id, &mut faults);
        diagnostics.append(&mut faults);
        diagnostics.retain(|diagnostic| {
            if diagnostic.span.source != id {
                return true;
            }
            let line = sources.start(diagnostic.span).line;
            let mut wanted = true;
            for allowance in &mut allowances {
                if allowance.line == line && allowance.rule == diagnostic.code {
                    allowance.used = true;
                    wanted = false;
                }
            }
            wanted
        });
        let broken = |diagnostic: &Diagnostic| {
            diagnostic.span.source == id
                && diagnostic.severity == Severity::Error
                && diagnostic.code.id.starts_with("K0")
        };
        let quiet: Vec<u32> = (allowances.iter())
            .filter(|allowance| allowance.rule == &codes::UNUSED_SUPPRESSION)
            .map(|allowance| allowance.comment)
            .collect();
        let is_broken = diagnostics.iter().any(broken);
        for allowance in allowances {
            if allowance.used {
                result.used.push(allowance.place);
            } else if !is_broken && !quiet.contains(&allowance.comment) {
                result.unused.push(unused(&allowance));
            }
        }
    }
    result
}

fn unused(allowance: &Allowance) -> Diagnostic {
    let rule = allowance.rule.rule;
    let message = format!(
        "`{rule}` is allowed here, but line {} has no such fault",
        allowance.line
    );
    Diagnostic::new(&codes::UNUSED_SUPPRESSION, allowance.place, message)
        .help("remove it: it would hide the next one that comes")
}

/// The allowances of one file, in file order.
fn read(sources: &SourceMap, id: SourceId, faults: &mut Vec<Diagnostic>) -> Vec<Allowance> {
    let mut allowances = Vec::new();
    let text = Arc::clone(&sources.get(id).text);
    // Read once more, for its comments: hardly any file comes here, and a `#` in a text is no comment.
    let tree = yaml::parse(sources, id, &mut Sink::new());
    for comment in tree.comments() {
        let range = comment.span.range();
        let Some(words) = text.get(range.clone()).and_then(instruction) else {
            continue;
        };
        let line_start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let is_own_line = text[line_start..range.start].trim().is_empty();
        let line = if is_own_line {
            next_line(&text, range.end)
        } else {
            range.start
        };
        let line = sources.start(at(id, line, line)).line;
        let Some(list) = arguments(words) else {
            faults.push(malformed(comment.span, words));
            continue;
        };
        let mut is_empty = true;
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            is_empty = false;
            let start = offset(&text, name);
            let place = at(id, start, start + name.len());
            match find_rule(name) {
                Some(rule) => allowances.push(Allowance {
                    rule,
                    place,
                    line,
                    comment: comment.span.start,
                    used: false,
                }),
                None => faults.push(near_rule(name, place)),
            }
        }
        if is_empty {
            faults.push(malformed(comment.span, words));
        }
    }
    allowances
}

/// What follows `# khor:`, if that is an instruction to khor and not prose.
fn instruction(comment: &str) -> Option<&str> {
    let words = comment.trim_start_matches('#').trim_start();
    let words = words.strip_prefix("khor:")?.trim();
    let verb: &str = words.split(|c: char| !c.is_alphanumeric()).next()?;
    let is_call = words[verb.len()..].trim_start().starts_with('(');
    (is_call || nearest(verb, ["allow"]).is_some()).then_some(words)
}

/// The rules between the brackets of `allow(…)`.
fn arguments(words: &str) -> Option<&str> {
    let list = words.strip_prefix("allow")?.trim_start().strip_prefix('(')?;
    list.split_once(')').map(|(list, _)| list)
}

fn malformed(place: Span, words: &str) -> Diagnostic {
    let verb = words
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let message = if verb == "allow" {
        "this comment names no rules to allow".to_owned()
    } else {
        format!("khor knows no comment `{verb}`")
    };
    Diagnostic::new(&codes::MALFORMED_SUPPRESSION, place, message)
        .help("write `# khor: allow(rule-name)`; several rules are separated by commas")
}

/// The beginning of the next line behind `from` that holds more than blanks and a comment; `from` if there is none.
fn next_line(text: &str, from: usize) -> usize {
    let mut start = from;
    while let Some(length) = text[start..].find('\n') {
        start += length + 1;
        let line = text[start..].lines().next().unwrap_or_default().trim();
        if !line.is_empty() && !line.starts_with('#') {
            return start;
        }
    }
    from
}

/// Where `part`, a slice of `text`, begins in it.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

fn at(id: SourceId, start: usize, end: usize) -> Span {
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(id, narrow(start), narrow(end))
}
