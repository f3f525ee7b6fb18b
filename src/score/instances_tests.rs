//! What instances are called, where they go, who is related to whom, and what is read of them.

use std::collections::BTreeMap;

use super::testing::Builder;
use crate::topology::{Attribute, Counts, Expression, NodeId, OperationName, Owner, Topology, Want, Wanted};

const LIFE: &[&str] = &["create", "start", "stop", "delete"];

/// `lb` requires `web`, which is on `vm`, which may have up to 9 instances on two hosts and requires `db`.
fn world() -> Builder {
    Builder::new()
        .node("lb", "h0", LIFE)
        .node("vm", "h1", LIFE)
        .node("web", "h1", LIFE)
        .node("db", "h0", LIFE)
        .scalable("vm", (0, 2, 9), &["h1", "h2"])
        .hosted("web", "vm")
        .requires("lb", "web")
        .requires("web", "db")
}

fn counts(vm: u32) -> Counts {
    BTreeMap::from([("vm".to_owned(), vm)])
}

fn names(topology: &Topology) -> Vec<String> {
    let host = |id: NodeId| topology.node(id).host.as_ref().unwrap().name.clone();
    topology
        .iter()
        .map(|(id, node)| format!("{}@{}", node.name, host(id)))
        .collect()
}

fn edges(topology: &Topology) -> Vec<String> {
    let name = |id| &topology.node(id).name;
    let edges = topology.relationships.iter();
    edges
        .map(|edge| format!("{}>{}", name(edge.source), name(edge.target)))
        .collect()
}

#[test]
fn what_stands_on_a_scalable_node_is_scaled_with_it() {
    let mut builder = world();
    builder.topology.nodes[2].host = builder.topology.nodes[1].host.clone();
    let old = builder.topology;
    let new = old.instances(&Counts::new());
    assert_eq!(
        names(&new),
        ["lb@h0", "vm-1@h1", "vm-2@h2", "web-1@h1", "web-2@h2", "db@h0"]
    );
    assert_eq!(
        edges(&new),
        [
            "web-1>vm-1",
            "web-2>vm-2",
            "lb>web-1",
            "lb>web-2",
            "web-1>db",
            "web-2>db"
        ]
    );
    assert_eq!(new.node(NodeId(4)).hosted_on, Some(NodeId(2)));
    assert_eq!(
        new.node(NodeId(4))
            .instance
            .as_ref()
            .map(|it| (it.of.as_str(), it.number)),
        Some(("web", 2))
    );
    assert_eq!(old.size(&Counts::new()), 12);
    let none = old.instances(&counts(0));
    assert_eq!(
        (names(&none), edges(&none)),
        (vec!["lb@h0".to_owned(), "db@h0".to_owned()], vec![])
    );
    assert_eq!(
        names(&old.instances(&counts(100))).len(),
        2 + 2 * 9,
        "no more than the most"
    );
    assert_eq!(
        names(&old.instances(&counts(3)))[3],
        "vm-3@h1",
        "again from the first host"
    );
}

#[test]
fn what_is_not_scalable_stays_as_it_is() {
    let plain = Builder::new()
        .node("a", "h", LIFE)
        .node("b", "h", LIFE)
        .requires("a", "b");
    let plain = plain.topology;
    let same = plain.instances(&BTreeMap::from([("a".to_owned(), 3)]));
    assert_eq!((names(&same), edges(&same)), (names(&plain), edges(&plain)));
}

/// The owners of what an expression reads, and the values that are known.
fn read(expression: &Expression<Wanted>) -> String {
    match expression {
        Expression::Given(Wanted {
            what: Want::Attribute(Attribute {
                of: Owner::Node(id), ..
            }),
            words,
            ..
        }) => {
            format!("{}:{words}", id.0)
        }
        Expression::Value(value) => value.to_string(),
        Expression::List(all) => format!("[{}]", all.iter().map(read).collect::<Vec<_>>().join(", ")),
        other => format!("{other:?}"),
    }
}

#[test]
fn who_is_of_a_group_reads_of_its_own_instance_and_others_of_all() {
    let mut builder = world();
    let (vm, id) = (builder.wanted("vm", "address"), builder.wanted("vm", "tosca_id"));
    let each = |wanted: Wanted| Expression::Each {
        node: NodeId(1),
        of: Box::new(Expression::Given(wanted)),
    };
    let reads = &mut builder.operation_of("web.create").data.reads.inputs;
    reads.insert("of_host".into(), Expression::Given(vm.clone()));
    reads.insert("id".into(), Expression::Given(id.clone()));
    reads.insert("all".into(), each(id.clone()));
    let reads = &mut builder.operation_of("lb.create").data.reads.inputs;
    reads.insert("addresses".into(), each(vm));
    reads.insert("ids".into(), each(id));
    let new = builder.topology.instances(&Counts::new());
    let operation = |at: usize| &new.nodes[at].operations[&OperationName::Create];
    let web = operation(4);
    assert_eq!(
        read(&web.data.reads.inputs["of_host"]),
        "2:attribute `address` of `vm-2`"
    );
    assert_eq!(
        web.inputs["id"], "vm-2",
        "what is known is an input as others are"
    );
    assert_eq!(web.inputs["all"], serde_json::json!(["vm-1", "vm-2"]));
    let lb = operation(0);
    assert_eq!(
        read(&lb.data.reads.inputs["addresses"]),
        "[1:attribute `address` of `vm-1`, 2:attribute `address` of `vm-2`]"
    );
    assert_eq!(lb.inputs["ids"], serde_json::json!(["vm-1", "vm-2"]));
    let none = builder.topology.instances(&counts(0));
    assert_eq!(
        none.nodes[0].operations[&OperationName::Create].inputs["addresses"],
        serde_json::json!([])
    );
}
