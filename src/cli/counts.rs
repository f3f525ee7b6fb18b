//! How many instances people ask for: `NODE=N`, on the command lines of `scale`, `compile`, `plan` and `up`.

use std::str::FromStr;

use super::words::count;
use super::{USAGE, Ui};
use crate::diagnostic::did_you_mean;
use crate::topology::{Counts, Scale, Topology};

/// One `NODE=N`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The scalable node.
    pub node: String,
    /// How many instances; none: those that it begins with.
    pub number: Option<u32>,
}

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (node, number) = text
            .rsplit_once('=')
            .filter(|(node, _)| !node.is_empty())
            .ok_or("it is not of the form NODE=N, as in `web=3`")?;
        let number = match number {
            "default" => None,
            number => Some(number.parse().map_err(|_| {
                format!("`{number}` is no number of instances: write 0 or more, or `default`")
            })?),
        };
        let node = node.to_owned();
        Ok(Self { node, number })
    }
}

/// Why a count cannot be followed, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    what: String,
    help: Option<String>,
}

/// The counts that `kept` becomes when these are asked for; or all that is wrong with them.
pub fn settle(topology: &Topology, kept: &Counts, asked: &[Count]) -> Result<Counts, Vec<Refusal>> {
    let mut counts = kept.clone();
    let mut refusals = Vec::new();
    for Count { node, number } in asked {
        let scale = topology
            .scalable()
            .find(|(name, _)| name == node)
            .map(|(_, scale)| scale);
        match (scale, number) {
            (None, _) => refusals.push(not_scalable(topology, node)),
            (Some(_), None) => drop(counts.remove(node)),
            (Some(scale), Some(number)) if *number < scale.min || *number > scale.max => {
                refusals.push(beyond(node, *number, scale));
            }
            (Some(_), Some(number)) => drop(counts.insert(node.clone(), *number)),
        }
    }
    if refusals.is_empty() {
        Ok(counts)
    } else {
        Err(refusals)
    }
}

/// What of `kept` a topology still allows. Where that is not what was asked for, it is said on standard error.
pub fn allowed(topology: &Topology, kept: &Counts) -> Counts {
    let scalable: Vec<_> = topology.scalable().collect();
    let allowed = kept.iter().filter_map(|(node, &number)| {
        let (_, scale) = scalable.iter().find(|(name, _)| name == node)?;
        let now = scale.count(Some(number));
        if now != number {
            let asked = count(number.into(), "instance");
            eprintln!(
                "warning: `{node}` had {asked}; with this template it has {now}: {}",
                limits(*scale)
            );
        }
        Some((node.clone(), now))
    });
    allowed.collect()
}

/// Says what is wrong; gives the exit code.
pub fn refuse(refusals: &[Refusal], ui: Ui) -> u8 {
    for refusal in refusals {
        ui.fail(&refusal.what, refusal.help.as_deref());
    }
    USAGE
}

/// "at least 1 and at most 3".
fn limits(scale: Scale) -> String {
    if scale.min == scale.max {
        format!("always {}", scale.min)
    } else {
        format!("at least {} and at most {}", scale.min, scale.max)
    }
}

fn beyond(node: &str, number: u32, scale: Scale) -> Refusal {
    let instances = count(number.into(), "instance");
    let (keyname, way) = if number > scale.max {
        ("max_instances", "more")
    } else {
        ("min_instances", "fewer")
    };
    Refusal {
        what: format!("`{node}` cannot have {instances}: {}", limits(scale)),
        help: Some(format!(
            "for {way}, change `{keyname}` in its template and compile that"
        )),
    }
}

fn not_scalable(topology: &Topology, name: &str) -> Refusal {
    let refusal = |what: String, help: String| Refusal {
        what,
        help: Some(help),
    };
    let node = topology.iter().find(|(_, node)| node.name == name);
    if let Some((id, _)) = node {
        let chain = std::iter::successors(Some(id), |id| topology.node(*id).hosted_on);
        let mut chain = chain.take(topology.nodes.len()).map(|id| topology.node(id));
        return match chain.find(|node| node.scale.is_some()) {
            Some(host) => refusal(
                format!(
                    "`{name}` has as many instances as `{}`, which it is hosted on",
                    host.name
                ),
                format!("write `{}=N`", host.name),
            ),
            None => refusal(
                format!("`{name}` is not scalable: there is always one"),
                "give it the capability `scalable` with a `max_instances` above 1, and compile that"
                    .to_owned(),
            ),
        };
    }
    let of_instance = name
        .rsplit_once('-')
        .filter(|(_, number)| number.parse::<u32>().is_ok());
    let meant = of_instance.and_then(|(of, _)| topology.scalable().find(|(name, _)| *name == of));
    if let Some((of, _)) = meant {
        return refusal(
            format!("`{name}` is one instance of `{of}`"),
            format!("write `{of}=N`, with the number of instances that there are to be"),
        );
    }
    let scalable: Vec<&str> = topology.scalable().map(|(name, _)| name).collect();
    let near = did_you_mean(name, topology.nodes.iter().map(|node| node.name.as_str()));
    refusal(
        format!("there is no node `{name}`"),
        near.unwrap_or_else(|| match scalable.as_slice() {
            [] => "none of the application's nodes is scalable".to_owned(),
            all => format!("scalable are: {}", all.join(", ")),
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_and_wrong_ones_named() {
        let count = |text: &str| text.parse::<Count>();
        assert_eq!(
            count("web=3").map(|count| (count.node, count.number)),
            Ok(("web".into(), Some(3)))
        );
        assert_eq!(
            count("a=b=default").map(|count| (count.node, count.number)),
            Ok(("a=b".into(), None))
        );
        for bad in ["web", "=3", "web=", "web=-1", "web=x", "web=99999999999"] {
            assert!(count(bad).is_err(), "{bad}");
        }
    }
}
