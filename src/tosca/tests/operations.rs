//! Operations of nodes and relationships: inheritance, both notations, inputs, artifacts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::{compiling, lint, run};
use crate::diagnostic::Severity;
use crate::topology::{Action, Operation, OperationName, RelationshipOperation, Topology};

const TYPES: &str = "tosca_definitions_version: tosca_simple_yaml_1_3
node_types:
  my.Base:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      port: { type: integer, default: 80 }
      release: { type: string, default: 1.10 }
    artifacts:
      starter: { type: tosca.artifacts.Implementation.Bash, file: scripts/start.sh }
    interfaces:
      Standard:
        type: tosca.interfaces.node.lifecycle.Standard
        inputs:
          common: { type: string, default: all }
        operations:
          create:
            implementation: scripts/create.sh
            inputs:
              port: { type: integer, default: { get_property: [ SELF, port ] } }
              release: { get_property: [ SELF, release ] }
          start: starter
  my.App:
    derived_from: my.Base
    interfaces:
      Standard:
        configure:
          implementation: { primary: scripts/configure.sh, dependencies: [ scripts/lib.sh ], timeout: 30 }
";

fn with(templates: &str) -> Topology {
    let main = format!(
        "tosca_definitions_version: tosca_simple_yaml_1_3\nimports: [ lib/types.yaml ]\ntopology_template:\n{templates}"
    );
    let files = [
        ("main.yaml", main.as_str()),
        ("lib/types.yaml", TYPES),
        ("lib/scripts/create.sh", ""),
        ("lib/scripts/start.sh", ""),
        ("lib/scripts/configure.sh", ""),
        ("lib/scripts/lib.sh", ""),
        ("own.sh", ""),
    ];
    let (topology, found) = run(&files, &compiling());
    let errors: Vec<_> = found
        .iter()
        .filter(|fault| fault.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    topology
}

fn script(operation: &Operation) -> &str {
    match operation.apply.as_deref() {
        Some(Action::Shell(shell)) => shell.artifact.path.as_str(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_node_inherits_operations_and_inputs_and_overrides_some() {
    let topology = with(
        "  node_templates:
    server: { type: tosca.nodes.Compute }
    app:
      type: my.App
      properties: { port: 8080 }
      requirements: [ { host: server } ]
      interfaces:
        tosca.interfaces.node.lifecycle.Standard:
          inputs: { common: own }
          create: own.sh
          stop: { implementation: own.sh, inputs: { list: [ 1, '2' ] } }
",
    );
    let app = &topology.nodes[1];
    let create = &app.operations[&OperationName::Create];
    assert_eq!(script(create), "own.sh");
    assert_eq!(
        json!(create.inputs.iter().collect::<BTreeMap<_, _>>()),
        json!({ "common": "own", "port": 8080, "release": "1.10" })
    );
    let configure = &app.operations[&OperationName::Configure];
    assert_eq!(script(configure), "lib/scripts/configure.sh");
    assert_eq!(configure.timeout, Some(Duration::from_secs(30)));
    match configure.apply.as_deref() {
        Some(Action::Shell(shell)) => assert_eq!(shell.dependencies[0].path, "lib/scripts/lib.sh"),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        script(&app.operations[&OperationName::Start]),
        "lib/scripts/start.sh"
    );
    assert_eq!(
        app.operations[&OperationName::Stop].inputs["list"],
        json!([1, "2"])
    );
    assert!(!app.operations.contains_key(&OperationName::Delete));
}

#[test]
fn relationships_bring_operations_from_type_template_and_place() {
    let topology = with(
        "  node_templates:
    server: { type: tosca.nodes.Compute }
    db:
      type: my.Base
      properties: { port: 5432 }
      requirements: [ { host: server } ]
    one:
      type: my.Base
      requirements:
        - host: server
        - dependency: { node: db, relationship: linked }
    two:
      type: my.Base
      requirements:
        - host: server
        - dependency:
            node: db
            relationship:
              type: tosca.relationships.DependsOn
              interfaces:
                Configure:
                  add_target: { implementation: own.sh, inputs: { me: { get_property: [ SOURCE, port ] } } }
  relationship_templates:
    linked:
      type: tosca.relationships.DependsOn
      interfaces:
        Configure:
          operations:
            pre_configure_source:
              implementation: own.sh
              inputs: { port: { get_property: [ TARGET, port ] } }
",
    );
    let edge = |source: &str| {
        let mut all = topology.relationships.iter();
        all.find(|edge| edge.name == "dependency" && topology.node(edge.source).name == source)
            .unwrap()
    };
    let one = &edge("one").operations;
    assert_eq!(
        one[&RelationshipOperation::PreConfigureSource].inputs["port"],
        json!(5432)
    );
    assert_eq!(
        edge("two").operations[&RelationshipOperation::AddTarget].inputs["me"],
        json!(80)
    );
}

#[test]
fn a_missing_script_is_a_warning_to_lint_and_an_error_to_compile() {
    let text = "tosca_definitions_version: tosca_simple_yaml_1_0
topology_template:
  node_templates:
    server:
      type: tosca.nodes.Compute
      interfaces: { Standard: { create: nowhere.sh } }
";
    assert_eq!(
        lint(text),
        [(Severity::Warning, "there is no file `nowhere.sh`".to_owned())]
    );
    let (topology, found) = run(&[("main.yaml", text)], &compiling());
    assert_eq!(found[0].severity, Severity::Error);
    assert_eq!(
        script(&topology.nodes[0].operations[&OperationName::Create]),
        "nowhere.sh"
    );
}

#[test]
fn a_value_of_run_time_is_an_error_only_where_it_is_needed_before() {
    let text = "tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
topology_template:
  node_templates:
    server:
      type: tosca.nodes.Compute
      interfaces:
        Standard:
          operations:
            create: { implementation: a.sh, inputs: { ip: { get_attribute: [ SELF, private_address ] } } }
    file:
      type: khor.nodes.File
      properties: { path: /x, mode: { get_attribute: [ server, private_address ] } }
      requirements: [ host: server ]
  outputs:
    ip: { value: { get_attribute: [ server, private_address ] } }
    secret: { value: { get_secret: [ env, PASSWORD ] } }
";
    let files = [("main.yaml", text), ("a.sh", "")];
    assert_eq!(run(&files, &super::Options::default()).1, []);
    let (topology, found) = run(&files, &compiling());
    let create = &topology.nodes[0].operations[&OperationName::Create];
    assert_eq!(create.data.reads.inputs.len(), 1);
    assert_eq!(topology.outputs.len(), 1);
    let messages: Vec<_> = found.iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "argument `mode` of engine `file` is needed before the application runs",
            "the output `secret` cannot be given"
        ]
    );
}
