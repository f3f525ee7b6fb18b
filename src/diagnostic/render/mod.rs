//! From diagnostics to what people and machines read: one file per format.

mod clean;
mod fold;
mod full;
mod github;
mod json;
mod junit;
mod sarif;
mod short;
mod snippet;

use camino::Utf8PathBuf;

use super::{Diagnostic, Severity};
use crate::source::{LineColumn, SourceMap, Span};

pub use clean::clean;

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: the text with the place marked, why it matters and what to do.
    #[default]
    Full,
    /// One line per diagnostic, as compilers and `grep -n` write: `file:line:column: …`.
    Short,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, which code hosts and editors take.
    Sarif,
    /// GitHub's workflow commands: annotations in a pull request.
    Github,
    /// JUnit's XML, which most CI servers take.
    Junit,
}

impl Format {
    /// All, in the order help shows them.
    pub const ALL: [Self; 6] = [
        Self::Full,
        Self::Short,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Junit,
    ];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Short => "short",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Junit => "junit",
        }
    }

    /// Whether it is for people, so that a summary line and colours belong to it.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Short)
    }
}

/// What there is to write.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The texts that the diagnostics point into.
    pub sources: &'a SourceMap,
    /// The diagnostics, in the order they are to be written (see [`Sink::into_sorted`](super::Sink::into_sorted)).
    pub diagnostics: &'a [Diagnostic],
    /// The files that were looked at, with or without faults, by the names the user gave them.
    pub files: &'a [Utf8PathBuf],
}

/// How it is to look; only [`Format::Full`] and [`Format::Short`] care.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Report<'_> {
    /// The report in `format`, ending with a line break unless it is empty.
    pub fn render(&self, format: Format, style: Style) -> String {
        match format {
            Format::Full => full::render(self, style),
            Format::Short => short::render(self, style),
            Format::Json => json::render(self),
            Format::Sarif => sarif::render(self),
            Format::Github => github::render(self),
            Format::Junit => junit::render(self),
        }
    }

    /// The number of diagnostics of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        let same = |diagnostic: &&Diagnostic| diagnostic.severity == severity;
        self.diagnostics.iter().filter(same).count()
    }

    /// "2 errors, 1 warning in 3 files"; "no faults in 1 file".
    pub fn summary(&self) -> String {
        let kinds = [
            (Severity::Error, "error"),
            (Severity::Warning, "warning"),
            (Severity::Info, "remark"),
        ];
        let counts: Vec<String> = kinds
            .into_iter()
            .map(|(severity, word)| (self.count(severity), word))
            .filter(|&(count, _)| count > 0)
            .map(|(count, word)| plural(count, word))
            .collect();
        let found = if counts.is_empty() {
            "no faults".to_owned()
        } else {
            counts.join(", ")
        };
        format!("{found} in {}", plural(self.files.len(), "file"))
    }

    /// Whether the span is the file as a whole, not a place in it.
    fn is_whole_file(&self, span: Span) -> bool {
        span == Span::file(span.source) && self.sources.get(span.source).text.is_empty()
    }

    /// Name, first and last place of a span, as people count.
    fn place(&self, span: Span) -> (&str, LineColumn, LineColumn) {
        let name = self.sources.get(span.source).name.as_str();
        (name, self.sources.start(span), self.sources.end(span))
    }
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
