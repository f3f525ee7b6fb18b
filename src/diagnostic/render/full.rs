//! For people: message, marked text, note, help. miette draws; what it draws is prepared by [`Snippet`].

use std::fmt::{self, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, ThemeCharacters, ThemeStyles};

use super::snippet::Snippet;
use super::{Report, Style, clean, fold};
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn render(report: &Report<'_>, style: Style) -> String {
    let theme = GraphicalTheme {
        characters: ThemeCharacters::unicode(),
        styles: if style.color {
            ThemeStyles::ansi()
        } else {
            ThemeStyles::none()
        },
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_links(false)
        .without_syntax_highlighting();
    let mut out = String::new();
    for (diagnostic, left_out) in fold::folded(report.diagnostics) {
        let shown = Shown::new(report, diagnostic, style.width);
        if handler.render_report(&mut out, &shown).is_err() {
            // Cannot happen with a String to write to; the message itself must not get lost all the same.
            out.push_str(&shown.message);
            out.push('\n');
        }
        let others = fold::others(report, &left_out);
        for (word, text) in [
            ("note", &diagnostic.note),
            ("help", &diagnostic.help),
            ("also", &others),
        ] {
            if let Some(text) = text {
                footer(&mut out, word, &clean(text), style);
            }
        }
        out.push('\n');
    }
    out
}

/// A diagnostic in the shape that miette draws.
#[derive(Debug)]
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    message: String,
    labels: Vec<LabeledSpan>,
    snippet: Snippet<'a>,
}

impl<'a> Shown<'a> {
    fn new(report: &Report<'a>, diagnostic: &'a Diagnostic, width: usize) -> Self {
        let spans: Vec<_> = std::iter::once(diagnostic.span)
            .chain(diagnostic.related.iter().map(|related| related.span))
            .collect();
        // Line numbers and the frame take about ten columns.
        let snippet = Snippet::new(report.sources, &spans, width.saturating_sub(10));
        let texts = std::iter::once(&diagnostic.label)
            .chain(diagnostic.related.iter().map(|related| &related.message));
        let labels = snippet.marks().zip(texts).enumerate().map(|(nth, (mark, text))| {
            let text = (!text.is_empty()).then(|| clean(text).into_owned());
            if nth == 0 {
                LabeledSpan::new_primary_with_span(text, mark)
            } else {
                LabeledSpan::new_with_span(text, mark)
            }
        });
        Self {
            diagnostic,
            message: clean(&diagnostic.message).into_owned(),
            labels: labels.collect(),
            snippet,
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        let code = self.diagnostic.code;
        Some(Box::new(format!(
            "{} {} {}",
            self.diagnostic.severity, code.id, code.rule
        )))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.snippet)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// Writes `  word: text`, wrapped at the terminal's width, further lines indented below the text.
fn footer(out: &mut String, word: &str, text: &str, style: Style) {
    let (on, off) = if style.color {
        ("\x1b[36m", "\x1b[0m")
    } else {
        ("", "")
    };
    let _ = write!(out, "  {on}{word}:{off}");
    let indent = word.len() + 4;
    let width = style.width.max(40);
    let mut column = indent - 1;
    for (nth, line) in text.lines().enumerate() {
        if nth > 0 {
            out.push('\n');
            out.push_str(&" ".repeat(indent - 1));
            column = indent - 1;
        }
        // Leading blanks are the author's layout.
        let blanks = line.len() - line.trim_start_matches(' ').len();
        out.push_str(&line[..blanks]);
        column += blanks;
        for word in line.split_whitespace() {
            let length = word.chars().count();
            if column + 1 + length > width && column > indent {
                out.push('\n');
                out.push_str(&" ".repeat(indent - 1));
                column = indent - 1;
            }
            out.push(' ');
            out.push_str(word);
            column += 1 + length;
        }
    }
    out.push('\n');
}
