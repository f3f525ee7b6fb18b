//! What `--place NODE=HOST` does: it comes before anything the file says about hosts.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::diagnostic::nearest;
use crate::topology::{Host, Node, NodeId, Spread, Topology};

/// One `--place`: the nodes it is about, and their host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// A node's name, or that of all its instances; `*` stands for any run of characters, `?` for one.
    pub node: String,
    /// The host's name.
    pub host: String,
}

/// Why a `--place` cannot be followed. `Display` says it in words; [`PlaceError::help`] what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlaceError {
    /// Not of the form `NODE=HOST`.
    #[error("`--place {0}` is not of the form NODE=HOST")]
    Form(String),
    /// No node has this name.
    #[error("`--place {node}={host}`: there is no node `{node}`")]
    UnknownNode {
        /// The name.
        node: String,
        /// The host.
        host: String,
        /// The node whose name comes nearest.
        near: Option<String>,
    },
    /// The pattern fits no node.
    #[error("`--place {node}={host}`: the pattern fits no node")]
    NothingFits {
        /// The pattern.
        node: String,
        /// The host.
        host: String,
    },
}

impl PlaceError {
    /// What to do about it, where there is something to say.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Form(_) => Some("for example `--place web=host1`, or `--place 'web*=host1'`".to_owned()),
            Self::UnknownNode { near, .. } => near.as_ref().map(|near| format!("did you mean `{near}`?")),
            Self::NothingFits { .. } => Some("`*` stands for any run of characters, `?` for one".to_owned()),
        }
    }
}

impl std::str::FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        match text.split_once('=') {
            Some((node, host)) if !node.is_empty() && !host.is_empty() => Ok(Self {
                node: node.to_owned(),
                host: host.to_owned(),
            }),
            _ => Err(PlaceError::Form(text.to_owned())),
        }
    }
}

/// Places nodes as asked; of several that fit a node, the last one counts. A node that only has the host of the node
/// it is hosted on goes with it.
pub fn place(topology: &mut Topology, places: &[Place]) -> Result<(), Vec<PlaceError>> {
    let mut chosen: Vec<Option<Host>> = vec![None; topology.nodes.len()];
    let mut errors = Vec::new();
    for place in places {
        let host = Host {
            name: place.host.clone(),
            span: None,
            spread: Spread::Together,
        };
        let mut found = 0;
        for (node, chosen) in topology.nodes.iter().zip(&mut chosen) {
            if fits(place, node) {
                found += 1;
                *chosen = Some(host.clone());
            }
        }
        if found == 0 {
            errors.push(unknown(topology, place));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let hosts: Vec<_> = topology
        .iter()
        .map(|(id, _)| resolve(topology, &chosen, id))
        .collect();
    for (node, host) in topology.nodes.iter_mut().zip(hosts) {
        node.host = host;
    }
    Ok(())
}

/// Whether a node is meant: by its own name, or by the one that all instances share.
fn fits(place: &Place, node: &Node) -> bool {
    let shared = node.instance.as_ref().map(|instance| &instance.of);
    std::iter::once(&node.name)
        .chain(shared)
        .any(|name| glob(&place.node, name))
}

fn unknown(topology: &Topology, place: &Place) -> PlaceError {
    let (node, host) = (place.node.clone(), place.host.clone());
    if place.node.contains(['*', '?']) {
        return PlaceError::NothingFits { node, host };
    }
    let near = nearest(&place.node, topology.nodes.iter().map(|node| node.name.as_str())).map(str::to_owned);
    PlaceError::UnknownNode { node, host, near }
}

/// The host of `start`: up its HostedOn chain for as long as nothing but the host of the next node is said.
fn resolve(topology: &Topology, placed: &[Option<Host>], start: NodeId) -> Option<Host> {
    let mut at = start;
    // The bound ends a circle of hosts, which is reported when the score is composed.
    for _ in 0..=topology.nodes.len() {
        if let Some(host) = &placed[at.0 as usize] {
            return Some(host.clone());
        }
        let node = topology.node(at);
        match node.hosted_on {
            Some(next) if node.host.is_none() || node.host == topology.node(next).host => at = next,
            _ => return node.host.clone(),
        }
    }
    None
}

/// Whether `name` fits `pattern`. Goes back to the last `*` only, so that it takes at most pattern times name.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, n));
            p += 1;
        } else if pattern.get(p).is_some_and(|&c| c == '?' || c == name[n]) {
            p += 1;
            n += 1;
        } else if let Some((star_p, star_n)) = star {
            star = Some((star_p, star_n + 1));
            p = star_p + 1;
            n = star_n + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::testing::Builder;

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, name, fits) in [
            ("web", "web", true),
            ("web", "web1", false),
            ("web*", "web", true),
            ("*b*1", "web-bb-1", true),
            ("?eb", "web", true),
            ("?", "", false),
            ("*", "", true),
            ("a*b", "a", false),
            ("", "a", false),
        ] {
            assert_eq!(glob(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_node_goes_with_the_node_it_is_hosted_on_unless_it_is_placed_itself() {
        let mut topology = Builder::new()
            .node("server", "server", &[])
            .node("web", "server", &["create"])
            .node("app", "server", &["create"])
            .node("db", "elsewhere", &["create"])
            .hosted("web", "server")
            .hosted("app", "web")
            .hosted("db", "server")
            .topology;
        let span = topology.nodes[0].span;
        for node in &mut topology.nodes[..3] {
            node.host.as_mut().unwrap().span = Some(span);
        }
        place(&mut topology, &["server=bsd1".parse().unwrap()]).unwrap();
        let hosts: Vec<_> = topology
            .nodes
            .iter()
            .map(|node| node.host.as_ref().unwrap().name.as_str())
            .collect();
        assert_eq!(hosts, ["bsd1", "bsd1", "bsd1", "elsewhere"]);
        place(&mut topology, &["*=a".parse().unwrap(), "db=b".parse().unwrap()]).unwrap();
        let hosts: Vec<_> = topology
            .nodes
            .iter()
            .map(|node| node.host.as_ref().unwrap().name.as_str())
            .collect();
        assert_eq!(hosts, ["a", "a", "a", "b"]);
    }

    #[test]
    fn an_unknown_node_is_named_with_the_nearest() {
        let mut topology = Builder::new().node("server", "h", &["create"]).topology;
        let errors = place(
            &mut topology,
            &["sever=x".parse().unwrap(), "z*=x".parse().unwrap()],
        )
        .unwrap_err();
        assert_eq!(
            errors[0].to_string(),
            "`--place sever=x`: there is no node `sever`"
        );
        assert_eq!(errors[0].help().as_deref(), Some("did you mean `server`?"));
        assert_eq!(errors[1].to_string(), "`--place z*=x`: the pattern fits no node");
        assert!("x".parse::<Place>().is_err() && "=x".parse::<Place>().is_err());
    }
}
