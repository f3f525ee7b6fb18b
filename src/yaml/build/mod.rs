//! From the parser's events to the arena tree.

mod alias;
mod map;
mod merge;
mod tag;

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, StructureStyle, Tag};

use super::limits;
use super::tree::{Body, Comment, Kind, Node, NodeId, ScalarStyle, Tree};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::{SourceId, Span};

use alias::Anchor;

/// A list or map that is still open.
#[derive(Debug)]
pub(in crate::yaml) struct Frame {
    node: NodeId,
    /// Where its children begin on the builder's stack of children.
    base: usize,
    /// The column of its first character, from 0; what recovery goes by.
    pub column: usize,
    pub map: bool,
    pub flow: bool,
    /// Whether it is to become an error node: a template, or brackets that something is wrong in.
    pub lost: bool,
    /// Levels below it, aliases followed.
    height: usize,
    /// The builder's weight when it was opened.
    weight: u64,
    anchor: Option<usize>,
}

/// Takes events, makes a tree.
#[derive(Debug)]
pub(in crate::yaml) struct Builder<'a> {
    pub text: &'a str,
    pub tree: Tree,
    pub sink: &'a mut Sink,
    pub frames: Vec<Frame>,
    children: Vec<NodeId>,
    anchors: Vec<Anchor>,
    names: HashMap<&'a str, usize>,
    /// All nodes so far, aliases followed.
    weight: u64,
    /// Of these, how many are there only through aliases and merges.
    expanded: u64,
    /// Texts that were skipped after a fault: an anchor may have been in one.
    pub skipped: Vec<std::ops::Range<usize>>,
    /// Where the node read last ends.
    pub last: usize,
    /// Where templates (`{{ … }}`) begin that were reported.
    pub templates: Vec<usize>,
    /// Syntax faults that were reported.
    faults: usize,
    /// Whether there is a tab anywhere, which mostly there is not.
    has_tabs: bool,
}

impl<'a> Builder<'a> {
    pub fn new(source: SourceId, text: &'a Arc<String>, sink: &'a mut Sink) -> Self {
        let mut tree = Tree::empty(source);
        tree.text = Arc::clone(text);
        // Real templates have a node every 15 bytes or so; memory that is not written to is not taken; growing by doubling would hold twice the memory.
        tree.nodes.reserve(text.len() / 12);
        Self {
            text,
            tree,
            sink,
            frames: Vec::new(),
            children: Vec::new(),
            anchors: Vec::new(),
            names: HashMap::new(),
            weight: 0,
            expanded: 0,
            skipped: Vec::new(),
            last: 0,
            templates: Vec::new(),
            faults: 0,
            has_tabs: text.contains('\t'),
        }
    }

    pub fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.tree.source, offset(start), offset(end.max(start)))
    }

    /// Takes one event that stands at `start..end` of the text, its first character in `column`. False if the
    /// document is nested too deeply to go on.
    pub fn event(&mut self, event: Event<'a>, start: usize, end: usize, column: usize) -> bool {
        match event {
            Event::Scalar(value, style, _, tag) => self.scalar(&value, style, tag.as_deref(), start, end),
            Event::MappingStart(style, _, tag) => {
                return self.open(true, style, tag.as_deref(), start, end, column);
            }
            Event::SequenceStart(style, _, tag) => {
                return self.open(false, style, tag.as_deref(), start, end, column);
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let flow = self.frames.last().is_some_and(|frame| frame.flow);
                self.close(flow.then_some(end));
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => self.alias(start, end),
            Event::Anchor(..) => self.anchor(start, end),
            Event::Comment(..) => {
                let span = self.span(start, end);
                self.tree.comments.push(Comment { span });
            }
            _ => {}
        }
        true
    }

    fn scalar(
        &mut self,
        value: &str,
        style: granit_parser::ScalarStyle,
        tag: Option<&Tag>,
        start: usize,
        end: usize,
    ) {
        let style = match style {
            granit_parser::ScalarStyle::Plain => ScalarStyle::Plain,
            granit_parser::ScalarStyle::SingleQuoted => ScalarStyle::SingleQuoted,
            granit_parser::ScalarStyle::DoubleQuoted => ScalarStyle::DoubleQuoted,
            granit_parser::ScalarStyle::Literal => ScalarStyle::Literal,
            granit_parser::ScalarStyle::Folded => ScalarStyle::Folded,
        };
        // A value that stands letter by letter in the source is borrowed from it: its address tells where.
        let at = (value.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let body = if start == end {
            Body::Scalar {
                style,
                decoded: false,
                start: offset(start),
                len: 0,
            }
        } else if at < self.text.len() {
            Body::Scalar {
                style,
                decoded: false,
                start: offset(at),
                len: offset(value.len()),
            }
        } else {
            let at = self.tree.decoded.len();
            self.tree.decoded.push_str(value);
            Body::Scalar {
                style,
                decoded: true,
                start: offset(at),
                len: offset(value.len()),
            }
        };
        let node = self.add(start, end, body);
        if let Some(tag) = tag {
            self.tag(node, tag);
        }
    }

    fn open(
        &mut self,
        map: bool,
        style: StructureStyle,
        tag: Option<&Tag>,
        start: usize,
        end: usize,
        column: usize,
    ) -> bool {
        if self.frames.len() >= limits::DEPTH {
            return false;
        }
        let flow = style == StructureStyle::Flow;
        let (mut start, mut column) = (start, column);
        if flow && map && self.text[..start].ends_with('{') {
            self.template(start - 1);
        } else if !flow && !map && !self.text[start..].starts_with('-') {
            // A list that is not indented deeper than its key: the event stands at its first item's text.
            let dash = self.text[..start].rfind('-').unwrap_or(start);
            start = dash;
            column = self.frames.last().map_or(0, |frame| frame.column);
        }
        if self.has_tabs
            && !flow
            && let Some(tab) = super::faults::tab_before(self, start)
        {
            self.report(tab);
        }
        let node = self.add(start, end.max(start), Body::Error);
        if let Some(tag) = tag {
            self.tag(node, tag);
        }
        self.frames.push(Frame {
            node,
            base: self.children.len(),
            column,
            map,
            flow,
            lost: false,
            height: 1,
            weight: self.weight,
            anchor: None,
        });
        true
    }

    /// Closes the innermost list or map; `end` is the offset behind its closing bracket, if it has one.
    pub fn close(&mut self, end: Option<usize>) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let at = frame.node.0 as usize;
        let start = self.tree.nodes[at].start;
        let last = self.children[frame.base..].last();
        let last = last.map_or(start, |child| self.tree.nodes[child.0 as usize].end);
        self.tree.nodes[at].end = end.map_or(last, offset).max(start);
        self.tree.nodes[at].body = if frame.lost {
            self.children.truncate(frame.base);
            Body::Error
        } else if frame.map {
            self.entries(&frame)
        } else {
            let from = self.tree.items.len();
            self.tree.items.extend(self.children.drain(frame.base..));
            Body::Sequence {
                start: offset(from),
                len: offset(self.tree.items.len() - from),
            }
        };
        if let Some(anchor) = frame.anchor {
            self.anchors[anchor].weight = self.weight - frame.weight + 1;
            self.anchors[anchor].height = frame.height;
        }
        if let Some(parent) = self.frames.last_mut() {
            parent.height = parent.height.max(frame.height + 1);
        }
    }

    /// Two braces, the first at `at`: to YAML a map as the key of a map, to its author a template.
    fn template(&mut self, at: usize) {
        let outer = self
            .frames
            .last()
            .filter(|frame| frame.map && frame.flow && self.start_of(frame) == at);
        if outer.is_some() && !self.wants_value() {
            self.report(super::faults::template_value(self, at));
            self.templates.push(at);
            if let Some(outer) = self.frames.last_mut() {
                outer.lost = true;
            }
        }
    }

    /// Reports a syntax fault; false if there were so many that it is better to stop.
    pub fn report(&mut self, diagnostic: Diagnostic) -> bool {
        self.faults += 1;
        if self.faults == limits::FAULTS + 1 {
            let diagnostic = Diagnostic::new(
                &codes::TOO_MANY_FAULTS,
                diagnostic.span,
                format!("more than {} syntax faults: reading stops here", limits::FAULTS),
            );
            self.sink
                .push(diagnostic.help("mend those above first; is this file YAML at all?"));
        } else if self.faults <= limits::FAULTS {
            self.sink.push(diagnostic);
        }
        self.faults <= limits::FAULTS
    }

    /// Adds a node as the next child of the innermost open list or map.
    pub fn add(&mut self, start: usize, end: usize, body: Body) -> NodeId {
        let node = NodeId(offset(self.tree.nodes.len()));
        self.tree.nodes.push(Node {
            start: offset(start),
            end: offset(end),
            body,
        });
        self.weight += 1;
        self.last = end;
        if self.frames.is_empty() {
            self.tree.root.get_or_insert(node);
        } else {
            self.children.push(node);
        }
        node
    }

    /// Whether the innermost open map has a key that waits for its value.
    pub fn wants_value(&self) -> bool {
        self.frames
            .last()
            .is_some_and(|frame| frame.map && (self.children.len() - frame.base) % 2 == 1)
    }

    /// Where an open list or map begins.
    pub fn start_of(&self, frame: &Frame) -> usize {
        self.tree.nodes[frame.node.0 as usize].start as usize
    }

    /// Where the last child of the innermost open list or map ends.
    pub fn end_of_last(&self) -> usize {
        let last = self.children.last();
        last.map_or(0, |child| self.tree.nodes[child.0 as usize].end as usize)
    }

    /// Of a plain scalar that goes on behind `at`, where a fault is: it has taken in lines that were not meant for it, so
    /// nobody wrote what it says.
    pub fn spoil(&mut self, at: usize) {
        if let Some(last) = self.tree.nodes.last_mut()
            && matches!(
                last.body,
                Body::Scalar {
                    style: ScalarStyle::Plain,
                    ..
                }
            )
            && last.end > offset(at)
        {
            last.body = Body::Error;
        }
    }

    /// Says that a part of each list or map inside of the `outer`th open one may have been lost.
    pub fn mark_inner_broken(&mut self, outer: usize) {
        let inner = self.frames.iter().skip(outer + 1);
        self.tree.broken.extend(inner.map(|frame| frame.node));
    }

    /// Says that a part of the last child of the innermost open list or map was lost, and of the last within that.
    pub fn mark_last_broken(&mut self) {
        let mut last = self.children.last().copied();
        while let Some(node) = last {
            last = match self.tree.kind(node) {
                Kind::Mapping => self.tree.entries(node).last().map(|entry| entry.value),
                Kind::Sequence => self.tree.items(node).last().copied(),
                Kind::Scalar | Kind::Error => break,
            };
            self.tree.broken.push(node);
        }
    }

    /// Says that a part of the innermost open list or map was lost.
    pub fn mark_broken(&mut self) {
        let node = self.frames.last().map(|frame| frame.node);
        self.tree.broken.extend(node);
    }
}

/// The message for a document that is nested too deeply.
pub(in crate::yaml) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(&codes::NESTED_TOO_DEEP, span, "nested too deeply")
        .label(format!("more than {} levels", limits::DEPTH))
        .help("no template needs this depth; look for brackets that are never closed")
}

/// Offsets are 32 bits wide: texts and trees are kept below that by [`limits::FILE_SIZE`].
pub(in crate::yaml) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
