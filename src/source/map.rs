//! All texts of one run.

use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};

use super::{LineColumn, LineIndex, SourceId, Span};

/// One text with its name and its lines.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user gave it, or as an import resolved it: what messages show.
    pub name: Utf8PathBuf,
    /// The text; empty for a file that could not be read.
    pub text: Arc<String>,
    /// Made when the first place is asked for: a file without faults never needs it.
    lines: OnceLock<LineIndex>,
}

impl Source {
    /// The line index of the text.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

/// The texts of one run, by [`SourceId`].
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// A map without texts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under a name.
    pub fn add(&mut self, name: impl Into<Utf8PathBuf>, text: impl Into<String>) -> SourceId {
        self.adopt(Source {
            name: name.into(),
            text: Arc::new(text.into()),
            lines: OnceLock::new(),
        })
    }

    /// Adds a source of another map, whose text is shared.
    pub fn adopt(&mut self, source: Source) -> SourceId {
        let id = SourceId(u32::try_from(self.sources.len()).expect("fewer than 2^32 sources"));
        self.sources.push(source);
        id
    }

    /// The source of this id.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.sources[id.0 as usize]
    }

    /// The source whose name is `name`, if there is one.
    pub fn find(&self, name: &Utf8Path) -> Option<SourceId> {
        let at = self.sources.iter().position(|source| source.name == name)?;
        Some(SourceId(u32::try_from(at).ok()?))
    }

    /// All sources with their ids, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(&self.sources)
    }

    /// The text under `span`.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source).text.get(span.range()).unwrap_or_default()
    }

    /// Line and column at which `span` begins.
    pub fn start(&self, span: Span) -> LineColumn {
        let source = self.get(span.source);
        source.lines().line_column(&source.text, span.start)
    }

    /// Line and column behind the last character of `span`.
    pub fn end(&self, span: Span) -> LineColumn {
        let source = self.get(span.source);
        source.lines().line_column(&source.text, span.end)
    }
}
