//! The few lines around the places of one diagnostic, made fit for printing.
//!
//! miette finds lines by scanning a text from its start, once per label. Here only the lines that are shown are
//! copied, found by the line index; on the way they are cleaned of control characters and cut to a bearable length.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::clean::visible;
use crate::source::{LineColumn, SourceId, SourceMap, Span};

/// Lines shown before and behind a marked one.
const CONTEXT: u32 = 1;

/// One line that is shown.
#[derive(Debug)]
struct Line {
    source: SourceId,
    /// From 1.
    number: u32,
    /// Where it stands in the snippet's text, its line break included.
    shown: Range<usize>,
}

/// A marked place in the snippet's text, and what it was in the source.
#[derive(Debug)]
struct Mark {
    shown: Range<usize>,
    start: LineColumn,
}

/// The lines around all places of one diagnostic.
#[derive(Debug)]
pub(super) struct Snippet<'a> {
    sources: &'a SourceMap,
    /// Where the first of the spans lies.
    primary: SourceId,
    text: String,
    lines: Vec<Line>,
    marks: Vec<Mark>,
}

impl<'a> Snippet<'a> {
    /// The lines around `spans`, in the order of the spans' files; lines longer than `width` characters are cut around
    /// the first place in them. Of a span over several lines the first line is marked.
    pub fn new(sources: &'a SourceMap, spans: &[Span], width: usize) -> Self {
        let mut snippet = Self {
            sources,
            primary: spans.first().map_or(SourceId(0), |span| span.source),
            text: String::new(),
            lines: Vec::new(),
            marks: Vec::new(),
        };
        let mut order: Vec<SourceId> = Vec::new();
        for span in spans {
            if !order.contains(&span.source) {
                order.push(span.source);
            }
        }
        let mut places = vec![None; spans.len()];
        for id in order {
            let of_source: Vec<usize> = (0..spans.len()).filter(|&at| spans[at].source == id).collect();
            snippet.add_source(id, spans, &of_source, width, &mut places);
        }
        let starts = spans.iter().map(|&span| sources.start(span));
        snippet.marks = places
            .into_iter()
            .zip(starts)
            .map(|(shown, start)| Mark {
                shown: shown.unwrap_or(0..0),
                start,
            })
            .collect();
        snippet
    }

    /// The places of the spans in the snippet, in the order they were given.
    pub fn marks(&self) -> impl Iterator<Item = SourceSpan> {
        self.marks
            .iter()
            .map(|mark| SourceSpan::from((mark.shown.start, mark.shown.len())))
    }

    fn add_source(
        &mut self,
        id: SourceId,
        spans: &[Span],
        of_source: &[usize],
        width: usize,
        places: &mut [Option<Range<usize>>],
    ) {
        let source = self.sources.get(id);
        if source.text.is_empty() {
            return;
        }
        // What follows the last line break is no line, unless it is what is marked.
        let count = source.lines().count() - usize::from(source.text.ends_with('\n'));
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let mut numbers: Vec<u32> = Vec::new();
        for &at in of_source {
            let line = self.sources.start(spans[at]).line;
            numbers.extend(line.saturating_sub(CONTEXT).max(1)..=(line + CONTEXT).min(count).max(line));
        }
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            let range = source.lines().line_range(&source.text, number);
            let here = |&&at: &&usize| self.sources.start(spans[at]).line == number;
            let marked: Vec<usize> = of_source.iter().filter(here).copied().collect();
            let first = marked
                .iter()
                .map(|&at| spans[at].range())
                .min_by_key(|span| span.start);
            let from = self.text.len();
            let cut = window(&source.text, &range, first, width);
            let shift = self.show(&source.text, &cut, &range);
            for at in marked {
                let span = spans[at].range();
                let start = span.start.clamp(cut.start, cut.end);
                let end = span.end.clamp(start, cut.end);
                places[at] = Some(shift(start)..shift(end));
            }
            self.lines.push(Line {
                source: id,
                number,
                shown: from..self.text.len(),
            });
        }
    }

    /// Copies the part `cut` of a line, cleaned; gives what maps the source's offsets to the snippet's.
    fn show(
        &mut self,
        text: &str,
        cut: &Range<usize>,
        line: &Range<usize>,
    ) -> impl Fn(usize) -> usize + use<> {
        if cut.start > line.start {
            self.text.push('…');
        }
        let mut offsets: Vec<(usize, usize)> = Vec::new();
        for (at, character) in text[cut.clone()].char_indices() {
            offsets.push((cut.start + at, self.text.len()));
            self.text.push(visible(character));
        }
        let end = self.text.len();
        if cut.end < line.end {
            self.text.push('…');
        }
        self.text.push('\n');
        move |offset| {
            let at = offsets.partition_point(|&(from, _)| from < offset);
            offsets.get(at).map_or(end, |&(_, shown)| shown)
        }
    }

    fn line_at(&self, shown: usize) -> usize {
        self.lines
            .partition_point(|line| line.shown.end <= shown)
            .min(self.lines.len().saturating_sub(1))
    }
}

/// The part of the line at `range` that is shown: all of it or, if it is too long, what is around `place`.
fn window(text: &str, range: &Range<usize>, place: Option<Range<usize>>, width: usize) -> Range<usize> {
    let width = width.max(20);
    // Four bytes a character at most: short lines need no counting.
    if range.len() <= width || text[range.clone()].chars().take(width + 1).count() <= width {
        return range.clone();
    }
    let place = place.unwrap_or(range.start..range.start);
    let place = place.start.clamp(range.start, range.end)..place.end.clamp(range.start, range.end);
    let lead = width / 3;
    let start = text[range.start..place.start]
        .char_indices()
        .rev()
        .take(lead)
        .last()
        .map_or(place.start, |(at, _)| range.start + at);
    let end = text[start..range.end]
        .char_indices()
        .nth(width)
        .map_or(range.end, |(at, _)| start + at);
    start..end
}

impl SourceCode for Snippet<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let (mut first, mut last) = (self.line_at(start), self.line_at(end.max(start + 1) - 1));
        let Some(line) = self.lines.get(first) else {
            // A file without text: its name is all there is to show.
            let name = self.name(0);
            let empty = MietteSpanContents::new_named(name, &[], (0, 0).into(), 0, 0, 0);
            return Ok(Box::new(empty));
        };
        let follows = |line: usize| {
            let (one, next) = (&self.lines[line], &self.lines[line + 1]);
            one.source == next.source && one.number + 1 == next.number
        };
        if !(first..last).all(follows) {
            return Err(MietteError::OutOfBounds);
        }
        for _ in 0..before {
            if first > 0 && follows(first - 1) {
                first -= 1;
            }
        }
        for _ in 0..after {
            if last + 1 < self.lines.len() && follows(last) {
                last += 1;
            }
        }
        let (from, number, column) = if before == 0 {
            // miette asks without context for the place it names above the snippet.
            let mark = self
                .marks
                .iter()
                .find(|mark| mark.shown.start == start && mark.shown.end == end);
            let place = mark.map(|mark| mark.start);
            (
                start,
                line.number,
                place.map_or(0, |place| place.column as usize - 1),
            )
        } else {
            (self.lines[first].shown.start, self.lines[first].number, 0)
        };
        let to = self.lines[last].shown.end;
        let contents = MietteSpanContents::new_named(
            self.name(first),
            &self.text.as_bytes()[from..to],
            (from, to - from).into(),
            number as usize - 1,
            column,
            last + 1 - first,
        );
        Ok(Box::new(contents))
    }
}

impl Snippet<'_> {
    fn name(&self, line: usize) -> String {
        let id = self.lines.get(line).map_or(self.primary, |line| line.source);
        super::clean(self.sources.get(id).name.as_str()).into_owned()
    }
}
