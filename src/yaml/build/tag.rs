//! Tags: those of the core schema tell types, any other is another tool's.

use granit_parser::Tag;

use super::Builder;
use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::schema::Type;
use crate::yaml::tree::NodeId;

impl Builder<'_> {
    pub(super) fn tag(&mut self, node: NodeId, tag: &Tag) {
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
}
