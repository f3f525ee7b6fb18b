//! GitHub's workflow commands (docs.github.com, "Workflow commands for GitHub Actions"): annotations at the lines of a
//! pull request.

use std::fmt::Write;

use super::Report;
use crate::diagnostic::Severity;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for diagnostic in report.diagnostics {
        let (name, start, end) = report.place(diagnostic.span);
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let mut text = diagnostic.message.clone();
        for more in diagnostic.note.iter().chain(&diagnostic.help) {
            text.push('\n');
            text.push_str(more);
        }
        // Columns may only be given where first and last line are the same.
        let end = if start.line == end.line {
            format!("endLine={},endColumn={}", end.line, end.column)
        } else {
            format!("endLine={}", end.line)
        };
        let _ = writeln!(
            out,
            "::{command} file={},line={},col={},{end},title={}::{}",
            property(name),
            start.line,
            start.column,
            property(&format!("{} {}", diagnostic.code.id, diagnostic.code.rule)),
            data(&text),
        );
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
