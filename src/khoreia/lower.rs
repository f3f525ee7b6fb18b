//! From the list to the topology.

use std::collections::HashMap;
use std::sync::Arc;

use super::{action, conflict, table};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::grammar;
use crate::source::{SourceMap, Span};
use crate::topology::{
    Bond, Dataflow, Host, Looking, Node, NodeId, Operation, OperationName, Relationship, Retry, Spread,
    Topology, VecMap, Weaving,
};
use crate::yaml::{self, Tree};

/// Lowers a khoreia document. Faults go to `sink`; the topology holds what could be understood.
pub fn lower(tree: &Tree, sources: &SourceMap, sink: &mut Sink) -> Topology {
    let mut topology = Topology {
        weaving: Weaving::Layered,
        ..Topology::default()
    };
    let Some(root) = tree.root() else {
        return topology;
    };
    let meant = grammar::check(tree, root, &table::DOCUMENT, (), sink).of(tree);
    let tree = meant.as_ref().unwrap_or(tree);
    let mut lowering = Lowering {
        tree,
        sources,
        sink,
        ids: HashMap::new(),
    };
    let items = tree.items(root);
    lowering.ids(items);
    topology.nodes = items.iter().map(|&item| lowering.node(item)).collect();
    lowering.names(&mut topology);
    let nodes = (0..).map(NodeId).zip(items);
    topology.relationships = nodes
        .flat_map(|(id, &item)| lowering.dependencies(&topology, id, item))
        .collect();
    topology
}

struct Lowering<'a> {
    tree: &'a Tree,
    sources: &'a SourceMap,
    sink: &'a mut Sink,
    /// The nodes by the ids that authors give them, with the place of each id.
    ids: HashMap<i64, (NodeId, Span)>,
}

impl Lowering<'_> {
    fn ids(&mut self, items: &[yaml::NodeId]) {
        let mut taken = Vec::new();
        for (node, &item) in (0..).map(NodeId).zip(items) {
            let Some(id) = self.tree.get(item, "id") else {
                continue;
            };
            let Some(number) = self.integer(id) else { continue };
            let span = self.tree.span(id);
            match self.ids.get(&number) {
                Some(&(_, first)) => taken.push((number, span, first)),
                None => _ = self.ids.insert(number, (node, span)),
            }
        }
        let largest = self.ids.keys().max().copied().unwrap_or_default();
        for ((number, span, first), free) in taken.into_iter().zip(largest.saturating_add(1)..) {
            let message = format!("id `{number}` is already taken");
            let diagnostic = Diagnostic::new(&codes::DUPLICATE_ID, span, message)
                .label("the same id again")
                .related(first, "first given here")
                .help(format!("give this node an id of its own; `{free}` is free"));
            self.sink.push(diagnostic);
        }
    }

    fn node(&mut self, item: yaml::NodeId) -> Node {
        let tree = self.tree;
        let id = tree.get(item, "id");
        let name = tree.get(item, "name").filter(|&name| tree.scalar(name).is_some());
        let target = tree
            .get(item, "target")
            .filter(|&target| self.is_filled(target, "target"));
        Node {
            name: name
                .and_then(|name| tree.scalar(name))
                .unwrap_or_default()
                .to_owned(),
            type_name: String::new(),
            host: target.map(|target| Host {
                name: tree.scalar(target).unwrap_or_default().to_owned(),
                span: Some(tree.span(target)),
                spread: Spread::Together,
            }),
            hosted_on: None,
            operations: self.operations(item),
            retry: Retry::default(),
            scale: None,
            instance: None,
            span: tree.span(name.or(id).unwrap_or(item)),
        }
    }

    /// Says which names stand twice. Such nodes, and those without a name, get one that no other has, so that nothing
    /// further is said of them.
    fn names(&mut self, topology: &mut Topology) {
        let mut names: HashMap<String, Span> = HashMap::new();
        for (at, node) in topology.nodes.iter_mut().enumerate() {
            if let Some(&first) = names.get(&node.name) {
                let message = format!("two nodes have the name `{}`", node.name);
                let diagnostic = Diagnostic::new(&codes::DUPLICATE_NAME, node.span, message)
                    .label("the same name again")
                    .related(first, "first given here")
                    .help("give this node a name of its own; status and logs tell nodes by it");
                self.sink.push(diagnostic);
            } else if !node.name.is_empty() {
                names.insert(node.name.clone(), node.span);
                continue;
            }
            node.name = format!("{}#{at}", node.name);
        }
    }

    fn operations(&mut self, item: yaml::NodeId) -> VecMap<OperationName, Operation> {
        let tree = self.tree;
        let Some(interfaces) = tree.get(item, "interfaces") else {
            return VecMap::new();
        };
        let names = OperationName::ALL.into_iter();
        names
            .filter_map(|name| {
                let entry = tree.entry(interfaces, name.as_str())?;
                Some((name, self.operation(name, entry)?))
            })
            .collect()
    }

    fn operation(&mut self, name: OperationName, entry: yaml::Entry) -> Option<Operation> {
        let tree = self.tree;
        let span = tree.span(entry.key);
        let (check, apply) = (tree.get(entry.value, "check"), tree.get(entry.value, "do"));
        if check.is_none() && apply.is_none() {
            if tree.entries(entry.value).is_empty() && tree.items(entry.value).is_empty() {
                let message = format!("operation `{name}` has neither `check` nor `do`");
                let diagnostic = Diagnostic::new(&codes::MISSING_KEYNAME, span, message)
                    .label("says nothing")
                    .help("give it a `do`, a `check` or both, or remove it");
                self.sink.push(diagnostic);
            }
            return None;
        }
        let mut read =
            |node: Option<yaml::NodeId>| node.map(|node| action::read(tree, self.sources, node, self.sink));
        let (checked, applied) = (read(check), read(apply));
        // What was not understood is already reported.
        let (checked, applied) = match (checked, applied) {
            (Some(None), _) | (_, Some(None)) => return None,
            (checked, applied) => (checked.flatten(), applied.flatten()),
        };
        if let (Some(checked), Some(applied)) = (&checked, &applied) {
            conflict::find(name, checked, applied, self.sink);
        }
        let own = applied.as_ref().filter(|applied| applied.action.is_own_check());
        let own = own.map(|applied| applied.action.clone());
        Some(Operation {
            check: checked.map(|checked| checked.action).or(own).map(Arc::new),
            apply: applied.map(|applied| Arc::new(applied.action)),
            inputs: VecMap::new(),
            data: Dataflow::default(),
            timeout: None,
            look: Looking::default(),
            span,
        })
    }

    fn dependencies(&mut self, topology: &Topology, source: NodeId, item: yaml::NodeId) -> Vec<Relationship> {
        let tree = self.tree;
        let mut found: Vec<Relationship> = Vec::new();
        let deps = tree.get(item, "deps").map_or(&[][..], |deps| tree.items(deps));
        let lists = deps.iter().filter_map(|&dep| tree.get(dep, "nodes"));
        for &id in lists.flat_map(|list| tree.items(list)) {
            let Some(number) = self.integer(id) else { continue };
            let span = tree.span(id);
            match self.ids.get(&number) {
                None => self.dangling(number, span),
                // A node whose id is taken is not the node that the id names.
                Some(&(target, at)) if target == source => {
                    let name = &topology.node(source).name;
                    let message = format!("node `{name}` depends on itself");
                    let diagnostic = Diagnostic::new(&codes::SELF_DEPENDENCY, span, message)
                        .label("its own id")
                        .related(at, "the node's id")
                        .note("it would wait for itself for ever")
                        .help("remove the id, or write the one that is meant");
                    self.sink.push(diagnostic);
                }
                Some(&(target, _)) if found.iter().any(|known| known.target == target) => {}
                Some(&(target, _)) => found.push(Relationship {
                    bond: Bond::Need,
                    name: "dependency".to_owned(),
                    source,
                    target,
                    operations: VecMap::new(),
                    span,
                }),
            }
        }
        found
    }

    fn dangling(&mut self, number: i64, span: Span) {
        let mut known: Vec<_> = self.ids.keys().copied().collect();
        known.sort_unstable();
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_ID, span, format!("no node has the id `{number}`"))
            .label("names no node")
            .note(format!("the ids of this file are {}", ranges(&known)));
        self.sink.push(diagnostic);
    }

    fn integer(&self, node: yaml::NodeId) -> Option<i64> {
        let plain = self.tree.style(node) == Some(yaml::ScalarStyle::Plain);
        self.tree
            .scalar(node)
            .filter(|_| plain)
            .and_then(grammar::integer)
    }

    /// Whether the string is there and not empty; says so if it is empty.
    fn is_filled(&mut self, node: yaml::NodeId, key: &str) -> bool {
        action::filled(self.tree, node, key, self.sink).is_some()
    }
}

/// "0 to 7, 9 and 11".
fn ranges(sorted: &[i64]) -> String {
    let mut parts: Vec<(i64, i64)> = Vec::new();
    for &number in sorted {
        match parts.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let texts: Vec<_> = parts
        .iter()
        .map(|(first, last)| match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first} to {last}"),
        })
        .collect();
    match &texts[..] {
        [] => "none".to_owned(),
        [text] => text.clone(),
        [texts @ .., text] => format!("{} and {text}", texts.join(", ")),
    }
}
