//! Reading on after a syntax fault.
//!
//! The parser stops at the first fault. Reading goes on with a new parser at the next line that can be told to belong
//! to a list or map that is still open: one that is indented no deeper than the faulty line and exactly as deep as
//! that list or map. Such a *fragment* of the text is read as if it were a document whose root is that list or map; at
//! its end the next outer one is gone on with in the same way. So each part of the text is read about once, however
//! many faults there are.

use std::ops::Range;

use granit_parser::{Event, Parser, StructureStyle, options};

use super::build::{Builder, too_deep};
use super::faults::{self, Fault};
use super::limits;
use super::line::{Line, line_start};
use super::tree::Body;
use crate::diagnostic::{Diagnostic, codes};

/// What follows a fragment.
enum Next {
    /// Another one, from this offset on, the beginning of a line.
    Fragment(usize),
    /// Nothing.
    End,
}

/// Reads a whole text into a builder.
pub(super) struct Reader<'a, 'b> {
    pub builder: &'b mut Builder<'a>,
    text: &'a str,
    /// Bytes that may still be looked at: unclosed quotes, each looked for up to the end of a large file, add up.
    budget: usize,
}

impl<'a, 'b> Reader<'a, 'b> {
    pub fn new(builder: &'b mut Builder<'a>) -> Self {
        let text = builder.text;
        Self {
            builder,
            text,
            budget: text.len().saturating_mul(8).saturating_add(16 << 20),
        }
    }

    /// Reads everything; at the end all lists and maps are closed.
    pub fn run(mut self) {
        let mut from = 0;
        while let Next::Fragment(next) = self.fragment(from) {
            from = next;
        }
        while !self.builder.frames.is_empty() {
            self.builder.close(None);
        }
    }

    /// Reads the fragment that begins at `from`: the whole document, or the rest of the innermost open list or map.
    fn fragment(&mut self, from: usize) -> Next {
        let options = options! {
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            flow_nesting_limit: limits::DEPTH + 1,
            block_nesting_limit: limits::DEPTH + 1,
            max_buffered_comment_events: usize::MAX,
        };
        let depth = self.builder.frames.len();
        let continued = depth > 0;
        let mut rooted = !continued;
        let mut ended = false;
        let mut parser = Parser::new_from_str_with_options(&self.text[from..], options);
        while let Some(next) = parser.next_event() {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    let at = from + error.marker().byte_offset().unwrap_or_default();
                    let at = at.min(self.text.len());
                    self.budget = self.budget.saturating_sub(at - from);
                    if ended {
                        return self.behind(at);
                    }
                    let fault = faults::translate(self.builder, &error, at);
                    return self.recover(fault, from, depth);
                }
            };
            let range = span.byte_range().unwrap_or_default();
            let (start, end) = (from + range.start, from + range.end);
            if !rooted {
                match &event {
                    Event::StreamStart | Event::DocumentStart(..) | Event::Comment(..) => {}
                    Event::MappingStart(StructureStyle::Block, ..) if self.builder.frames[depth - 1].map => {
                        rooted = true;
                        continue;
                    }
                    Event::SequenceStart(StructureStyle::Block, ..)
                        if !self.builder.frames[depth - 1].map =>
                    {
                        rooted = true;
                        continue;
                    }
                    _ => {
                        let fault = faults::missing_colon(self.builder, start);
                        return self.recover(fault, from, depth);
                    }
                }
            } else if continued
                && self.builder.frames.len() == depth
                && matches!(event, Event::MappingEnd | Event::SequenceEnd)
            {
                let line = line_start(self.text, start);
                if line <= from {
                    // Only with line breaks that are none to us (a lone CR): each fragment must begin behind the last.
                    let fault = faults::behind_value(self.builder, start);
                    return self.recover(fault, from, depth);
                }
                return self.go_on(line);
            }
            match event {
                Event::DocumentEnd => ended = true,
                Event::DocumentStart(..) if ended => return self.second_document(start),
                event => {
                    if !self.builder.event(event, start, end, span.start.col()) {
                        let fault = Fault::new(start, too_deep(self.builder.span(start, end)));
                        return self.recover(fault, from, depth);
                    }
                }
            }
        }
        Next::End
    }

    /// Goes on with the line at `at`, the first behind a fragment, in the open list or map that it belongs to.
    fn go_on(&mut self, at: usize) -> Next {
        let Some(line) = Line::first(self.text, at) else {
            return Next::End;
        };
        if line.is_marker(self.text) {
            return self.second_document(line.start);
        }
        if let Some(frame) = self.frame_of(&line) {
            self.close_to(frame);
            return Next::Fragment(line.start);
        }
        let fault = faults::bad_indentation(self.builder, line.start + line.indent);
        self.recover(fault, line.start, self.builder.frames.len())
    }

    /// Something stands behind the end of the document's root.
    fn behind(&mut self, at: usize) -> Next {
        let fault = faults::behind_root(self.builder, at);
        self.builder.report(fault.diagnostic);
        Next::End
    }

    fn second_document(&mut self, at: usize) -> Next {
        let rest = self.text[at..].lines().skip(1);
        let more = rest.map(str::trim_start).any(|line| {
            !matches!(line.as_bytes().first(), None | Some(b'#')) && line != "---" && line != "..."
        });
        if more {
            let end = self.text[at..].find('\n').map_or(self.text.len(), |end| at + end);
            let span = self.builder.span(at, at + self.text[at..end].trim_end().len());
            self.builder.report(
                Diagnostic::new(
                    &codes::SEVERAL_DOCUMENTS,
                    span,
                    "a second document begins in this file",
                )
                .label("only what stands before this line was read")
                .help("put each document into a file of its own"),
            );
        }
        Next::End
    }

    /// Reports a fault, unless it is only where an inner fragment ends, and finds where to go on.
    fn recover(&mut self, fault: Fault, from: usize, depth: usize) -> Next {
        let line = Line::at(self.text, fault.at);
        if line.start > from && depth > 0 {
            // The line may belong to an outer list or map, which the fragment's parser knows nothing of.
            let root = &self.builder.frames[depth - 1];
            let ends_list = !root.map && line.indent == root.column && !line.is_item(self.text);
            if line.indent < root.column || ends_list {
                return self.go_on(line.start);
            }
        }
        let known = self
            .builder
            .templates
            .last()
            .is_some_and(|&at| at >= line.start && at < line.end);
        if !known && !self.builder.report(fault.diagnostic) {
            self.give_up();
            return Next::End;
        }
        // A map that begins on the faulty line, behind a `- `, may go on below it.
        let inner = self.builder.frames.iter().rev().find(|frame| !frame.flow);
        let inner = inner.filter(|frame| self.builder.start_of(frame) >= line.start);
        let limit = inner.map_or(line.indent, |frame| frame.column.max(line.indent));
        let found = self.next_line(&line, limit);
        let stop = found.as_ref().map_or(self.text.len(), |(line, _)| line.start);
        let lost = fault.at
            ..fault
                .at
                .max(fault.at + self.text[fault.at..stop].trim_end().len());
        self.builder.skipped.push(line.start..lost.end);
        if self.budget == 0 {
            self.give_up();
            return Next::End;
        }
        self.builder.spoil(lost.start);
        let open = self.builder.frames.last();
        if open.is_some_and(|frame| !frame.flow && line.indent > frame.column)
            && lost.start <= line.start + line.indent
        {
            // It is indented deeper than what is open, so it was meant for something that it closed.
            self.builder.mark_last_broken();
        }
        self.lose(lost);
        let faulty = line;
        let Some((line, frame)) = found else {
            self.give_up();
            return Next::End;
        };
        let column = self.builder.frames[frame].column;
        self.builder.mark_inner_broken(frame);
        self.close_to(frame);
        if faulty.indent <= column {
            self.builder.mark_broken();
        }
        Next::Fragment(line.start)
    }

    /// Puts an error node where a value was being read.
    fn lose(&mut self, lost: Range<usize>) {
        if let Some(outer) = self.builder.frames.iter().position(|frame| frame.flow) {
            self.builder.frames[outer].lost = true;
            while self.builder.frames.len() > outer {
                self.builder.close(Some(lost.end));
            }
            self.builder.mark_broken();
            return;
        }
        self.builder.mark_broken();
        let Some(frame) = self.builder.frames.last() else {
            self.builder.add(lost.start, lost.end, Body::Error);
            return;
        };
        if !frame.map || self.builder.wants_value() {
            self.builder.add(lost.start, lost.end, Body::Error);
        }
    }

    /// Closes what is open, each a part of what could not be read.
    fn give_up(&mut self) {
        while !self.builder.frames.is_empty() {
            self.builder.mark_broken();
            self.builder.close(None);
        }
    }

    /// Closes all lists and maps inside of the `frame`th, and gives a key of it that waits for its value none.
    fn close_to(&mut self, frame: usize) {
        while self.builder.frames.len() > frame + 1 {
            self.builder.close(None);
        }
        if self.builder.wants_value() {
            let end = self.builder.end_of_last();
            self.builder.add(end, end, Body::Error);
        }
    }

    /// The next line behind `line` that is indented at most `limit` and belongs to an open list or map, and which.
    fn next_line(&self, line: &Line, limit: usize) -> Option<(Line, usize)> {
        let mut at = line.end;
        while let Some(line) = Line::first(self.text, at) {
            if line.is_marker(self.text) {
                return None;
            }
            let first = self.text.as_bytes()[line.start + line.indent];
            if line.indent <= limit
                && !matches!(first, b']' | b'}' | b',' | b'\t')
                && let Some(frame) = self.frame_of(&line)
            {
                return Some((line, frame));
            }
            if line.indent == 0 && self.builder.frames.is_empty() {
                return None;
            }
            at = line.end;
        }
        None
    }

    /// The innermost open list or map that the line goes on with.
    fn frame_of(&self, line: &Line) -> Option<usize> {
        let item = line.is_item(self.text);
        let flow = self.builder.frames.iter().position(|frame| frame.flow);
        let frames = &self.builder.frames[..flow.unwrap_or(self.builder.frames.len())];
        frames
            .iter()
            .rposition(|frame| frame.column == line.indent && frame.map != item)
    }
}
