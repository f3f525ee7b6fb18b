//! One line per diagnostic: `file:line:column: error[K1001 unknown-keyname]: message; help`.

use std::fmt::Write;

use super::{Report, Style, clean};
use crate::diagnostic::Severity;

pub(super) fn render(report: &Report<'_>, style: Style) -> String {
    let mut out = String::new();
    for diagnostic in report.diagnostics {
        let (name, start, _) = report.place(diagnostic.span);
        let (on, off) = match (style.color, diagnostic.severity) {
            (false, _) => ("", ""),
            (_, Severity::Error) => ("\x1b[1;31m", "\x1b[0m"),
            (_, Severity::Warning) => ("\x1b[1;33m", "\x1b[0m"),
            (_, Severity::Info) => ("\x1b[1;36m", "\x1b[0m"),
        };
        let mut line = format!(
            "{}: {on}{}[{} {}]{off}: {}",
            location(report, name, start.line, start.column, diagnostic.span),
            diagnostic.severity,
            diagnostic.code.id,
            diagnostic.code.rule,
            one_line(&diagnostic.message),
        );
        if let Some(help) = &diagnostic.help {
            let _ = write!(line, "; {}", one_line(help));
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn location(report: &Report<'_>, name: &str, line: u32, column: u32, span: crate::source::Span) -> String {
    let name = one_line(name);
    if report.is_whole_file(span) {
        name
    } else {
        format!("{name}:{line}:{column}")
    }
}

fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').map(str::trim).collect();
    clean(&lines.join(" ")).into_owned()
}
