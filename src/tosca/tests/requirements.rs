//! Requirements that say only what their target must be like.

use serde_json::json;

use super::{Options, errors, run};
use crate::topology::Topology;

const TEXT: &str = "tosca_definitions_version: tosca_simple_yaml_1_3
topology_template:
  inputs: { cpus: { type: integer, default: 1 } }
  node_templates:
    web:
      type: tosca.nodes.WebServer
      requirements:
        - host:
            node: tosca.nodes.Compute
            node_filter:
              capabilities:
                - host: { properties: [ { num_cpus: { greater_or_equal: 4 } } ] }
    fixed:
      type: tosca.nodes.Compute
      capabilities: { host: { properties: { num_cpus: 2 } } }
    given:
      type: tosca.nodes.Compute
      capabilities: { host: { properties: { num_cpus: { get_input: cpus } } } }
";

fn compiled(text: &str, cpus: u64) -> (Topology, Vec<String>) {
    let (topology, found) = run(
        &[("main.yaml", text)],
        &Options {
            inputs: [("cpus".to_owned(), json!(cpus))].into(),
            require_inputs: true,
        },
    );
    (topology, found.into_iter().map(|fault| fault.message).collect())
}

/// Which node each relationship leads to.
fn targets(topology: &Topology) -> Vec<&str> {
    let targets = topology.relationships.iter().map(|one| one.target);
    targets
        .map(|target| topology.node(target).name.as_str())
        .collect()
}

#[test]
fn values_of_inputs_decide_which_node_fits() {
    let (topology, found) = compiled(TEXT, 8);
    assert_eq!(targets(&topology), ["given"]);
    assert_eq!(
        topology.nodes[0].hosted_on,
        Some(topology.relationships[0].target)
    );
    assert_eq!(found, Vec::<String>::new());

    let (topology, found) = compiled(TEXT, 2);
    assert_eq!(targets(&topology), Vec::<&str>::new());
    assert_eq!(found, ["no node template fits requirement `host`"]);

    let fixed = TEXT.replace("num_cpus: 2", "num_cpus: 6");
    let (topology, found) = compiled(&fixed, 8);
    assert_eq!(targets(&topology), Vec::<&str>::new());
    assert_eq!(found, ["several node templates fit requirement `host`"]);
}

#[test]
fn what_an_input_gives_is_open_while_linting() {
    let (topology, found) = run(&[("main.yaml", TEXT)], &Options::default());
    assert_eq!(targets(&topology), ["given"]);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn only_compiling_refuses_what_nothing_fulfils() {
    let text = "tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  App:
    derived_from: tosca.nodes.Root
    requirements:
      - data: { capability: tosca.capabilities.Endpoint.Database }
      - more: { capability: tosca.capabilities.Endpoint.Database, occurrences: [ 0, 1 ] }
topology_template:
  node_templates:
    app:
      type: App
      requirements:
        - data: { node: tosca.nodes.Database }
        - more: { node: tosca.nodes.Database }
        - dependency: { node: tosca.nodes.Database }
";
    let (_, found) = run(&[("main.yaml", text)], &Options::default());
    assert_eq!(found.len(), 3);
    assert_eq!(errors(found), Vec::<String>::new());
    let (_, found) = run(&[("main.yaml", text)], &super::compiling());
    assert_eq!(found.len(), 3);
    assert_eq!(errors(found), ["no node template fits requirement `data`"]);
}

#[test]
fn an_assignment_for_several_is_fulfilled_by_as_many_nodes() {
    let text = |occurrences: &str| {
        format!(
            "tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  Server: {{ derived_from: tosca.nodes.Root }}
  Client:
    derived_from: tosca.nodes.Root
    requirements:
      - link: {{ capability: tosca.capabilities.Node, node: Server, occurrences: [ 1, 3 ] }}
topology_template:
  node_templates:
    a: {{ type: Server }}
    client:
      type: Client
      requirements:
        - link: {{ occurrences: {occurrences} }}
        - dependency: a
    b: {{ type: Server }}
"
        )
    };
    for (occurrences, edges, told) in [
        ("[ 2, 2 ]", &["a", "b", "a"][..], None),
        ("[ 1, UNBOUNDED ]", &["a", "b", "a"], None),
        ("[ 0, 2 ]", &["a", "b", "a"], None),
        (
            "[ 3, 3 ]",
            &["a", "b", "a"],
            Some("only 2 node templates fit requirement `link`, which asks for 3"),
        ),
        (
            "[ 1, 1 ]",
            &["a"],
            Some("several node templates fit requirement `link`"),
        ),
    ] {
        let (topology, found) = run(&[("main.yaml", &text(occurrences))], &super::compiling());
        assert_eq!(targets(&topology), edges, "{occurrences}");
        let found: Vec<_> = found.into_iter().map(|fault| fault.message).collect();
        assert_eq!(found, told.into_iter().collect::<Vec<_>>(), "{occurrences}");
    }
}
