//! MB/s of reading text into trees, against the bare parser's events on the same bytes in the same run.
//!
//! `cargo bench --bench parse`; `KHOR_BENCH_FILE=PATH` measures a file instead of generated text. The ratio is what
//! counts: 1 would be a tree for nothing. Figures are medians of interleaved rounds, because machines vary.

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use granit_parser::Parser;
use khor::diagnostic::Sink;
use khor::source::SourceMap;
use khor::yaml;

const ROUNDS: usize = 9;

/// A service template of `nodes` nodes, written the way people write them.
fn template(nodes: usize) -> String {
    let mut text = String::from(
        "tosca_definitions_version: tosca_simple_yaml_1_3\n\n# generated for a benchmark\nmetadata:\n  \
         template_name: large\n\ntopology_template:\n  inputs:\n    port:\n      type: integer\n      default: 8080\n  \
         node_templates:\n",
    );
    for node in 0..nodes {
        write!(
            text,
            "    # node {node} of the generated service\n    node_{node}:\n      type: tosca.nodes.SoftwareComponent\n      \
             description: \"Node {node}: it does what it's told\"\n      properties:\n        component_version: 1.{node}.0\n        \
             port: {{ get_input: port }}\n        message: 'a \"quoted\" text of node {node}'\n        tags: [web, \"tier-{}\", {node}]\n        \
             motd: |\n          Welcome to node {node}.\n          Nothing to see here.\n      \
             requirements:\n        - host: compute_{}\n        - dependency:\n            node: node_{}\n            \
             relationship: tosca.relationships.DependsOn\n      interfaces:\n        Standard:\n          operations:\n            \
             create:\n              implementation: scripts/create.sh\n              inputs:\n                NAME: {{ get_property: [SELF, component_version] }}\n            \
             configure: scripts/configure.sh\n",
            node % 7,
            node % 100,
            node / 2,
        )
        .expect("a String takes everything");
    }
    text
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

fn main() {
    let named = std::env::var_os("KHOR_BENCH_FILE");
    let texts: Vec<(String, String)> = match named {
        Some(path) => vec![(
            path.to_string_lossy().into_owned(),
            std::fs::read_to_string(&path).expect("KHOR_BENCH_FILE can be read"),
        )],
        None => [100, 10_000]
            .map(|nodes| (format!("{nodes} nodes"), template(nodes)))
            .into(),
    };
    println!(
        "{:<20} {:>9} {:>12} {:>12} {:>7} {:>12}",
        "text", "MB", "events MB/s", "tree MB/s", "ratio", "nodes"
    );
    for (name, text) in texts {
        let mut sources = SourceMap::new();
        let source = sources.add("bench.yaml", text);
        let text = sources.get(source).text.clone();
        let (mut events, mut trees) = (Vec::new(), Vec::new());
        let mut nodes = 0;
        for _ in 0..ROUNDS {
            events.push(timed(|| {
                let parser = Parser::new_from_str(&text);
                for event in parser {
                    black_box(event.expect("valid YAML"));
                }
            }));
            let mut tree = None;
            trees.push(timed(|| {
                let mut sink = Sink::new();
                tree = Some(black_box(yaml::parse(&sources, source, &mut sink)));
                assert!(!sink.has_errors());
            }));
            nodes = tree.map_or(0, |tree| tree.len());
        }
        let size = f64::from(u32::try_from(text.len()).expect("less than 4 GB")) / 1e6;
        let (events, trees) = (median(events), median(trees));
        println!(
            "{name:<20} {size:>9.2} {:>12.1} {:>12.1} {:>7.2} {nodes:>12}",
            size / events,
            size / trees,
            trees / events
        );
    }
}
