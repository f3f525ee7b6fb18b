//! What compiling costs, phase by phase: `cargo bench --bench compile`.
//!
//! Compiles a template of its own with a thousand nodes, or the one that `KHOR_BENCH_FILE` names; `KHOR_BENCH_NODES`
//! sets the size of its own. Each figure is the best of several runs. Then the weaving alone, on shapes that are hard
//! for it, ten thousand nodes each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use khor::diagnostic::{Severity, Sink};
use khor::role::{self, Certificate, Goal, Role};
use khor::score;
use khor::source::{LoadError, Loader, SourceId, SourceMap, Span};
use khor::store::{Memory, Publication, publish};
use khor::topology::{
    Action, Bond, FileAction, Host, Looking, Node, NodeId, Operation, OperationName, Relationship, Retry,
    Spread, Topology, VecMap, Weaving,
};
use khor::{khoreia, tosca, yaml};

const RUNS: usize = 5;

/// The disk, and before it the bench's own template.
struct Files {
    name: Utf8PathBuf,
    text: Option<String>,
}

impl Loader for Files {
    fn load(&self, path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
        match &self.text {
            Some(text) if path == self.name => Ok(text.clone().into_bytes()),
            _ => std::fs::read(path).map_err(|error| LoadError::Other(error.to_string())),
        }
    }

    fn is_file(&self, path: &Utf8Path) -> bool {
        self.text.is_some() && path == self.name || path.is_file()
    }

    fn entries(&self, _path: &Utf8Path) -> Vec<String> {
        Vec::new()
    }
}

fn main() {
    // `cargo test --benches` runs this too, and asks for nothing but that it works.
    let short = !std::env::args().any(|argument| argument == "--bench");
    let runs = if short { 1 } else { RUNS };
    let nodes = std::env::var("KHOR_BENCH_NODES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1000);
    let files = match std::env::var("KHOR_BENCH_FILE") {
        Ok(path) => Files {
            name: path.into(),
            text: None,
        },
        Err(_) => Files {
            name: "bench.yaml".into(),
            text: Some(template(if short { 50 } else { nodes })),
        },
    };
    let mut best: BTreeMap<usize, (&str, Duration)> = BTreeMap::new();
    let mut size = (0, 0, 0);
    for _ in 0..runs {
        let (phases, counted) = compile(&files);
        size = counted;
        for (at, (name, took)) in phases.into_iter().enumerate() {
            let entry = best.entry(at).or_insert((name, took));
            entry.1 = entry.1.min(took);
        }
    }
    let (nodes, steps, hosts) = size;
    let whole: Duration = best.values().map(|(_, took)| *took).sum();
    println!(
        "compile of {}: {nodes} nodes, {steps} steps, {hosts} hosts",
        files.name
    );
    for (name, took) in best.values() {
        println!("  {name:<10}{:>10.2} ms", milliseconds(*took));
    }
    println!(
        "  {:<10}{:>10.2} ms, {:.0} nodes/s",
        "whole",
        milliseconds(whole),
        per_second(nodes, whole)
    );

    let many = if short { 200 } else { 10_000 };
    println!("score and roles of {many} nodes:");
    for (name, topology) in shapes(many) {
        for weaving in [Weaving::Normative, Weaving::Layered] {
            let (took, steps, guards) = (0..runs)
                .map(|_| weave(&topology, weaving))
                .min()
                .expect("one run");
            println!(
                "  {name:<16}{weaving:<12?}{:>10.2} ms  {steps:>6} steps {guards:>8} guards  {:>10.0} nodes/s",
                milliseconds(took),
                per_second(many, took)
            );
        }
    }
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

type Phases = Vec<(&'static str, Duration)>;

/// One compilation: how long each phase took, and the numbers of nodes, steps and hosts.
fn compile(files: &Files) -> (Phases, (usize, usize, usize)) {
    let mut phases = Phases::new();
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let tree = timed(&mut phases, "read", || {
        yaml::read(&mut sources, files, &files.name, None, &mut sink)
    });
    let tree = tree.expect("the file can be read");
    let options = tosca::Options {
        require_inputs: false,
        ..tosca::Options::default()
    };
    let mut topology = timed(&mut phases, "lower", || {
        if khoreia::is_khoreia(&tree) {
            khoreia::lower(&tree, &sources, &mut sink)
        } else {
            tosca::lower(&tree, &mut sources, files, &options, &mut sink)
        }
    });
    stand_in(&mut topology);
    let score = timed(&mut phases, "weave", || {
        score::compose("bench", &topology, topology.weaving, &mut sink)
    });
    for fault in sink
        .diagnostics()
        .iter()
        .filter(|fault| fault.severity == Severity::Error)
        .take(5)
    {
        println!("{}: {}", fault.code, fault.message);
    }
    let score = score.expect("no faults");
    let roles = timed(&mut phases, "cut", || role::roles(&score));
    let chunks: Vec<Vec<Vec<u8>>> = timed(&mut phases, "encode", || roles.iter().map(role::split).collect());
    let decoded: Vec<Role> = timed(&mut phases, "decode", || {
        let key = |at: usize| format!("{at}");
        let join = |chunks: &Vec<Vec<u8>>| {
            let keys: Vec<String> = (0..chunks.len()).map(key).collect();
            role::join(
                keys.iter()
                    .map(String::as_str)
                    .zip(chunks.iter().map(Vec::as_slice)),
            )
        };
        chunks
            .iter()
            .map(join)
            .collect::<Result<_, _>>()
            .expect("what was encoded is sound")
    });
    let certificate = timed(&mut phases, "prove", || Certificate::prove(&decoded)).expect("sound roles");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    timed(&mut phases, "publish", || {
        let blobs = BTreeMap::new();
        let publication = Publication {
            application: "bench",
            goal: Goal::Present,
            roles: &roles,
            blobs: &blobs,
            outputs: &BTreeMap::new(),
            draft: None,
            against: None,
        };
        runtime
            .block_on(publish(&Memory::new(), &publication))
            .expect("memory takes it")
    });
    (
        phases,
        (
            topology.nodes.len(),
            certificate.steps + certificate.steps_down,
            roles.len(),
        ),
    )
}

fn timed<T>(phases: &mut Phases, name: &'static str, phase: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = phase();
    phases.push((name, start.elapsed()));
    result
}

/// Scripts are not read here: their digests are made up, and nodes without a host get one.
fn stand_in(topology: &mut Topology) {
    for node in &mut topology.nodes {
        node.host.get_or_insert_with(|| Host {
            name: "h".into(),
            span: None,
            spread: Spread::Together,
        });
        for operation in node.operations.values_mut() {
            for action in operation.check.iter_mut().chain(&mut operation.apply) {
                if let Action::Shell(shell) = Arc::make_mut(action) {
                    for artifact in std::iter::once(&mut shell.artifact).chain(&mut shell.dependencies) {
                        artifact.sha256 = role::sha256_hex(artifact.name.as_bytes());
                    }
                }
            }
        }
    }
}

/// The score, its roles and their proof.
fn weave(topology: &Topology, weaving: Weaving) -> (Duration, usize, usize) {
    let start = Instant::now();
    let score = score::compose("bench", topology, weaving, &mut Sink::new()).expect("no faults");
    let roles = role::roles(&score);
    Certificate::prove(&roles).expect("sound roles");
    let took = start.elapsed();
    (
        took,
        score.steps.len(),
        score.steps.iter().map(|step| step.guards.len()).sum(),
    )
}

/// A TOSCA template of about `count` nodes: a tenth are hosts, the others files on them that require two others.
fn template(count: usize) -> String {
    let hosts = (count / 10).max(1);
    let mut text = String::from(
        "tosca_definitions_version: tosca_simple_yaml_1_3\nimports:\n  - khor:1.0\ntopology_template:\n  node_templates:\n",
    );
    for host in 0..hosts {
        let _ = writeln!(text, "    host{host}:\n      type: tosca.nodes.Compute");
    }
    for file in 0..count - hosts {
        let _ = writeln!(
            text,
            "    file{file}:\n      type: khor.nodes.File\n      properties:\n        path: /tmp/bench/{file}\n      \
             requirements:\n        - host: host{}",
            file % hosts
        );
        for before in [file / 2, file / 3].into_iter().filter(|before| *before < file) {
            let _ = writeln!(text, "        - dependency: file{before}");
        }
    }
    text
}

/// Topologies that are hard for one part of the weaving or another.
fn shapes(many: usize) -> Vec<(&'static str, Topology)> {
    let third = many / 3;
    vec![
        (
            "chain",
            shape(many, |_| true, |at| at.checked_sub(1).into_iter().collect()),
        ),
        (
            "tree",
            shape(
                many,
                |_| true,
                |at| if at == 0 { vec![] } else { vec![(at - 1) / 2] },
            ),
        ),
        (
            "fan",
            shape(many, |_| true, |at| if at == 0 { vec![] } else { vec![0] }),
        ),
        (
            "hourglass",
            shape(
                many,
                |at| at != third,
                |at| match at {
                    _ if at == third => (0..third).collect(),
                    _ if at > third => vec![third],
                    _ => vec![],
                },
            ),
        ),
        // Ten layers; every node requires 30 of the layer before; every other layer has nothing to do.
        (
            "empty layers",
            shape(
                many,
                |at| (at * 10 / many).is_multiple_of(2),
                |at| {
                    let layer = many / 10;
                    if at < layer {
                        return vec![];
                    }
                    let first = (at / layer - 1) * layer;
                    (0..30.min(layer))
                        .map(|other| first + (at * 7 + other * 13) % layer)
                        .collect()
                },
            ),
        ),
        (
            "empty chain",
            shape(
                many,
                |at| at % 2 == 0,
                |at| match at {
                    0 => vec![],
                    _ if at % 2 == 1 => [at.checked_sub(2), Some(at - 1)].into_iter().flatten().collect(),
                    _ => vec![at - 1],
                },
            ),
        ),
    ]
}

fn shape(many: usize, works: impl Fn(usize) -> bool, requires: impl Fn(usize) -> Vec<usize>) -> Topology {
    let span = Span::file(SourceId(0));
    let id = |at: usize| NodeId(u32::try_from(at).expect("few nodes"));
    let mut topology = Topology::default();
    for at in 0..many {
        let file = |name: OperationName| {
            let action = Action::File(FileAction {
                path: format!("/tmp/{at}.{name}").into(),
                ..FileAction::default()
            });
            let operation = Operation {
                check: Some(action.clone().into()),
                apply: Some(action.into()),
                inputs: VecMap::new(),
                data: khor::topology::Dataflow::default(),
                timeout: None,
                look: Looking::default(),
                span,
            };
            (name, operation)
        };
        let operations = [
            OperationName::Create,
            OperationName::Start,
            OperationName::Stop,
            OperationName::Delete,
        ];
        topology.nodes.push(Node {
            name: format!("n{at}"),
            type_name: String::new(),
            host: Some(Host {
                name: format!("h{}", at % 50),
                span: None,
                spread: Spread::Together,
            }),
            hosted_on: None,
            operations: if works(at) {
                operations.into_iter().map(file).collect()
            } else {
                VecMap::new()
            },
            retry: Retry::default(),
            scale: None,
            instance: None,
            span,
        });
        topology
            .relationships
            .extend(requires(at).into_iter().map(|target| Relationship {
                bond: Bond::Need,
                name: "dependency".into(),
                source: id(at),
                target: id(target),
                operations: VecMap::new(),
                span,
            }));
    }
    topology
}
