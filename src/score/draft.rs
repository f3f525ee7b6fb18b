//! What a score is composed of, kept so that it can be composed again in other numbers, without the texts it came from.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Place, PlaceError, place};
use crate::topology::{Counts, Topology, Weaving};

/// The version of the form that drafts are kept in. Whoever reads a higher one cannot compose it.
const FORMAT: u32 = 1;

/// The most nodes, relationships and values read that an application may have with all instances. Hosts could play more; a
/// number that was meant otherwise should not take hours.
const MOST: u64 = 500_000;

/// A topology in which every node stands once, and all that is decided beside it. The artifacts in it have their digests.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Draft {
    format: u32,
    /// The topology.
    pub topology: Topology,
    /// How its steps wait for each other.
    pub weaving: Weaving,
    /// The hosts that were named on the command line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
    /// How many instances were asked for; of the nodes that are not named, there are those that they begin with.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub counts: Counts,
}

/// Why a draft cannot be read back. `Display` says it in words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DraftError {
    /// A newer khor wrote it.
    #[error("it has format {0}, and this khor reads formats up to {FORMAT}")]
    Format(u32),
    /// It is damaged.
    #[error("it does not have the form that this khor writes")]
    Corrupt,
}

/// Why a draft gives no topology that could be woven.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoInstances {
    /// What the command line says about hosts.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Place(Vec<PlaceError>),
    /// There would be too many.
    #[error(
        "with so many instances there would be {0} nodes, relationships and values to read, more than the {MOST} that khor plays"
    )]
    TooMany(u64),
}

impl Draft {
    /// A draft in which nobody asked for anything yet.
    pub fn new(topology: Topology, weaving: Weaving) -> Self {
        Self {
            format: FORMAT,
            topology,
            weaving,
            places: Vec::new(),
            counts: Counts::new(),
        }
    }

    /// Reads one that was kept.
    ///
    /// # Errors
    /// Says so where a newer khor wrote it, or where it is damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, DraftError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|_| DraftError::Corrupt)?;
        if head.format > FORMAT {
            return Err(DraftError::Format(head.format));
        }
        serde_json::from_slice(bytes).map_err(|_| DraftError::Corrupt)
    }

    /// Whether a node may have several instances.
    pub fn is_scalable(&self) -> bool {
        self.topology.scalable().next().is_some()
    }

    /// The topology with all instances, each on its host.
    ///
    /// # Errors
    /// Says so where there would be too many, or where a placement fits nothing.
    pub fn instances(self) -> Result<Topology, NoInstances> {
        if !self.is_scalable() {
            let mut topology = self.topology;
            place(&mut topology, &self.places).map_err(NoInstances::Place)?;
            return Ok(topology);
        }
        let size = self.topology.size(&self.counts);
        if size > MOST {
            return Err(NoInstances::TooMany(size));
        }
        let mut topology = self.topology.instances(&self.counts);
        let is_there = |place: &Place| topology.nodes.iter().any(|node| node.name == place.node);
        let places = self.places.iter();
        let places = places.filter(|place| is_there(place) || !self.waits_for_instance(place));
        let places: Vec<Place> = places.cloned().collect();
        place(&mut topology, &places).map_err(NoInstances::Place)?;
        Ok(topology)
    }

    /// Whether a placement names an instance that may only come to be.
    fn waits_for_instance(&self, place: &Place) -> bool {
        let Some((name, number)) = place.node.rsplit_once('-') else {
            return false;
        };
        number.parse::<u32>().is_ok_and(|number| number > 0)
            && self.topology.nodes.iter().any(|node| node.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::testing::Builder;

    fn draft() -> Draft {
        let builder = Builder::new()
            .node("vm", "h1", &["create", "start"])
            .node("lb", "h3", &["create"])
            .scripts("lb")
            .scalable("vm", (1, 2, 4), &["h1", "h2"])
            .reads("lb.create", "peers", "vm", "address")
            .requires("lb", "vm");
        Draft::new(builder.topology, Weaving::Normative)
    }

    fn hosts(draft: Draft) -> Vec<String> {
        let topology = draft.instances().unwrap();
        let host = |node: &crate::topology::Node| node.host.as_ref().map_or("", |host| &host.name).to_owned();
        topology
            .nodes
            .iter()
            .map(|node| format!("{}@{}", node.name, host(node)))
            .collect()
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let draft = draft();
        let kept = serde_json::to_vec(&draft).unwrap();
        let read = Draft::decode(&kept).unwrap();
        assert_eq!(serde_json::to_vec(&read).unwrap(), kept);
        assert_eq!(hosts(read), hosts(draft));
    }

    #[test]
    fn a_draft_of_an_earlier_khor_is_read() {
        let kept = r#"{"format":1,"counts":{"vm":3},"weaving":"normative","topology":{"name":null,"weaving":"normative","outputs":{},
            "nodes":[{"name":"vm","type_name":"tosca.nodes.Compute","host":{"name":"h1","spread":{"over":["h1","h2"]}},
            "hosted_on":null,"operations":{"create":{"check":null,"apply":{"engine":"nil"},"inputs":{},
            "data":{"reads":{"inputs":{"x":{"given":{"what":{"attribute":{"of":{"node":0},"name":"a"}},"words":"w","has_other":false}}}},
            "gives":[]},"timeout":null,"look":{}}},"retry":{"min_delay_ms":100,"max_delay_ms":60000},
            "scale":{"min":1,"max":4,"default":1},"instance":null}],"relationships":[]}}"#;
        let draft = Draft::decode(kept.as_bytes()).unwrap();
        assert_eq!(hosts(draft), ["vm-1@h1", "vm-2@h2", "vm-3@h1"]);
        let newer = kept.replace("\"format\":1", "\"format\":9");
        assert_eq!(
            Draft::decode(newer.as_bytes()).unwrap_err(),
            DraftError::Format(9)
        );
        assert_eq!(Draft::decode(b"{\"format\":1}").unwrap_err(), DraftError::Corrupt);
    }

    #[test]
    fn placements_name_all_instances_or_one_and_wait_for_those_to_come() {
        let mut draft = draft();
        draft.places = ["vm=h7", "vm-2=h8", "vm-4=h9"]
            .map(|place| place.parse().unwrap())
            .into();
        assert_eq!(hosts(draft.clone()), ["vm-1@h7", "vm-2@h8", "lb@h3"]);
        draft.counts.insert("vm".into(), 4);
        assert_eq!(
            hosts(draft.clone()),
            ["vm-1@h7", "vm-2@h8", "vm-3@h7", "vm-4@h9", "lb@h3"]
        );
        draft.places.push("vn-1=h1".parse().unwrap());
        assert!(matches!(draft.instances(), Err(NoInstances::Place(errors)) if errors.len() == 1));
    }

    #[test]
    fn too_many_are_refused() {
        let mut builder = Builder::new();
        for name in ["a", "b"] {
            builder = builder.node(name, "h", &[]).scalable(name, (0, 1, 1000), &["h"]);
        }
        let mut draft = Draft::new(builder.requires("a", "b").topology, Weaving::Normative);
        draft.counts = [("a".into(), 1000), ("b".into(), 1000)].into();
        assert_eq!(draft.instances().unwrap_err(), NoInstances::TooMany(1_002_000));
    }
}
