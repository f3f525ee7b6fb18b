//! Functions that are carried out before anything runs.

use std::fmt::Write;

use serde_json::json;

use super::{fine, messages, outputs};

#[test]
fn static_functions_are_carried_out() {
    let topology = fine(
        "tosca_definitions_version: tosca_simple_yaml_1_3
data_types:
  Endpoint:
    derived_from: tosca.datatypes.Root
    properties:
      path: { type: string, default: / }
      ports: { type: list, entry_schema: { type: integer }, required: false }
node_types:
  App:
    derived_from: tosca.nodes.Root
    properties:
      endpoint: { type: Endpoint }
      release: { type: string, default: '1.0' }
    requirements:
      - link: { capability: tosca.capabilities.Node, node: App, relationship: Link, occurrences: [ 0, 1 ] }
relationship_types:
  Link:
    derived_from: tosca.relationships.DependsOn
    properties:
      weight: { type: integer, default: 3 }
topology_template:
  inputs:
    names: { type: map, default: { a: { b: deep } } }
  node_templates:
    a: { type: App, properties: { endpoint: { ports: [ 80, 443 ] } } }
    b:
      type: App
      properties: { endpoint: { path: { concat: [ /, { get_property: [ a, release ] } ] } } }
      requirements: [ { link: a } ]
  outputs:
    default_inside: { value: { get_property: [ a, endpoint, path ] } }
    item: { value: { get_property: [ a, endpoint, ports, 1 ] } }
    nested: { value: { get_property: [ b, endpoint, path ] } }
    through: { value: { get_property: [ b, link, release ] } }
    of_relationship: { value: { get_property: [ b, link, weight ] } }
    input: { value: { get_input: [ names, a, b ] } }
    joined: { value: { join: [ [ x, { get_property: [ a, release ] }, 1.10 ], '-' ] } }
    token: { value: { token: [ 'a:b;c', ':;', 2 ] } }
    structure: { value: { list: [ { get_property: [ a, release ] }, 2 ] } }
",
    );
    assert_eq!(
        outputs(&topology),
        json!({
            "default_inside": "/",
            "item": 443,
            "nested": "/1.0",
            "through": "1.0",
            "of_relationship": 3,
            "input": "deep",
            "joined": "x-1.0-1.10",
            "token": "c",
            "structure": { "list": ["1.0", 2] },
        })
    );
}

#[test]
fn a_value_that_doubles_itself_ends_with_an_error() {
    let mut text = "tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  N: { properties: { p: { type: string } } }
topology_template:
  node_templates:
    n0: { type: N, properties: { p: aaaaaaaaaaaaaaaa } }
"
    .to_owned();
    for at in 1..60 {
        let before = at - 1;
        let read = format!("{{ get_property: [ n{before}, p ] }}");
        writeln!(
            text,
            "    n{at}: {{ type: N, properties: {{ p: {{ concat: [ {read}, {read} ] }} }} }}"
        )
        .unwrap();
    }
    assert_eq!(messages(&text), ["functions produce too much text"]);
}

#[test]
fn a_long_way_ends_with_an_error_and_not_with_the_stack() {
    let mut text = "tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  N: { properties: { p: { type: string } } }
topology_template:
  node_templates:
"
    .to_owned();
    // The first is computed from the last, so that nothing on the way is known when it is asked for.
    for at in 0..3000 {
        let next = at + 1;
        writeln!(
            text,
            "    n{at}: {{ type: N, properties: {{ p: {{ get_property: [ n{next}, p ] }} }} }}"
        )
        .unwrap();
    }
    text.push_str("    n3000: { type: N, properties: { p: end } }\n");
    let found = messages(&text);
    assert!(
        found
            .iter()
            .all(|message| message.starts_with("this value is computed through more than")),
        "{found:?}"
    );
    assert!(!found.is_empty());
}
