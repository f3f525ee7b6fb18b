//! One JSON object for programs. Its shape is a promise: fields are added, never changed.

use serde::Serialize;

use super::Report;
use crate::diagnostic::Severity;
use crate::source::Span;

#[derive(Serialize)]
struct Root<'a> {
    diagnostics: Vec<Item<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    errors: usize,
    warnings: usize,
}

#[derive(Serialize)]
struct Item<'a> {
    code: &'a str,
    rule: &'a str,
    severity: String,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    help: Option<&'a str>,
    related: Vec<Other<'a>>,
}

#[derive(Serialize)]
struct Other<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
}

/// Lines and columns from 1; columns count characters; the end is behind the last character.
#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

pub(super) fn render(report: &Report<'_>) -> String {
    let items = report.diagnostics.iter().map(|diagnostic| Item {
        code: diagnostic.code.id,
        rule: diagnostic.code.rule,
        severity: diagnostic.severity.to_string(),
        message: &diagnostic.message,
        place: place(report, diagnostic.span),
        help: diagnostic.help.as_deref(),
        related: diagnostic
            .related
            .iter()
            .map(|related| Other {
                message: &related.message,
                place: place(report, related.span),
            })
            .collect(),
    });
    let root = Root {
        diagnostics: items.collect(),
        summary: Summary {
            files: report.files.len(),
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
        },
    };
    let mut out = serde_json::to_string(&root).expect("strings and numbers are always JSON");
    out.push('\n');
    out
}

fn place<'a>(report: &'a Report<'_>, span: Span) -> Place<'a> {
    let (file, start, end) = report.place(span);
    Place {
        file,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
