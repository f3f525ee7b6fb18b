//! `copy`: a template that is made from another one (Simple Profile 1.3, sections 3.8.3 and 3.8.4).
//!
//! All keynames and values of the source are taken over, as a basis for what the template says itself: its own values
//! win, maps that both have are joined, lists are replaced. It is done on the tree, before anything is made of it, so
//! that nothing else needs to know of copies.

use std::collections::{HashMap, HashSet};

use super::function::is_call;
use super::import::Forest;
use super::view::View;
use crate::diagnostic::{Code, Diagnostic, Sink, codes, did_you_mean};
use crate::source::Span;
use crate::yaml::{NodeId, Tree, limits};

/// A section whose templates may be copies.
struct Section {
    keyname: &'static str,
    words: &'static str,
    /// The code of a name that is not there.
    unknown: &'static Code,
}

static SECTIONS: [Section; 2] = [
    Section {
        keyname: "node_templates",
        words: "node template",
        unknown: &codes::UNKNOWN_NODE,
    },
    Section {
        keyname: "relationship_templates",
        words: "relationship template",
        unknown: &codes::UNKNOWN_RELATIONSHIP,
    },
];

/// Makes all copies of all files. Returns where the templates stand that are copied.
pub(super) fn expand(forest: &mut Forest<'_>, sink: &mut Sink) -> Vec<Span> {
    let mut sources = Vec::new();
    for file in forest.files_mut().filter(|file| !file.embedded) {
        let mut made: Option<Tree> = None;
        for section in &SECTIONS {
            let topology = file.root().and_then(|root| root.get("topology_template"));
            let Some(templates) = topology.and_then(|topology| topology.get(section.keyname)) else {
                continue;
            };
            let copies = Copies::read(section, templates, sink);
            if !copies.all.is_empty() {
                sources.extend(
                    copies
                        .all
                        .iter()
                        .filter_map(|copy| Some(templates.get(copy.source)?.span())),
                );
                copies.make(made.get_or_insert_with(|| file.meant().clone()), sink);
            }
        }
        file.mean(made);
    }
    sources
}

/// The faults, without those that are told of a copied template and again of each of its copies.
pub(super) fn once(found: Sink, copied: &[Span]) -> Sink {
    if copied.is_empty() {
        return found;
    }
    let mut told = HashSet::new();
    let mut kept = Sink::new();
    for fault in found.into_sorted() {
        let place = (fault.code.id, fault.span, fault.note.clone(), fault.help.clone());
        let is_shared = copied.iter().any(|copied| copied.contains(fault.span));
        if told.insert(place) || !is_shared {
            kept.push(fault);
        }
    }
    kept
}

/// One copy: `name: { copy: source }`.
struct Copy<'a> {
    name: &'a str,
    source: &'a str,
    /// Where the source is named.
    view: View<'a>,
}

/// The copies of one section that have a source.
struct Copies<'a> {
    section: &'static Section,
    templates: View<'a>,
    all: Vec<Copy<'a>>,
    by_name: HashMap<&'a str, usize>,
}

impl<'a> Copies<'a> {
    fn read(section: &'static Section, templates: View<'a>, sink: &mut Sink) -> Self {
        let mut copies = Self {
            section,
            templates,
            all: Vec::new(),
            by_name: HashMap::new(),
        };
        for (_, name, body) in templates.entries() {
            let Some((view, source)) = body.name_of("copy") else {
                continue;
            };
            if templates.key(source).is_some() {
                copies.by_name.insert(name, copies.all.len());
                copies.all.push(Copy { name, source, view });
            } else {
                copies.unknown(name, view, source, sink);
            }
        }
        copies
    }

    fn unknown(&self, name: &str, view: View<'a>, source: &str, sink: &mut Sink) {
        let words = self.section.words;
        let known = self.templates.entries().map(|(_, known, _)| known);
        let near = did_you_mean(source, known.filter(|known| *known != name));
        sink.push(
            Diagnostic::new(
                self.section.unknown,
                view.span(),
                format!("there is no {words} `{source}` to copy"),
            )
            .help(near.unwrap_or_else(|| format!("name a {words} of this topology"))),
        );
    }

    /// Makes the copies, sources first.
    fn make(&self, tree: &mut Tree, sink: &mut Sink) {
        let mut done = vec![false; self.all.len()];
        let mut left = limits::EXPANSION;
        for start in 0..self.all.len() {
            let mut path = Vec::new();
            let mut at = Some(start);
            while let Some(here) = at.filter(|&here| !done[here]) {
                done[here] = true;
                path.push(here);
                at = self.by_name.get(self.all[here].source).copied();
            }
            let begin = at.and_then(|again| path.iter().position(|&on| on == again));
            if let Some(begin) = begin {
                self.circle(&path[begin..], sink);
                path.truncate(begin);
            }
            for &here in path.iter().rev() {
                let copy = &self.all[here];
                if let Some(&source) = self.by_name.get(copy.source) {
                    self.copied_copy(copy, &self.all[source], sink);
                }
                if !self.lay(tree, copy, &mut left) {
                    too_large(copy, sink);
                    return;
                }
            }
        }
    }

    /// Makes one copy; false if there would be too much of them all.
    fn lay(&self, tree: &mut Tree, copy: &Copy<'a>, left: &mut u64) -> bool {
        let templates = self.templates.node();
        if let (Some(own), Some(base)) = (tree.get(templates, copy.name), tree.get(templates, copy.source)) {
            if !count(tree, base, left) {
                return false;
            }
            let whole = tree.overlay(own, base, &|tree, node| is_call(View::new(tree, node)));
            tree.put(templates, copy.name, whole);
        }
        true
    }

    fn copied_copy(&self, copy: &Copy<'a>, source: &Copy<'a>, sink: &mut Sink) {
        sink.push(
            Diagnostic::new(
                &codes::COPIED_COPY,
                copy.view.span(),
                format!("`{}` is a copy itself, and cannot be copied", source.name),
            )
            .note("what is copied must be complete: it must not use `copy`")
            .help(format!(
                "copy a {} that is written out, such as `{}`",
                self.section.words,
                self.origin(source)
            ))
            .related(
                source.view.span(),
                format!("`{}` is copied from here", source.name),
            ),
        );
    }

    /// What a copy is made of in the end, if it ends.
    fn origin(&self, copy: &Copy<'a>) -> &'a str {
        let next = |name: &&'a str| self.by_name.get(*name).map(|&at| self.all[at].source);
        let chain = std::iter::successors(Some(copy.source), next);
        chain.take(self.all.len()).last().unwrap_or(copy.source)
    }

    fn circle(&self, circle: &[usize], sink: &mut Sink) {
        let Some(&first) = circle.iter().min() else { return };
        let turn = circle.iter().position(|&at| at == first).unwrap_or(0);
        let around = || {
            circle
                .iter()
                .cycle()
                .skip(turn)
                .take(circle.len())
                .map(|&at| &self.all[at])
        };
        let mut names: Vec<_> = around().map(|copy| format!("`{}`", copy.name)).take(10).collect();
        if circle.len() > 10 {
            names.push("…".to_owned());
        }
        names.push(names[0].clone());
        let mut fault = Diagnostic::new(
            &codes::COPIED_COPY,
            self.all[first].view.span(),
            format!("`{}` is a copy of itself", self.all[first].name),
        )
        .note(format!("the circle is {}", names.join(" from ")))
        .help("write one of them out: give it a `type` instead of `copy`");
        for copy in around().skip(1).take(5) {
            fault = fault.related(copy.view.span(), format!("`{}` is copied here", copy.name));
        }
        sink.push(fault);
    }
}

fn too_large(copy: &Copy<'_>, sink: &mut Sink) {
    sink.push(
        Diagnostic::new(
            &codes::ALIAS_EXPANSION,
            copy.view.span(),
            "copies make this document too large",
        )
        .note(format!(
            "with this one they have more than {} nodes",
            limits::EXPANSION
        ))
        .help("write a type with what all of them have in common"),
    );
}

/// Takes the nodes under `node` off `left`; false once there are more.
fn count(tree: &Tree, node: NodeId, left: &mut u64) -> bool {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        open.extend(tree.items(node));
        open.extend(tree.entries(node).iter().map(|entry| entry.value));
    }
    true
}
