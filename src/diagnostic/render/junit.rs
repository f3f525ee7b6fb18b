//! JUnit's XML: a suite per file, a case per diagnostic, one that passed for a file without any.

use std::fmt::Write;

use super::Report;
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn render(report: &Report<'_>) -> String {
    // Files in the order they were given, then those that were only imported.
    let mut names: Vec<&str> = report.files.iter().map(|file| file.as_str()).collect();
    for diagnostic in report.diagnostics {
        let name = report.place(diagnostic.span).0;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut suites = String::new();
    let mut cases_of_all = 0;
    for name in names {
        let of_file = |diagnostic: &&Diagnostic| report.place(diagnostic.span).0 == name;
        let found: Vec<&Diagnostic> = report.diagnostics.iter().filter(of_file).collect();
        let failures = found.iter().filter(|found| is_failure(found)).count();
        let cases = found.len().max(1);
        cases_of_all += cases;
        let name = escape(name);
        let _ = writeln!(
            suites,
            r#"  <testsuite name="{name}" tests="{cases}" failures="{failures}" errors="0" skipped="0">"#
        );
        if found.is_empty() {
            let _ = writeln!(suites, r#"    <testcase name="khor lint" classname="{name}"/>"#);
        }
        for diagnostic in found {
            suites.push_str(&case(report, diagnostic, &name));
        }
        suites.push_str("  </testsuite>\n");
    }
    let failures = report
        .diagnostics
        .iter()
        .filter(|diagnostic| is_failure(diagnostic))
        .count();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"khor lint\" tests=\"{cases_of_all}\" \
         failures=\"{failures}\" errors=\"0\">\n{suites}</testsuites>\n"
    )
}

fn is_failure(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity != Severity::Info
}

fn case(report: &Report<'_>, diagnostic: &Diagnostic, file: &str) -> String {
    let (_, start, _) = report.place(diagnostic.span);
    let mut text = format!(
        "line {}, column {}: {}",
        start.line, start.column, diagnostic.message
    );
    for more in diagnostic.note.iter().chain(&diagnostic.help) {
        text.push('\n');
        text.push_str(more);
    }
    let name = format!(
        "{} {} at {}:{}",
        diagnostic.code.id, diagnostic.code.rule, start.line, start.column
    );
    let (open, close) = if is_failure(diagnostic) {
        let head = format!(
            r#"<failure message="{}" type="{}">"#,
            escape(&diagnostic.message),
            diagnostic.severity
        );
        (head, "</failure>")
    } else {
        ("<system-out>".to_owned(), "</system-out>")
    };
    format!(
        "    <testcase name=\"{}\" classname=\"{file}\" file=\"{file}\" line=\"{}\">\n      {open}{}{close}\n    </testcase>\n",
        escape(&name),
        start.line,
        escape(&text),
    )
}

/// The text as it may stand in an attribute or an element. XML 1.0 has no way at all to write most control characters.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{FFFD}'),
            _ => out.push(character),
        }
    }
    out
}
