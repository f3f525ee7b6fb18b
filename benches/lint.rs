//! `khor lint` as users run it: whole runs of the binary over templates of 1,000, 10,000 and 100,000 nodes, against the
//! bare parser's events on the same bytes in the same run, and the start with a template of one node.
//!
//! `cargo bench --bench lint`. `KHOR_BENCH_FILE=PATH` measures that file instead of generated ones; `KHOR_BENCH_NODES=N`
//! stops at templates of N nodes. Figures are medians of interleaved rounds; `peak` is the most resident memory of any
//! run so far, so sizes go upwards. Aims: a ratio of at most 2.5, the same for every size; 10,000 nodes in under a second
//! and 150 MB; a start in under 10 ms.

#![allow(clippy::cast_precision_loss, reason = "figures")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use granit_parser::Parser;
use nix::sys::resource::{UsageWho, getrusage};

/// Sizes in nodes, and how often each is measured.
const SIZES: [(usize, usize); 3] = [(1_000, 21), (10_000, 9), (100_000, 3)];
const STARTS: usize = 51;

/// Types as a large service has them: refined, with data types, constraints, capabilities, and interfaces.
const TYPES: &str = "\
tosca_definitions_version: tosca_simple_yaml_1_3

metadata:
  template_name: large
  template_version: 1.0.0

data_types:
  bench.Endpoint:
    derived_from: tosca.datatypes.Root
    properties:
      path: { type: string, required: true }
      port: { type: integer, constraints: [ in_range: [ 1, 65535 ] ] }
      timeout: { type: scalar-unit.time, required: false, default: 30 s }

capability_types:
  bench.Service:
    derived_from: tosca.capabilities.Endpoint
    properties:
      weight: { type: integer, default: 1, constraints: [ greater_or_equal: 1 ] }

node_types:
  bench.Service:
    derived_from: tosca.nodes.SoftwareComponent
    properties:
      heap: { type: scalar-unit.size, default: 256 MB }
      replicas: { type: integer, constraints: [ in_range: [ 1, 100 ] ] }
      endpoint: { type: bench.Endpoint }
      labels: { type: map, entry_schema: { type: string } }
    capabilities:
      service: { type: bench.Service }
    requirements:
      - uses:
          capability: bench.Service
          relationship: tosca.relationships.ConnectsTo
          occurrences: [ 0, UNBOUNDED ]
    interfaces:
      Standard:
        create:
          implementation: scripts/create.sh
          inputs:
            HEAP: { value: { get_property: [ SELF, heap ] } }
        configure: scripts/configure.sh

topology_template:
  inputs:
    replicas: { type: integer, default: 2 }
  node_templates:
";

fn main() {
    // `cargo test --benches` runs this too, and asks for nothing but that it works.
    let short = !std::env::args().any(|argument| argument == "--bench");
    let most = std::env::var("KHOR_BENCH_NODES").ok();
    let most = most.and_then(|count| count.parse().ok()).unwrap_or(usize::MAX);
    let folder = tempfile::tempdir().expect("a scratch folder");
    write_scripts(folder.path());
    println!(
        "{:<16} {:>8} {:>12} {:>12} {:>10} {:>7} {:>9}",
        "text", "MB", "events MB/s", "lint MB/s", "lint ms", "ratio", "peak MB"
    );
    if let Some(path) = std::env::var_os("KHOR_BENCH_FILE") {
        measure("KHOR_BENCH_FILE", Path::new(&path), SIZES[1].1);
        return;
    }
    let path = folder.path().join("large.yaml");
    write_template(&path, 1);
    start(&path, if short { 1 } else { STARTS });
    for (nodes, rounds) in SIZES {
        if nodes > most || short && nodes > SIZES[0].0 {
            break;
        }
        write_template(&path, nodes);
        measure(&format!("{nodes} nodes"), &path, if short { 1 } else { rounds });
    }
}

/// What a run costs beside the text.
fn start(path: &Path, rounds: usize) {
    let took = median((0..rounds).map(|_| lint(path)).collect());
    println!("{:<16} {:>46.2} {:>17.1}", "1 node", took * 1e3, peak());
}

fn measure(name: &str, path: &Path, rounds: usize) {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    let (mut events, mut lints) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let begun = Instant::now();
        for event in Parser::new_from_str(&text) {
            black_box(event.expect("valid YAML"));
        }
        events.push(begun.elapsed());
        lints.push(lint(path));
    }
    let (events, lints, size) = (median(events), median(lints), text.len() as f64 / 1e6);
    println!(
        "{name:<16} {size:>8.2} {:>12.1} {:>12.1} {:>10.1} {:>7.2} {:>9.1}",
        size / events,
        size / lints,
        lints * 1e3,
        lints / events,
        peak()
    );
}

/// One run of the binary, from its start to its end.
fn lint(path: &Path) -> Duration {
    let begun = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_khor"))
        .args(["lint", "--format", "short"])
        .arg(path)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .status();
    let took = begun.elapsed();
    let code = status.expect("khor can be started").code();
    assert!(code.is_some_and(|code| code < 2), "khor lint ended with {code:?}");
    took
}

/// The most resident memory that any run so far had, in MB.
fn peak() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system counts");
    usage.max_rss() as f64 / 1e3
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

fn write_scripts(folder: &Path) {
    let scripts = folder.join("scripts");
    std::fs::create_dir(&scripts).expect("a new folder");
    for name in ["create.sh", "configure.sh", "start.sh"] {
        let path = scripts.join(name);
        std::fs::write(&path, "#!/bin/sh\n").expect("a new file");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let executable = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&path, executable).expect("our own file");
        }
    }
}

/// A valid template without anything to warn of: a tenth are hosts, the rest services that use two others.
fn write_template(path: &Path, nodes: usize) {
    let mut text = TYPES.to_owned();
    let hosts = nodes.div_ceil(10);
    for host in 0..hosts {
        let _ = write!(
            text,
            "    host_{host}:\n      type: tosca.nodes.Compute\n      capabilities:\n        host:\n          properties:\n            \
             num_cpus: {}\n            mem_size: {} GB\n        os:\n          properties: {{ type: linux, version: '12.{}' }}\n",
            1 + host % 8,
            1 + host % 64,
            host % 9,
        );
    }
    for node in 0..nodes - hosts {
        let _ = write!(
            text,
            "    # service {node} of the large template\n    service_{node}:\n      type: bench.Service\n      \
             description: \"Service {node}: it does what it's told\"\n      properties:\n        heap: {} MB\n        \
             replicas: {{ get_input: replicas }}\n        endpoint:\n          path: /api/v{}/{node}\n          port: {}\n        \
             labels:\n          tier: tier-{}\n          owner: 'team \"{}\"'\n      requirements:\n        - host: host_{}\n",
            64 << (node % 6),
            node % 4,
            1024 + node % 60_000,
            node % 5,
            node % 17,
            node % hosts,
        );
        for other in [node / 2, node / 3].into_iter().filter(|other| *other < node) {
            let _ = writeln!(text, "        - uses: service_{other}");
        }
        if node % 3 == 0 {
            text.push_str(
                "      interfaces:\n        Standard:\n          operations:\n            start:\n              \
                 implementation: scripts/start.sh\n              inputs:\n                PORT: { get_property: [ SELF, endpoint, port ] }\n",
            );
        }
    }
    if nodes == 1 {
        text.push_str("    spare: { type: tosca.nodes.Compute }\n");
    }
    std::fs::write(path, text).expect("the scratch folder can be written");
}
