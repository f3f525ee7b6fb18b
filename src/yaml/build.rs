//! From the parser's events to the arena tree.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{Event, StructureStyle, Tag};

use super::limits;
use super::schema::Type;
use super::tree::{Body, Comment, Entry, Node, NodeId, ScalarStyle, Tree};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::{SourceId, Span};

/// Maps with more entries than this get a sorted index: for look-ups, and to find duplicates in linear time (nearly).
pub(super) const WIDE: usize = 16;

/// A list or map that is still open.
#[derive(Debug)]
pub(super) struct Frame {
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

#[derive(Debug)]
struct Anchor {
    node: NodeId,
    /// Nodes it stands for, aliases followed; 0 while it is still open.
    weight: u64,
    height: usize,
}

/// Takes events, makes a tree.
#[derive(Debug)]
pub(super) struct Builder<'a> {
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
}

impl<'a> Builder<'a> {
    pub fn new(source: SourceId, text: &'a Arc<str>, sink: &'a mut Sink) -> Self {
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

    /// Gathers the entries of a map that ends: finds duplicates, carries out merges.
    fn entries(&mut self, frame: &Frame) -> Body {
        if (self.children.len() - frame.base) % 2 == 1 {
            // Only after a fault: a key whose value was lost.
            let key = self.tree.nodes[self.children[self.children.len() - 1].0 as usize];
            self.add(key.end as usize, key.end as usize, Body::Error);
        }
        let from = self.tree.entries.len();
        let mut merges: Vec<Entry> = Vec::new();
        for pair in frame.base..frame.base + (self.children.len() - frame.base) / 2 {
            let at = frame.base + (pair - frame.base) * 2;
            let entry = Entry {
                key: self.children[at],
                value: self.children[at + 1],
            };
            if self.is_merge(entry.key) {
                merges.push(entry);
            } else {
                self.tree.entries.push(entry);
            }
        }
        self.children.truncate(frame.base);
        self.drop_duplicates(from);
        for (nth, merge) in merges.iter().enumerate() {
            if nth > 0 {
                self.duplicate(merge.key, merges[0].key);
            }
            self.merge(from, *merge);
            if self.tree.broken.contains(&merge.value) {
                self.tree.broken.push(frame.node);
            }
        }
        let count = self.tree.entries.len() - from;
        if count > WIDE {
            let sorted = self.sorted(from);
            self.tree.wide.insert(offset(from), sorted);
        }
        Body::Mapping {
            start: offset(from),
            len: offset(count),
        }
    }

    fn is_merge(&self, key: NodeId) -> bool {
        let node = self.tree.nodes[key.0 as usize];
        matches!(
            node.body,
            Body::Scalar {
                style: ScalarStyle::Plain,
                len: 2,
                ..
            }
        ) && self.tree.scalar(key) == Some("<<")
    }

    /// The entries from `from` on, as offsets sorted by key and, for equal keys, by place.
    fn sorted(&self, from: usize) -> Box<[u32]> {
        let entries = &self.tree.entries[from..];
        let mut sorted: Vec<u32> = (0..offset(entries.len())).collect();
        sorted.sort_by_key(|&at| self.tree.scalar(entries[at as usize].key));
        sorted.into()
    }

    /// Reports keys that stand twice among the entries from `from` on, and keeps the first of each.
    fn drop_duplicates(&mut self, from: usize) {
        let count = self.tree.entries.len() - from;
        let mut doubles: Vec<(usize, usize)> = Vec::new();
        if count > WIDE {
            let sorted = self.sorted(from);
            let entries = &self.tree.entries[from..];
            let key = |at: u32| self.tree.scalar(entries[at as usize].key);
            for group in sorted.chunk_by(|&one, &other| key(one).is_some() && key(one) == key(other)) {
                doubles.extend(group[1..].iter().map(|&at| (at as usize, group[0] as usize)));
            }
            doubles.sort_unstable();
        } else {
            let entries = &self.tree.entries[from..];
            for (at, entry) in entries.iter().enumerate().skip(1) {
                let Some(key) = self.tree.scalar(entry.key) else {
                    continue;
                };
                let same = |other: &Entry| self.tree.scalar(other.key) == Some(key);
                if let Some(first) = entries[..at].iter().position(same) {
                    doubles.push((at, first));
                }
            }
        }
        for &(at, first) in &doubles {
            let (again, first) = (
                self.tree.entries[from + at].key,
                self.tree.entries[from + first].key,
            );
            self.duplicate(again, first);
        }
        if !doubles.is_empty() {
            let dropped: HashSet<usize> = doubles.into_iter().map(|(at, _)| at).collect();
            let mut at = 0;
            let mut kept = self.tree.entries.split_off(from);
            kept.retain(|_| {
                at += 1;
                !dropped.contains(&(at - 1))
            });
            self.tree.entries.append(&mut kept);
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

    fn duplicate(&mut self, again: NodeId, first: NodeId) {
        let name = self.tree.scalar(again).unwrap_or_default();
        let diagnostic = Diagnostic::new(
            &codes::DUPLICATE_KEY,
            self.tree.span(again),
            format!("the key `{name}` stands twice in this map"),
        )
        .label("again here")
        .related(self.tree.span(first), "first here");
        let diagnostic = if name == "<<" {
            diagnostic.help("write one `<<` with a list: `<<: [*one, *other]`")
        } else {
            diagnostic
                .note("keys of a map are unique; readers that allow this drop one of the two values without a word")
                .help("remove or rename one of the two")
        };
        self.sink.push(diagnostic);
    }

    /// Adds what `<<` brings to the entries from `from` on: keys that are there already win.
    fn merge(&mut self, from: usize, merge: Entry) {
        let sources = match self.tree.nodes[merge.value.0 as usize].body {
            Body::Mapping { .. } => vec![merge.value],
            Body::Sequence { .. } => self.tree.items(merge.value).to_vec(),
            Body::Error => return,
            Body::Scalar { .. } => {
                self.not_a_map(merge.value);
                return;
            }
        };
        let mut known: HashSet<Box<str>> = self.tree.entries[from..]
            .iter()
            .filter_map(|entry| self.tree.scalar(entry.key).map(Box::from))
            .collect();
        for source in sources {
            match self.tree.nodes[source.0 as usize].body {
                Body::Mapping { start, len } => {
                    self.weight += u64::from(len);
                    if !self.expand(u64::from(len), self.tree.span(merge.key)) {
                        return;
                    }
                    for at in start..start + len {
                        let entry = self.tree.entries[at as usize];
                        let name = self.tree.scalar(entry.key);
                        if name.is_none_or(|name| !known.contains(name)) {
                            known.extend(name.map(Box::from));
                            self.tree.entries.push(entry);
                        }
                    }
                }
                Body::Error => {}
                _ => {
                    // The item of a list that an alias brings stands elsewhere.
                    let here = self.tree.span(merge.value).contains(self.tree.span(source));
                    self.not_a_map(if here { source } else { merge.value });
                }
            }
        }
    }

    fn not_a_map(&mut self, node: NodeId) {
        let diagnostic = Diagnostic::new(
            &codes::MERGE_VALUE,
            self.tree.span(node),
            "`<<` can merge only maps",
        )
        .label("this is no map")
        .help("give an alias of a map (`<<: *name`), or a list of such (`<<: [*one, *other]`)");
        self.sink.push(diagnostic);
    }

    fn anchor(&mut self, start: usize, end: usize) {
        let Some(node) = self.latest() else {
            return;
        };
        let name = self.text[start..end].trim_start_matches('&');
        let open = self.frames.last_mut().filter(|frame| frame.node == node);
        let weight = u64::from(open.is_none());
        if let Some(frame) = open {
            frame.anchor = Some(self.anchors.len());
        }
        self.names.insert(name, self.anchors.len());
        self.anchors.push(Anchor {
            node,
            weight,
            height: 0,
        });
    }

    /// The node added last; the anchor event comes right behind its node's.
    fn latest(&self) -> Option<NodeId> {
        self.tree.nodes.len().checked_sub(1).map(|at| NodeId(offset(at)))
    }

    fn alias(&mut self, start: usize, end: usize) {
        let text: &'a str = self.text;
        let name = text[start..end].trim_start_matches('*');
        let span = self.span(start, end);
        let target = self.names.get(name).map(|&at| self.anchors[at].node);
        let body = match self.names.get(name).map(|&at| &self.anchors[at]) {
            None => {
                self.unknown_anchor(name, span);
                Body::Error
            }
            Some(anchor) if anchor.weight == 0 => {
                let first = Span {
                    end: self.tree.span(anchor.node).start,
                    ..self.tree.span(anchor.node)
                };
                self.sink.push(
                    Diagnostic::new(
                        &codes::UNKNOWN_ANCHOR,
                        span,
                        format!("the alias `*{name}` stands inside of what `&{name}` names"),
                    )
                    .label("this would contain itself")
                    .related(first, "what it names begins here")
                    .help("move the anchor to a part that does not contain the alias"),
                );
                Body::Error
            }
            Some(anchor) => {
                let &Anchor { node, weight, height } = anchor;
                if self.frames.len() + height > limits::DEPTH {
                    self.sink.push(too_deep(span));
                    Body::Error
                } else if self.expand(weight, span) {
                    self.weight += weight - 1;
                    if let Some(parent) = self.frames.last_mut() {
                        parent.height = parent.height.max(height + 1);
                    }
                    self.tree.nodes[node.0 as usize].body
                } else {
                    Body::Error
                }
            }
        };
        let node = self.add(start, end, body);
        if let Some(target) = target {
            if let Some(&tagged) = self.tree.tagged.get(&target) {
                self.tree.tagged.insert(node, tagged);
            }
            if self.tree.broken.contains(&target) {
                self.tree.broken.push(node);
            }
        }
    }

    fn unknown_anchor(&mut self, name: &str, span: Span) {
        if self.faults > limits::FAULTS {
            return;
        }
        // It may have been in a part that could not be read: then this is only a consequence.
        let definition = format!("&{name}");
        if self
            .skipped
            .iter()
            .any(|range| self.text[range.clone()].contains(&definition))
        {
            return;
        }
        let mut known: Vec<&str> = self.names.keys().copied().collect();
        known.sort_unstable();
        let near = crate::diagnostic::nearest(name, known).map(|near| format!("did you mean `*{near}`?"));
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_ANCHOR, span, format!("no anchor `&{name}` before this alias"))
            .label("unquoted, a value that begins with `*` is an alias")
            .help(format!(
                "put `&{name}` before the value that is meant, above this line; or quote the text if no alias is meant"
            ))
            .maybe_help(near);
        self.report(diagnostic);
    }

    /// Counts `weight` nodes that are there only through an alias; false, and reported once, if they are too many.
    fn expand(&mut self, weight: u64, span: Span) -> bool {
        let before = self.expanded;
        self.expanded = before.saturating_add(weight);
        if before <= limits::EXPANSION && self.expanded > limits::EXPANSION {
            self.sink.push(
                Diagnostic::new(
                    &codes::ALIAS_EXPANSION,
                    span,
                    "aliases make this document too large",
                )
                .label(format!(
                    "with this one it has more than {} nodes",
                    limits::EXPANSION
                ))
                .note("aliases of aliases multiply; a small file can stand for more than any memory holds")
                .help("write out what is meant, or use fewer aliases inside of anchored values"),
            );
        }
        self.expanded <= limits::EXPANSION
    }

    fn tag(&mut self, node: NodeId, tag: &Tag) {
        match tag.core_suffix() {
            Some("str") => self.tree.tagged.insert(node, Type::Str),
            Some("null" | "bool" | "int" | "float") => self.tree.tagged.insert(node, Type::Other),
            Some(_) => None,
            // `! text`: not to be taken for anything but a text.
            None if tag.handle().is_empty() && tag.suffix() == "!" => {
                self.tree.tagged.insert(node, Type::Str)
            }
            None => {
                if tag.suffix_in_namespace("tag:yaml.org,2002:").is_none() {
                    self.unknown_tag(node, tag);
                }
                None
            }
        };
    }

    fn unknown_tag(&mut self, node: NodeId, tag: &Tag) {
        let name = tag.original();
        let at = self.tree.nodes[node.0 as usize].start as usize;
        let from = self.last_before(node);
        let start = self
            .text
            .get(from..at)
            .and_then(|before| before.rfind(&name))
            .map_or(at, |nth| from + nth);
        let span = self.span(start, (start + name.len()).min(self.text.len()));
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_TAG, span, format!("the tag `{name}` means nothing here"))
            .label("read as if it were not there")
            .note("tags like this belong to other tools; TOSCA has functions instead, such as `{ get_input: name }`")
            .help("remove it, or quote the text that it belongs to");
        self.sink.push(diagnostic);
    }

    /// Where the node before `node` begins.
    fn last_before(&self, node: NodeId) -> usize {
        let before = (node.0 as usize).checked_sub(1);
        before.map_or(0, |at| self.tree.nodes[at].start as usize)
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

    /// Says that a part of the innermost open list or map was lost.
    pub fn mark_broken(&mut self) {
        let node = self.frames.last().map(|frame| frame.node);
        self.tree.broken.extend(node);
    }
}

/// The message for a document that is nested too deeply.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(&codes::NESTED_TOO_DEEP, span, "nested too deeply")
        .label(format!("more than {} levels", limits::DEPTH))
        .help("no template needs this depth; look for brackets that are never closed")
}

/// Offsets are 32 bits wide: texts and trees are kept below that by [`limits::FILE_SIZE`].
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
