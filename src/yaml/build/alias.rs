//! Anchors and aliases: a node that stands for another, and what that may cost.

use super::{Builder, offset, too_deep};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::source::Span;
use crate::yaml::limits;
use crate::yaml::tree::{Body, NodeId};

/// What an anchor names.
#[derive(Debug)]
pub(super) struct Anchor {
    pub(super) node: NodeId,
    /// Nodes it stands for, aliases followed; 0 while it is still open.
    pub(super) weight: u64,
    pub(super) height: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn anchor(&mut self, start: usize, end: usize) {
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

    pub(super) fn alias(&mut self, start: usize, end: usize) {
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
        let near = nearest(name, known).map(|near| format!("did you mean `*{near}`?"));
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_ANCHOR, span, format!("no anchor `&{name}` before this alias"))
            .label("unquoted, a value that begins with `*` is an alias")
            .help(format!(
                "put `&{name}` before the value that is meant, above this line; or quote the text if no alias is meant"
            ))
            .maybe_help(near);
        self.report(diagnostic);
    }

    /// Counts `weight` nodes that are there only through an alias; false, and reported once, if they are too many.
    pub(super) fn expand(&mut self, weight: u64, span: Span) -> bool {
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
}
