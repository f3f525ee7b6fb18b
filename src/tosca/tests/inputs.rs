//! Inputs: declarations, what is given, and what is missing.

use serde_json::{Value, json};

use super::{Options, errors, outputs, run};

const TEXT: &str = "tosca_definitions_version: tosca_simple_yaml_1_3
topology_template:
  inputs:
    port: { type: integer }
    name: { type: string, default: 1.10 }
    flags: { type: list, entry_schema: { type: boolean }, required: false }
  outputs:
    port: { value: { get_input: port } }
    name: { value: { get_input: name } }
    flags: { value: { get_input: flags } }
    second: { value: { get_input: [ flags, 1 ] } }
";

fn given(inputs: &[(&str, Value)], require_inputs: bool) -> (Value, Vec<String>) {
    let inputs = inputs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let (topology, found) = run(
        &[("main.yaml", TEXT)],
        &Options {
            inputs,
            require_inputs,
        },
    );
    (outputs(&topology), errors(found))
}

#[test]
fn text_from_the_command_line_becomes_the_declared_type() {
    let inputs = [
        ("port", json!("80")),
        ("name", json!(7)),
        ("flags", json!("[true, \"false\"]")),
    ];
    let (outputs, found) = given(&inputs, true);
    assert_eq!(
        outputs,
        json!({ "port": 80, "name": "7", "flags": [true, false], "second": false })
    );
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_default_keeps_its_text_and_what_is_not_given_has_no_value() {
    let (outputs, found) = given(&[], false);
    assert_eq!(outputs, json!({ "name": "1.10" }));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn missing_unknown_and_wrong_inputs_are_named() {
    assert_eq!(given(&[], true).1, ["input `port` has no value"]);
    assert_eq!(
        given(&[("port", json!("x"))], true).1,
        ["the value given for input `port` is not of type `integer`"]
    );
    let (_, found) = given(&[("port", json!(1)), ("nam", json!("a"))], true);
    assert_eq!(found, ["there is no input `nam` to give a value to"]);
}
