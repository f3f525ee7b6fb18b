//! What flows between operations while an application runs: attributes, outputs, secrets, files.

use std::collections::BTreeMap;
use std::fmt;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::{Artifact, Expression, NodeId, OperationName, RelationshipOperation};
use crate::source::Span;

/// What an operation reads and gives at run time. Inputs that are known before are among
/// [`Operation::inputs`](super::Operation::inputs).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Dataflow {
    /// What it reads.
    pub reads: Reads<Wanted>,
    /// The attributes that take its outputs; an output that none of these names is an attribute of its own name, of the
    /// node or relationship that the operation belongs to.
    pub gives: Vec<Mapping>,
}

/// What is read at run time, over givers `G`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads<G> {
    /// Inputs by name.
    #[serde(default = "BTreeMap::new", skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, Expression<G>>,
    /// Arguments of engines, by their place (a JSON pointer): `/check/host`, `/apply/content`.
    #[serde(default = "BTreeMap::new", skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, Expression<G>>,
    /// The step is run when this changes; what it is at first is only noted.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub notices: Option<Expression<G>>,
}

fn none<T>() -> Option<T> {
    None
}

impl<G> Default for Reads<G> {
    fn default() -> Self {
        Self {
            inputs: BTreeMap::new(),
            arguments: BTreeMap::new(),
            notices: None,
        }
    }
}

impl<G> Reads<G> {
    /// Whether nothing is read.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.arguments.is_empty() && self.notices.is_none()
    }

    /// All expressions.
    pub fn iter(&self) -> impl Iterator<Item = &Expression<G>> {
        self.inputs
            .values()
            .chain(self.arguments.values())
            .chain(&self.notices)
    }

    /// All expressions, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Expression<G>> {
        let all = self.inputs.values_mut().chain(self.arguments.values_mut());
        all.chain(&mut self.notices)
    }

    /// The same over other givers.
    pub fn map<H>(&self, mut to: impl FnMut(&Expression<G>) -> Expression<H>) -> Reads<H> {
        let all = |from: &BTreeMap<String, Expression<G>>,
                   to: &mut dyn FnMut(&Expression<G>) -> Expression<H>| {
            let all = from.iter().map(|(name, one)| (name.clone(), to(one)));
            all.collect::<BTreeMap<_, _>>()
        };
        Reads {
            inputs: all(&self.inputs, &mut to),
            arguments: all(&self.arguments, &mut to),
            notices: self.notices.as_ref().map(to),
        }
    }
}

/// Whose attributes or outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A node.
    Node(NodeId),
    /// A relationship, by its place in [`Topology::relationships`](super::Topology::relationships).
    Relationship(u32),
}

/// An attribute: of a node or relationship, or as `CAPABILITY.ATTRIBUTE` of a capability.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attribute {
    /// Whose.
    pub of: Owner,
    /// Its name.
    pub name: String,
}

/// One operation of a node or relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationRef {
    /// Of a node.
    Node(NodeId, OperationName),
    /// Of a relationship.
    Relationship(u32, RelationshipOperation),
}

/// What a template reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// What.
    pub what: Want,
    /// In words: "attribute `url` of `db`".
    pub words: String,
    /// Whether something else stands in where nobody gives it.
    pub has_other: bool,
    /// Where it is read.
    #[serde(skip)]
    pub span: Span,
}

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Want {
    /// An attribute.
    Attribute(Attribute),
    /// An output of one operation.
    Output {
        /// The operation.
        of: OperationRef,
        /// Its name.
        name: String,
    },
    /// All outputs of all operations.
    All(Owner),
}

/// An output of an operation that becomes an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The output's name.
    pub output: String,
    /// The attribute.
    pub to: Attribute,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// What gives a value: the first step that has such an output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply<S> {
    /// In words: "attribute `url` of `db`".
    pub what: String,
    /// The steps, the last in the order of life first.
    pub from: Vec<Given<S>>,
}

/// An output of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given<S> {
    /// The step.
    pub step: S,
    /// The output; none: all of them, as a map.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

impl<S> fmt::Display for Supply<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// A value that only the agent of a host can get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// The content of a file of the host.
    File(Utf8PathBuf),
    /// A variable of the agent's environment.
    Environment(String),
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the secret in {path}"),
            Self::Environment(name) => write!(f, "the secret in the agent's variable {name}"),
        }
    }
}

/// A file that an operation gets the path of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalFile {
    /// The file.
    pub artifact: Artifact,
    /// Where it is put; none: somewhere in the agent's own directories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Utf8PathBuf>,
}

impl fmt::Display for LocalFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the file `{}`", self.artifact.name)
    }
}
