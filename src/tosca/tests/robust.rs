//! Whatever the text is, lowering ends, without a panic.

use std::fmt::Write;

use proptest::prelude::*;

use super::{compiling, messages, run};

const SEED: &str = include_str!("../../../samples/tosca/eight-nodes.yaml");
const TYPES: &str = "tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ main.yaml ]
node_types:
  A: { derived_from: tosca.nodes.Compute, requirements: [ { host: { node: A, capability: tosca.capabilities.Compute } } ] }
topology_template:
  inputs: { x: { type: list, entry_schema: string, default: [ a ] } }
  node_templates:
    a: { type: A, requirements: [ { host: a } ], interfaces: { Standard: { create: { inputs: { y: { get_property: [ SELF, host, name ] } } } } } }
    b: { type: A, requirements: [ { host: { node: A, relationship: { type: tosca.relationships.HostedOn } } } ] }
  outputs: { o: { value: { concat: [ { get_property: [ a, host, num_cpus ] }, { token: [ { get_input: x }, ';', 1 ] } ] } } }
";

/// A text with some of its lines taken away, doubled, exchanged or moved.
fn mangled(text: &str, changes: &[(u8, prop::sample::Index, prop::sample::Index)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (what, one, other) in changes {
        if lines.is_empty() {
            break;
        }
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        match what % 6 {
            0 => drop(lines.remove(one)),
            1 => lines.insert(other, lines[one].clone()),
            2 => lines.swap(one, other),
            3 => lines[one].insert_str(0, "  "),
            4 => {
                // The value of one line under the key of another.
                let value = lines[other]
                    .split_once(':')
                    .map(|(_, value)| value.to_owned())
                    .unwrap_or_default();
                let key = lines[one].split(':').next().unwrap_or_default().to_owned();
                lines[one] = format!("{key}:{value}");
            }
            _ => {
                let mut words: Vec<String> = lines[one].split(' ').map(str::to_owned).collect();
                let others: Vec<&str> = lines[other].split_whitespace().collect();
                if let (Some(last), Some(word)) = (words.last_mut(), others.last()) {
                    *last = (*word).to_owned();
                }
                lines[one] = words.join(" ");
            }
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]
    #[test]
    fn any_mangled_template_is_lowered(
        first in any::<bool>(),
        changes in prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..12),
    ) {
        let text = mangled(if first { SEED } else { TYPES }, &changes);
        let (_, found) = run(&[("main.yaml", &text), ("types.yaml", TYPES)], &compiling());
        for fault in found {
            let ours = fault.code.id.starts_with("K2") || fault.code.id.starts_with("K3");
            prop_assert!(!ours || fault.help.is_some(), "{} has no help", fault.message);
        }
    }
}

#[test]
fn a_long_chain_of_types_is_refused_and_no_circle_loops() {
    let mut text = "tosca_definitions_version: tosca_simple_yaml_1_3\nnode_types:\n  T0: {}\n".to_owned();
    for at in 1..600 {
        writeln!(text, "  T{at}: {{ derived_from: T{} }}", at - 1).unwrap();
    }
    let found = messages(&text);
    assert!(
        found
            .iter()
            .all(|message| message.contains("through more than 256 types")),
        "{found:?}"
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn a_type_that_names_itself_is_a_circle() {
    let text = "tosca_definitions_version: tosca_simple_yaml_1_0\nnode_types:\n  T: { derived_from: T }\n";
    assert_eq!(messages(text), ["`T` is derived from itself"]);
}
