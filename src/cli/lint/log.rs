//! What was found in all files, each fault once.

use std::collections::{HashMap, HashSet};

use camino::Utf8PathBuf;

use crate::cli::project::Faults;
use crate::diagnostic::{Diagnostic, codes};
use crate::lint::{Selection, Suppressed};
use crate::source::{Source, SourceId, SourceMap, Span};

/// What was found in one file and what it imports.
#[derive(Default)]
pub struct Found {
    /// The texts.
    pub sources: SourceMap,
    /// The faults, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// What comments did.
    pub suppressed: Suppressed,
}

impl From<Faults> for Found {
    fn from(faults: Faults) -> Self {
        Self {
            sources: faults.sources,
            diagnostics: faults.diagnostics,
            suppressed: Suppressed::default(),
        }
    }
}

/// A place in a file, whatever run it was found in.
type Place = (Utf8PathBuf, std::ops::Range<usize>);

/// What tells diagnostics of one file apart.
type Key = (Span, &'static str, String);

/// What was found in all files.
#[derive(Default)]
pub struct Log {
    /// The texts that something was found in.
    pub sources: SourceMap,
    /// The faults.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts, by name: two files may import the same third.
    first: HashMap<Utf8PathBuf, SourceId>,
    /// What is known already of texts that came more than once.
    known: HashMap<SourceId, HashSet<Key>>,
    /// Comments that suppressed something in some run.
    used: HashSet<Place>,
}

impl Log {
    /// Takes what was found in one file, with the severities that `selection` gives.
    pub fn add(&mut self, found: Found, selection: &Selection) {
        let Found {
            sources,
            diagnostics,
            suppressed,
        } = found;
        let place = |span: Span| (sources.get(span.source).name.clone(), span.range());
        self.used.extend(suppressed.used.into_iter().map(place));
        let mut diagnostics: Vec<_> = diagnostics.into_iter().chain(suppressed.unused).collect();
        selection.apply(&mut diagnostics);
        diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.severity, diagnostic.code.id));
        let mut moved: HashMap<SourceId, SourceId> = HashMap::new();
        self.diagnostics.reserve(diagnostics.len());
        for mut diagnostic in diagnostics {
            let spans = diagnostic.related.iter_mut().map(|related| &mut related.span);
            for span in spans.chain([&mut diagnostic.span]) {
                let to = moved.entry(span.source);
                span.source = *to.or_insert_with_key(|&from| self.adopt(sources.get(from)));
            }
            let is_new = match self.known.get_mut(&diagnostic.span.source) {
                Some(known) => known.insert(key(&diagnostic)),
                None => true,
            };
            if is_new {
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// The source that stands for one of another run: that of the same name and text, if there is one.
    fn adopt(&mut self, source: &Source) -> SourceId {
        if let Some(&first) = self.first.get(&source.name)
            && self.sources.get(first).text == source.text
        {
            let all = self.diagnostics.iter();
            self.known
                .entry(first)
                .or_insert_with(|| all.filter(|known| known.span.source == first).map(key).collect());
            return first;
        }
        let id = self.sources.adopt(source.clone());
        self.first.insert(source.name.clone(), id);
        id
    }

    /// Drops what a later run has shown to be used.
    pub fn finish(mut self) -> Self {
        let (sources, used) = (&self.sources, &self.used);
        self.diagnostics.retain(|diagnostic| {
            let place = || {
                (
                    sources.get(diagnostic.span.source).name.clone(),
                    diagnostic.span.range(),
                )
            };
            diagnostic.code != &codes::UNUSED_SUPPRESSION || !used.contains(&place())
        });
        self
    }
}

fn key(diagnostic: &Diagnostic) -> Key {
    (diagnostic.span, diagnostic.code.id, diagnostic.message.clone())
}
