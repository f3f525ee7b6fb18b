//! Which host each node stands on.

use super::super::template::NodeAt;
use super::Lowering;
use super::policy::Policies;
use super::scale::Scales;
use crate::topology::{Host, Spread};

/// What is said about a node's host, or inherited from what it is hosted on. The first that is there decides.
#[derive(Clone, Debug, Default)]
struct Said {
    policy: Option<Host>,
    metadata: Option<Host>,
    /// The compute node at the foot of the chain.
    foot: Option<Host>,
}

/// The host of every node, in their order.
pub(super) fn find(lowering: &Lowering<'_, '_>, policies: &Policies, scales: &Scales) -> Vec<Option<Host>> {
    let count = lowering.service.nodes.len();
    let mut said: Vec<Option<Said>> = vec![None; count];
    let mut on_way = vec![false; count];
    for start in 0..count {
        // Down to the first node that is known or has no host of its own, then back up.
        let mut path = Vec::new();
        let mut at = Some(NodeAt(start));
        let mut below = Said::default();
        while let Some(here) = at {
            if let Some(known) = &said[here.0] {
                below = known.clone();
                break;
            }
            if on_way[here.0] {
                // Hosted in a circle, which is told where circles are looked for.
                break;
            }
            on_way[here.0] = true;
            path.push(here);
            at = lowering.service.host_of(here);
        }
        for here in path.into_iter().rev() {
            on_way[here.0] = false;
            below = own(lowering, (policies, scales), here, below);
            said[here.0] = Some(below.clone());
        }
    }
    said.into_iter()
        .map(|said| said.and_then(|said| said.policy.or(said.metadata).or(said.foot)))
        .collect()
}

fn own(
    lowering: &Lowering<'_, '_>,
    (policies, scales): (&Policies, &Scales),
    at: NodeAt,
    below: Said,
) -> Said {
    // What is said of a node that is one and stays one holds for all that stand on it, however many these are.
    let is_scaled = scales.group(at).is_some();
    let spread = |host: &Host| Host {
        spread: if is_scaled {
            host.spread.clone()
        } else {
            Spread::Together
        },
        ..host.clone()
    };
    let node = lowering.service.node(at);
    let metadata = node
        .body
        .get("metadata")
        .and_then(|metadata| metadata.name_of("khor.host"));
    let is_compute = node
        .of
        .is_some_and(|of| lowering.service.types.is_named(of, "tosca.nodes.Compute"));
    Said {
        policy: policies.host(at).map(spread).or(below.policy),
        metadata: metadata
            .map(|(view, name)| Host {
                name: name.to_owned(),
                span: Some(view.span()),
                spread: Spread::Together,
            })
            .or(below.metadata),
        foot: below.foot.or_else(|| {
            is_compute.then(|| Host {
                name: node.name.to_owned(),
                span: Some(node.key.span()),
                spread: if is_scaled {
                    Spread::Apart
                } else {
                    Spread::Together
                },
            })
        }),
    }
}
