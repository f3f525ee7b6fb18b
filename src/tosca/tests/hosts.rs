//! Where nodes stand, and how often their operations are tried.

use super::fine;
use crate::topology::Topology;

fn hosts(topology: &Topology) -> Vec<String> {
    let host =
        |host: &Option<crate::topology::Host>| host.as_ref().map_or("-".to_owned(), |host| host.name.clone());
    topology
        .nodes
        .iter()
        .map(|node| format!("{} {}", node.name, host(&node.host)))
        .collect()
}

const NODES: &str = "tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
topology_template:
  node_templates:
    server: { type: tosca.nodes.Compute }
    dbms: { type: tosca.nodes.DBMS, requirements: [ { host: server } ] }
    db: { type: tosca.nodes.Database, properties: { name: d }, requirements: [ { host: dbms } ] }
    other: { type: tosca.nodes.Compute, metadata: { khor.host: beta } }
    web: { type: tosca.nodes.WebServer, requirements: [ { host: other } ] }
    free: { type: tosca.nodes.Root }
";

#[test]
fn the_foot_of_the_chain_or_metadata_names_the_host() {
    let topology = fine(NODES);
    assert_eq!(
        hosts(&topology),
        [
            "server server",
            "dbms server",
            "db server",
            "other beta",
            "web beta",
            "free -"
        ]
    );
    assert_eq!(topology.node(topology.nodes[2].hosted_on.unwrap()).name, "dbms");
}

#[test]
fn a_placement_policy_goes_before_and_covers_what_is_hosted() {
    let topology = fine(&format!(
        "{NODES}  groups:
    all: {{ type: tosca.groups.Root, members: [ other, free ] }}
  policies:
    - first: {{ type: khor.policies.Placement, properties: {{ host: alpha }}, targets: [ dbms ] }}
    - second: {{ type: khor.policies.Placement, properties: {{ host: gamma }}, targets: [ all ] }}
    - retry:
        type: khor.policies.Retry
        properties: {{ max_attempts: 3, min_delay: 2 s }}
        targets: [ free ]
"
    ));
    assert_eq!(
        hosts(&topology),
        [
            "server server",
            "dbms alpha",
            "db alpha",
            "other gamma",
            "web gamma",
            "free gamma"
        ]
    );
    let retry = topology.nodes[5].retry;
    assert_eq!(
        (retry.max_attempts, retry.min_delay_ms, retry.max_delay_ms),
        (Some(3), 2_000, 60_000)
    );
    assert_eq!(topology.nodes[0].retry, crate::topology::Retry::default());
}

#[test]
fn a_start_limit_is_there_where_either_half_of_it_is_given() {
    let limit = |properties: &str| {
        let topology = fine(&format!(
            "{NODES}  policies:
    - retry: {{ type: khor.policies.Retry, properties: {{ {properties} }}, targets: [ free ] }}
"
        ));
        let limit = topology.nodes[5].retry.start_limit;
        limit.map(|limit| (limit.burst, limit.interval_ms))
    };
    assert_eq!(limit("max_attempts: 3"), None);
    assert_eq!(limit("start_limit_burst: 3"), Some((3, 10_000)));
    assert_eq!(limit("start_limit_interval: 1 m"), Some((5, 60_000)));
}
