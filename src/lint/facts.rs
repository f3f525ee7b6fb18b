//! What the rules look at, gathered once.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::source::Loader;
use crate::topology::{Action, Operation, ShellAction, Topology};
use crate::tosca::{Document, File};
use crate::yaml::{Entry, NodeId, Tree};

/// The sections that declare types.
const TYPE_SECTIONS: [&str; 8] = [
    "artifact_types",
    "data_types",
    "capability_types",
    "interface_types",
    "relationship_types",
    "node_types",
    "group_types",
    "policy_types",
];

/// A topology and the text it was made from.
pub(super) struct Facts<'a> {
    pub(super) topology: &'a Topology,
    pub(super) document: Option<&'a Document<'a>>,
    /// Gives the files that the topology names.
    pub(super) loader: &'a dyn Loader,
    pub(super) files: Vec<File<'a>>,
    mentions: OnceCell<HashMap<&'a str, Mention>>,
    scripts: OnceCell<Vec<(&'a Operation, &'a ShellAction)>>,
}

static NEVER: Mention = Mention {
    files: Vec::new(),
    count: 0,
};

/// Where a name stands as a scalar, keys among them.
#[derive(Clone, Debug, Default)]
pub(super) struct Mention {
    /// The indexes of the files.
    pub(super) files: Vec<usize>,
    /// How often in all.
    pub(super) count: usize,
}

impl<'a> Facts<'a> {
    /// The scripts that operations run, each file once, with the first operation that names it.
    pub(super) fn scripts(&self) -> &[(&'a Operation, &'a ShellAction)] {
        self.scripts.get_or_init(|| self.find_scripts())
    }

    fn find_scripts(&self) -> Vec<(&'a Operation, &'a ShellAction)> {
        let nodes = self.topology.nodes.iter();
        let edges = self.topology.relationships.iter();
        let operations = nodes
            .flat_map(|node| node.operations.values())
            .chain(edges.flat_map(|edge| edge.operations.values()));
        let actions = operations.flat_map(|operation| {
            let actions = [&operation.apply, &operation.check].into_iter().flatten();
            actions.map(move |action| (operation, action.as_ref()))
        });
        let mut seen: HashSet<&str, RandomState> = HashSet::default();
        let scripts = actions.filter_map(|(operation, action)| match action {
            Action::Shell(shell) => Some((operation, shell)),
            _ => None,
        });
        scripts
            .filter(|(_, shell)| seen.insert(shell.artifact.path.as_str()))
            .collect()
    }

    pub(super) fn new(
        topology: &'a Topology,
        document: Option<&'a Document<'a>>,
        loader: &'a dyn Loader,
    ) -> Self {
        Self {
            topology,
            document,
            loader,
            files: document.into_iter().flat_map(Document::files).collect(),
            mentions: OnceCell::new(),
            scripts: OnceCell::new(),
        }
    }

    /// The service template's own tree.
    pub(super) fn root(&self) -> Option<&'a Tree> {
        self.files.first().map(|file| file.tree)
    }

    /// The node at a path of keys from the root of the service template.
    pub(super) fn at(&self, path: &[&str]) -> Option<(&'a Tree, NodeId)> {
        let tree = self.root()?;
        let node = path
            .iter()
            .try_fold(tree.root()?, |node, key| tree.get(node, key))?;
        Some((tree, node))
    }

    /// Whether this is a template of an application, not a library of types.
    pub(super) fn has_nodes(&self) -> bool {
        self.at(&["topology_template", "node_templates"])
            .is_some_and(|(tree, nodes)| !tree.entries(nodes).is_empty())
    }

    /// Where `name` stands in the user's files, after a prefix (`p:name`) too.
    pub(super) fn mention(&self, name: &str) -> &Mention {
        let mentions = self.mentions.get_or_init(|| self.scan());
        mentions.get(name).unwrap_or(&NEVER)
    }

    /// Looks for the names that rules may ask about: one look-up per scalar.
    fn scan(&self) -> HashMap<&'a str, Mention> {
        let mut mentions: HashMap<&'a str, Mention> = HashMap::new();
        let mut shapes = [false; 4096];
        for name in self.candidates() {
            shapes[shape(name)] = true;
            mentions.entry(name).or_default();
        }
        let mut note = |at: usize, name: &str| {
            if shapes[shape(name)]
                && let Some(mention) = mentions.get_mut(name)
            {
                mention.count += 1;
                if mention.files.last() != Some(&at) {
                    mention.files.push(at);
                }
            }
        };
        for (at, file) in self.files.iter().enumerate().filter(|(_, file)| !file.embedded) {
            for text in file.tree.nodes().filter_map(|node| file.tree.scalar(node)) {
                note(at, text);
                if let Some(colon) = text.bytes().position(|byte| byte == b':') {
                    note(at, &text[colon + 1..]);
                }
            }
        }
        mentions
    }

    /// Types that are declared or imported, by full name and last word, relationship templates, and nodes that do
    /// nothing.
    fn candidates(&self) -> impl Iterator<Item = &'a str> {
        let imported = self.document.into_iter().flat_map(|document| {
            (0..self.files.len()).flat_map(|at| document.imports(at).map(|(_, file)| file))
        });
        let types = std::iter::once(0)
            .chain(imported)
            .filter_map(|at| self.files.get(at))
            .flat_map(|file| {
                let tree = file.tree;
                types(tree).filter_map(move |(_, entry)| tree.scalar(entry.key))
            });
        let types = types.flat_map(|name| [name, name.rsplit('.').next().unwrap_or(name)]);
        let idle = self
            .topology
            .nodes
            .iter()
            .filter(|node| node.operations.is_empty());
        let named = self.root().into_iter().flat_map(|tree| {
            let keys = relationships(tree).iter();
            keys.filter_map(|entry| tree.scalar(entry.key))
        });
        types.chain(named).chain(idle.map(|node| node.name.as_str()))
    }
}

/// A number below 4096 that differs for most names: all that is looked at of nearly every scalar.
fn shape(name: &str) -> usize {
    let bytes = name.as_bytes();
    let at = |at: Option<&u8>| usize::from(at.copied().unwrap_or_default());
    (bytes.len() ^ at(bytes.first()) << 5 ^ at(bytes.last()) << 2) % 4096
}

/// The types that a file declares: section, and the entry of the type.
pub(super) fn types(tree: &Tree) -> impl Iterator<Item = (&'static str, Entry)> {
    let sections = TYPE_SECTIONS.into_iter().filter_map(move |section| {
        let body = tree.get(tree.root()?, section)?;
        Some((section, body))
    });
    sections.flat_map(move |(section, body)| tree.entries(body).iter().map(move |entry| (section, *entry)))
}

/// The relationship templates of a service template.
pub(super) fn relationships(tree: &Tree) -> &[Entry] {
    let body = tree
        .root()
        .and_then(|root| tree.get(tree.get(root, "topology_template")?, "relationship_templates"));
    body.map_or(&[], |body| tree.entries(body))
}
