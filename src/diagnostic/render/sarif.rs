//! SARIF 2.1.0 (OASIS Standard, 27 March 2020).

use std::fmt::Write;

use serde_json::{Value, json};

use super::Report;
use crate::diagnostic::{Code, Severity};
use crate::source::{Span, is_url};

pub(super) fn render(report: &Report<'_>) -> String {
    // Only the rules that were met: the log stays small, and indexes stay right.
    let mut rules: Vec<&'static Code> = report
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code)
        .collect();
    rules.sort_by_key(|code| code.id);
    rules.dedup();
    let results: Vec<Value> = report
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let mut text = diagnostic.message.clone();
            for more in diagnostic.note.iter().chain(&diagnostic.help) {
                text.push('\n');
                text.push_str(more);
            }
            let related: Vec<Value> = (1..)
                .zip(&diagnostic.related)
                .map(|(id, related)| {
                    let mut location = location(report, related.span);
                    location["id"] = json!(id);
                    location["message"] = json!({ "text": related.message });
                    location
                })
                .collect();
            let mut result = json!({
                "ruleId": diagnostic.code.id,
                "ruleIndex": rules.binary_search_by_key(&diagnostic.code.id, |code| code.id).unwrap_or_default(),
                "level": level(diagnostic.severity),
                "message": { "text": text },
                "locations": [location(report, diagnostic.span)],
            });
            if !related.is_empty() {
                result["relatedLocations"] = Value::Array(related);
            }
            result
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut out = serde_json::to_string_pretty(&log).expect("a JSON value is always JSON");
    out.push('\n');
    out
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn rule(code: &Code) -> Value {
    let doc = code
        .doc
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    let doc = doc.collect::<Vec<_>>().join("\n");
    let doc = doc.trim();
    let first = doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    json!({
        "id": code.id,
        "name": code.rule,
        "shortDescription": { "text": first },
        "help": { "text": doc, "markdown": doc },
        "defaultConfiguration": { "level": level(code.severity) },
    })
}

fn location(report: &Report<'_>, span: Span) -> Value {
    let (name, start, end) = report.place(span);
    let mut place = json!({ "artifactLocation": { "uri": uri(name) } });
    if !report.is_whole_file(span) {
        place["region"] = json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        });
    }
    json!({ "physicalLocation": place })
}

/// The path as a URI reference (RFC 3986): relative as it is, absolute as `file:` URI; what is a URL stays one.
fn uri(path: &str) -> String {
    let is_url = is_url(path);
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            b':' | b'?' | b'=' | b'&' | b'%' | b'@' | b'+' if is_url => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
