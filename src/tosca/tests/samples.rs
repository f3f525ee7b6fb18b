//! The sample that is the same application as the khoreia one.

use super::fine;
use crate::topology::{Action, OperationName};

#[test]
fn eight_nodes_lower_to_sixteen_files_on_two_hosts() {
    let topology = fine(include_str!("../../../samples/tosca/eight-nodes.yaml"));
    assert_eq!(topology.name.as_deref(), Some("eight-nodes"));
    let edges: Vec<_> = topology
        .relationships
        .iter()
        .filter(|edge| edge.name == "dependency")
        .map(|edge| {
            (
                topology.node(edge.source).name.as_str(),
                topology.node(edge.target).name.as_str(),
            )
        })
        .collect();
    let wanted = ["af", "bf", "ba", "cd", "cf", "ea", "gb", "gd", "gh"];
    assert_eq!(edges, wanted.map(|pair| pair.split_at(1)));
    for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        let node = topology.nodes.iter().find(|node| node.name == name).unwrap();
        let host = if name < "f" { "chromebook" } else { "bsd1" };
        assert_eq!(node.host.as_ref().unwrap().name, host);
        assert_eq!(topology.node(node.hosted_on.unwrap()).name, host);
        let paths: Vec<_> = [OperationName::Create, OperationName::Configure]
            .into_iter()
            .map(|operation| match node.operations[&operation].apply.as_deref() {
                Some(Action::File(file)) => file.path.as_str(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            paths,
            [
                format!("/tmp/khoreia/{name}.create"),
                format!("/tmp/khoreia/{name}.configure")
            ]
        );
        assert_eq!(
            node.operations[&OperationName::Create].check,
            node.operations[&OperationName::Create].apply
        );
    }
}
