//! `TOSCA.meta` (Simple Profile 1.3, section 6.2; TOSCA 2.0, section 17.2).

use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::source::{SourceId, Span};

/// What the first block should have, beside [`ENTRY`].
const EXPECTED: [&str; 2] = ["CSAR-Version", "Created-By"];
/// What names the service template.
const ENTRY: &str = "Entry-Definitions";
/// What names further ones.
const OTHERS: &str = "Other-Definitions";
/// More lines are not read: a real one has ten, or some per file of the archive.
const LINES: usize = 1_000_000;

/// A part of the text, with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words<'t> {
    pub(super) text: &'t str,
    pub(super) span: Span,
}

/// The first block: what is said about the archive itself.
#[derive(Debug)]
pub(super) struct Meta<'t> {
    source: SourceId,
    /// Names with their values; a value that goes on over lines is taken with all of them.
    pairs: Vec<(Words<'t>, Words<'t>)>,
    /// Lines that are no pair: what they were meant to say is not missing.
    broken: Vec<&'t str>,
}

impl<'t> Meta<'t> {
    /// Reads the first block; faults go to `sink`.
    pub(super) fn read(source: SourceId, text: &'t str, sink: &mut Sink) -> Self {
        let words = |start: usize, end: usize| {
            let part = &text[start..end];
            let start = start + (part.len() - part.trim_start().len());
            let end = start + part.trim().len();
            let place = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
            Words {
                text: &text[start..end],
                span: Span::new(source, place(start), place(end)),
            }
        };
        let mut pairs: Vec<(Words<'t>, Words<'t>)> = Vec::new();
        let mut broken = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n').take(LINES) {
            let (start, end) = (at, at + line.len());
            at = end;
            if line.trim().is_empty() {
                if pairs.is_empty() {
                    continue;
                }
                break;
            }
            if line.starts_with([' ', '\t'])
                && let Some((_, value)) = pairs.last_mut()
            {
                let from = value.span.start as usize;
                *value = words(from, end);
                continue;
            }
            let Some(colon) = line.find(':') else {
                broken.push(line);
                sink.push(
                    Diagnostic::new(
                        &codes::BAD_TOSCA_META,
                        words(start, end).span,
                        "this line is not of the form `Name: value`",
                    )
                    .help("write the name, a colon, a blank and the value"),
                );
                continue;
            };
            let (name, value) = (words(start, start + colon), words(start + colon + 1, end));
            if let Some((first, _)) = pairs.iter().find(|(first, _)| same(first.text, name.text)) {
                sink.push(
                    Diagnostic::new(
                        &codes::BAD_TOSCA_META,
                        name.span,
                        format!("`{}` is there twice", name.text),
                    )
                    .related(first.span, "the first is here")
                    .help("leave one of them"),
                );
                continue;
            }
            pairs.push((name, value));
        }
        Self {
            source,
            pairs,
            broken,
        }
    }

    fn get(&self, name: &str) -> Option<(Words<'t>, Words<'t>)> {
        self.pairs
            .iter()
            .find(|(known, _)| same(known.text, name))
            .copied()
    }

    /// Names that are none of the known ones.
    fn unknown(&self) -> impl Iterator<Item = Words<'t>> {
        let known = [
            "TOSCA-Meta-File-Version",
            "CSAR-Version",
            "Created-By",
            ENTRY,
            OTHERS,
        ];
        self.pairs
            .iter()
            .map(|(name, _)| *name)
            .filter(move |name| !known.iter().any(|known| same(known, name.text)))
    }

    /// What is given instead of `name`, under a name that is nearly that.
    fn misspelt(&self, name: &str) -> Option<Words<'t>> {
        self.unknown()
            .find(|given| did_you_mean(given.text, [name]).is_some())
    }

    /// Looks at what khor does not need and others do.
    pub(super) fn check(&self, sink: &mut Sink) {
        for name in EXPECTED {
            if self.get(name).is_some() || self.broken.iter().any(|line| line.starts_with(name)) {
                continue;
            }
            let misspelt = self.misspelt(name);
            let place = misspelt.map_or(Span::file(self.source), |given| given.span);
            let near = misspelt.map(|_| format!("did you mean `{name}`?"));
            sink.push(
                Diagnostic::new(
                    &codes::INCOMPLETE_TOSCA_META,
                    place,
                    format!("`{name}` is missing"),
                )
                .help(format!("add `{name}` to the first block"))
                .maybe_help(near),
            );
        }
        for name in ["TOSCA-Meta-File-Version", "CSAR-Version"] {
            if let Some((_, version)) = self.get(name)
                && !is_version(version.text)
            {
                sink.push(
                    Diagnostic::new(
                        &codes::INCOMPLETE_TOSCA_META,
                        version.span,
                        format!("`{}` is not a version", version.text),
                    )
                    .note(format!("`{name}` is two numbers with a dot between"))
                    .help("write `1.1`"),
                );
            }
        }
    }

    /// The path of the service template. None: there is no such name. An error: there is, and it is of no use; that is
    /// reported. A misspelt name is reported and taken for what it means.
    pub(super) fn entry(&self, sink: &mut Sink) -> Result<Option<Words<'t>>, ()> {
        let (name, value) = match self.get(ENTRY) {
            Some(pair) => pair,
            None => match self.misspelt(ENTRY) {
                Some(given) => {
                    sink.push(
                        Diagnostic::new(
                            &codes::BAD_TOSCA_META,
                            given.span,
                            format!("`{}` means nothing, and `{ENTRY}` is missing", given.text),
                        )
                        .help(format!("did you mean `{ENTRY}`?")),
                    );
                    self.get(given.text).ok_or(())?
                }
                None if self.broken.iter().any(|line| line.starts_with(ENTRY)) => return Err(()),
                None => return Ok(None),
            },
        };
        if value.text.is_empty() {
            sink.push(
                Diagnostic::new(
                    &codes::BAD_TOSCA_META,
                    name.span,
                    format!("`{}` is empty", name.text),
                )
                .help("write the path of the service template, from the root of the archive"),
            );
            return Err(());
        }
        Ok(Some(value))
    }

    /// The paths of further service templates: separated by blanks, in quotes where they hold blanks.
    pub(super) fn others(&self) -> Vec<Words<'t>> {
        let Some((_, value)) = self.get(OTHERS) else {
            return Vec::new();
        };
        let mut names = Vec::new();
        let mut rest = value.text;
        loop {
            rest = rest.trim_start();
            let offset = value.text.len() - rest.len();
            let quoted = rest.strip_prefix('"');
            let name = match quoted {
                Some(inner) => inner.split('"').next().unwrap_or_default(),
                None => rest.split_whitespace().next().unwrap_or_default(),
            };
            if rest.is_empty() {
                return names;
            }
            let from = offset + usize::from(quoted.is_some());
            let place = |offset: usize| value.span.start + u32::try_from(offset).unwrap_or_default();
            if !name.is_empty() {
                names.push(Words {
                    text: name,
                    span: Span::new(value.span.source, place(from), place(from + name.len())),
                });
            }
            let taken = from - offset + name.len();
            rest = rest[taken..].strip_prefix('"').unwrap_or(&rest[taken..]);
        }
    }
}

/// Names are the same whatever their case, as in the manifests that the format was made after: SOL004 writes
/// `Created-by`.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn is_version(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.')
        .is_some_and(|(major, minor)| digits(major) && digits(minor))
}
