//! What lists are lowered to. What is said of faulty ones is in `tests/lint/khoreia.md`.

use proptest::prelude::*;

use super::{is_khoreia, lower};
use crate::diagnostic::Sink;
use crate::source::SourceMap;
use crate::topology::{Action, FileAction, FileState, NodeId, OperationName, Topology, Weaving};
use crate::yaml;

fn read(name: &str, text: &str) -> (Topology, SourceMap, Sink) {
    let mut sources = SourceMap::new();
    let source = sources.add(name, text);
    let mut sink = Sink::new();
    let tree = yaml::parse(&sources, source, &mut sink);
    (lower(&tree, &sources, &mut sink), sources, sink)
}

fn sound(text: &str) -> Topology {
    let (topology, _, sink) = read("apps/topology.yaml", text);
    assert_eq!(sink.diagnostics(), []);
    topology
}

fn file(path: &str) -> Action {
    Action::File(FileAction {
        path: path.into(),
        ..FileAction::default()
    })
}

#[test]
fn the_sample_has_eight_nodes_on_two_hosts() {
    let (topology, sources, sink) = read("t.yaml", include_str!("../../samples/khoreia/topology.yaml"));
    assert_eq!(sink.diagnostics(), []);
    assert_eq!(topology.weaving, Weaving::Layered);
    let nodes = topology.nodes.iter().map(|node| {
        let operations: Vec<_> = node.operations.keys().copied().collect();
        assert_eq!(operations, [OperationName::Create, OperationName::Configure]);
        for (name, operation) in &node.operations {
            let action = file(&format!("/tmp/khoreia/{}.{name}", node.name));
            assert_eq!(operation.check.as_deref(), Some(&action));
            assert_eq!(operation.apply.as_deref(), Some(&action));
        }
        format!("{}@{}", node.name, node.host.as_ref().unwrap().name)
    });
    assert_eq!(
        nodes.collect::<Vec<_>>().join(" "),
        "a@chromebook b@chromebook c@chromebook d@chromebook e@chromebook f@bsd1 g@bsd1 h@bsd1"
    );
    let edges = topology.relationships.iter().map(|edge| {
        assert_eq!(edge.name, "dependency");
        assert_eq!(
            sources.slice(edge.span),
            edge.target.0.to_string(),
            "the span is that of the id"
        );
        (edge.source.0, edge.target.0)
    });
    let wanted = [
        (0, 5),
        (1, 5),
        (1, 0),
        (2, 3),
        (2, 5),
        (4, 0),
        (6, 1),
        (6, 3),
        (6, 7),
    ];
    assert_eq!(edges.collect::<Vec<_>>(), wanted);
}

#[test]
fn a_file_is_its_own_check_a_script_has_none_and_a_check_alone_waits() {
    let topology = sound(
        "- id: 4\n  name: a\n  target: alpha\n  interfaces:\n    create: { do: { file: { path: /a } } }\n    \
         configure: { do: { shell: { artifact: bin/go.sh, args: [ -v, 3 ] } } }\n    \
         start: { check: { file: { path: /b } } }\n    stop: { do: { nil: } }\n",
    );
    let operations = &topology.node(NodeId(0)).operations;
    let create = &operations[&OperationName::Create];
    assert_eq!(
        (create.check.as_deref(), create.apply.as_deref()),
        (Some(&file("/a")), Some(&file("/a")))
    );
    let configure = &operations[&OperationName::Configure];
    assert_eq!(configure.check, None);
    let Some(Action::Shell(shell)) = configure.apply.as_deref() else {
        panic!("{configure:?}");
    };
    assert_eq!(
        (shell.artifact.name.as_str(), shell.artifact.path.as_str()),
        ("bin/go.sh", "apps/bin/go.sh")
    );
    assert_eq!(shell.args, ["-v", "3"]);
    let start = &operations[&OperationName::Start];
    assert_eq!(
        (start.check.as_deref(), start.apply.as_deref()),
        (Some(&file("/b")), None)
    );
    assert_eq!(
        operations[&OperationName::Stop].check.as_deref(),
        Some(&Action::Nil)
    );
}

#[test]
fn all_arguments_of_a_file_arrive() {
    let topology = sound(
        "- id: 0\n  name: a\n  target: alpha\n  interfaces:\n    \
         create: { do: { file: { path: /a, content: yes, mode: 0640, owner: root, group: 0 } } }\n    \
         configure: { do: { file: { path: /l, state: symlink, target: /a, mode: \"0o777\" } } }\n    \
         start: { do: { file: { path: /d, state: directory, mode: 1777 } } }\n    \
         delete: { do: { file: { path: /a, state: absent } } }\n",
    );
    let operations = &topology.node(NodeId(0)).operations;
    let wanted = [
        (
            OperationName::Create,
            FileState::File,
            Some(0o640),
            Some("yes"),
            Some("root"),
            Some("0"),
        ),
        (
            OperationName::Configure,
            FileState::Symlink("/a".to_owned()),
            Some(0o777),
            None,
            None,
            None,
        ),
        (
            OperationName::Start,
            FileState::Directory,
            Some(0o1777),
            None,
            None,
            None,
        ),
        (OperationName::Delete, FileState::Absent, None, None, None, None),
    ];
    for (name, state, mode, content, owner, group) in wanted {
        let Some(Action::File(file)) = operations[&name].apply.as_deref() else {
            panic!("{name}");
        };
        assert_eq!((&file.state, file.mode), (&state, mode));
        assert_eq!(file.content.as_deref(), content);
        assert_eq!((file.owner.as_deref(), file.group.as_deref()), (owner, group));
    }
}

#[test]
fn a_dependency_that_stands_twice_is_one() {
    let topology = sound(
        "- { id: 0, name: a, target: x }\n- { id: 1, name: b, target: x, deps: [ { nodes: [ 0 ] }, { nodes: [ 0, 0 ] } ] }\n",
    );
    assert_eq!(topology.relationships.len(), 1);
}

#[test]
fn faults_do_not_hide_what_is_sound() {
    let (topology, _, sink) = read(
        "t.yaml",
        "- { id: 0, name: a, target: x, interfaces: { create: { do: { fil: {} } }, start: { do: { nil: } } } }\n\
         - { id: 1, name: b, target: x, deps: [ { nodes: [ 0, 9 ] } ] }\n",
    );
    assert_eq!(sink.errors(), 2);
    assert_eq!(
        topology.node(NodeId(0)).operations.keys().collect::<Vec<_>>(),
        [&OperationName::Start]
    );
    assert_eq!(topology.relationships.len(), 1);
}

#[test]
fn an_empty_list_is_an_application_without_nodes() {
    assert!(sound("[]").nodes.is_empty());
}

proptest! {
    /// Whatever is put where, there is no panic, and relationships name nodes that exist.
    #[test]
    fn any_list_is_lowered(
        values in proptest::collection::vec("[-0-9a-z{}: ,~\"\\[\\]]{0,12}", 6),
        keys in proptest::collection::vec("(id|name|target|interfaces|deps|create|do|check|file|path|nodes|x)", 6),
    ) {
        let mut text = String::from("- id: 0\n  name: a\n  target: b\n  deps: [ { nodes: [ 0, 1 ] } ]\n-");
        for (key, value) in keys.iter().zip(&values) {
            text.extend([" ", key, ": ", value, "\n "]);
        }
        let mut sources = SourceMap::new();
        let source = sources.add("t.yaml", text.as_str());
        let mut sink = Sink::new();
        let tree = yaml::parse(&sources, source, &mut sink);
        if is_khoreia(&tree) {
            let topology = lower(&tree, &sources, &mut sink);
            prop_assert!(topology.relationships.iter().all(|edge| (edge.target.0 as usize) < topology.nodes.len()));
        }
    }
}
