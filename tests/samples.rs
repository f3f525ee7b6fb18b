//! Every sample is linted, compiled and played.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use support::khor::{Agent, ok, run};
use support::{free_port, wait_until};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// The topology files among the samples.
fn topologies(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| {
        if path.is_dir() {
            topologies(&path)
        } else {
            vec![path]
        }
    });
    found
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect()
}

#[test]
fn every_sample_is_clean_and_compiles() {
    let all = topologies(&samples());
    assert!(all.len() >= 3, "{all:?}");
    for sample in all {
        let path = sample.to_str().unwrap();
        ok(&["lint", "--deny", "warnings", path]);
        ok(&["compile", "--dry-run", "--certificate", path]);
    }
}

#[test]
fn both_forms_of_the_eight_nodes_make_the_same_sixteen_files() {
    let files = |sample: &str| {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let sample = samples().join(sample);
        let state = folder.path().join("state");
        let arguments = [
            "up",
            "--once",
            "--store",
            "memory:",
            "--root",
            root.to_str().unwrap(),
        ];
        ok(&[
            &arguments[..],
            &["--state", state.to_str().unwrap(), sample.to_str().unwrap()],
        ]
        .concat());
        let mut files = everything(&root);
        for file in &mut files {
            *file = file.strip_prefix(&root).unwrap().to_owned();
        }
        files.sort();
        files
    };
    let khoreia = files("khoreia/topology.yaml");
    assert_eq!(khoreia.len(), 16, "{khoreia:?}");
    assert_eq!(files("tosca/eight-nodes.yaml"), khoreia);
}

fn everything(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                everything(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// What a web server answers to `GET path`; none while nobody listens.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// Ends the processes that the web sample started, whatever becomes of the test.
struct Servers(Vec<u16>);

impl Servers {
    fn kill(port: u16) {
        let pattern = format!("http.server {port} ");
        let _ = std::process::Command::new("pkill")
            .args(["-9", "-f", &pattern])
            .status();
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.0.iter().copied().for_each(Self::kill);
    }
}

#[test]
fn the_web_sample_lives_a_whole_life() {
    let folder = tempfile::tempdir().unwrap();
    let (db, web) = (free_port(), free_port());
    let _servers = Servers(vec![db, web]);
    let store = format!("sqlite:{}", folder.path().join("store.db").display());
    let sample = samples().join("tosca/web/web.tosca.yaml");
    let data = format!("data_dir={}", folder.path().join("data").display());
    let (db_port, web_port) = (format!("db_port={db}"), format!("web_port={web}"));
    let inputs = ["--input", &data, "--input", &db_port, "--input", &web_port];
    ok(&[
        &["compile", "--store", &store, sample.to_str().unwrap()],
        &inputs[..],
    ]
    .concat());
    let mut agents = ["web_host", "db_host"].map(|host| Agent::start(host, &store, folder.path()));
    agents.iter_mut().for_each(Agent::ready);
    ok(&["status", "web", "--wait", "60", "--store", &store]);
    wait_until("the page is served", || get(web, "/").is_some());
    let page = get(web, "/").unwrap();
    assert!(
        page.contains("<h1>The shop</h1>") && page.contains("<li>quinces</li>"),
        "{page}"
    );
    Servers::kill(web);
    wait_until("the web server is back", || get(web, "/").is_some());
    // The page is checked by a script: what somebody spoils is mended, too.
    let index = folder.path().join("data/www/index.html");
    std::fs::write(&index, "<h1>spoilt</h1>").unwrap();
    wait_until("the page is mended", || {
        get(web, "/").is_some_and(|page| page.contains("<h1>The shop</h1>"))
    });

    // Another port for the catalogue: who serves it and who reads it, and nothing else.
    let port = free_port();
    let _other = Servers(vec![port]);
    let other_port = format!("db_port={port}");
    let inputs = ["--input", &data, "--input", &other_port, "--input", &web_port];
    let khor = |verb: &str, more: &[&str]| {
        let file = sample.to_str().unwrap();
        run(&[&[verb, "--store", &store, file], &inputs[..], more].concat())
    };
    let plan = khor("plan", &[]);
    let said = String::from_utf8(plan.stdout).unwrap();
    assert_eq!(plan.status.code(), Some(3), "{said}");
    assert!(
        said.contains("again   catalogue_server.start") && said.contains("again   page.configure"),
        "{said}"
    );
    assert!(
        said.contains("0 to run, 2 again, 0 to take something away"),
        "{said}"
    );
    assert!(khor("compile", &[]).status.success());
    ok(&["status", "web", "--wait", "60", "--store", &store]);
    wait_until("the catalogue is served there", || {
        get(port, "/catalogue.json").is_some()
    });
    assert!(get(db, "/catalogue.json").is_none(), "and no longer where it was");
    assert_eq!(khor("plan", &[]).status.code(), Some(0));

    // The database moves to the other host: gone from the old one before it is made on the new one.
    let place = ["--place", "catalogue*=web_host"];
    let said = String::from_utf8(khor("plan", &place).stdout).unwrap();
    assert!(said.contains("remove  catalogue.delete"), "{said}");
    assert!(said.contains("`catalogue` moves here from db_host"), "{said}");
    assert!(khor("compile", &place).status.success());
    ok(&["status", "web", "--wait", "60", "--check", "--store", &store]);
    let since = |step: &str| {
        let report = ok(&["status", "web", "--format", "json", "--store", &store]);
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        let hosts = report["applications"][0]["hosts"].as_array().unwrap().clone();
        let nodes = hosts.iter().flat_map(|host| host["nodes"].as_array().unwrap());
        let steps = nodes.flat_map(|node| node["steps"].as_array().unwrap());
        let found = steps
            .filter(|one| one["step"] == *step)
            .map(|one| one["since"].as_u64().unwrap());
        found.max().unwrap()
    };
    assert!(since("catalogue.delete") <= since("catalogue.create"));
    wait_until("it is served again", || get(port, "/catalogue.json").is_some());

    // And all of it goes.
    let said = ok(&["teardown", "web", "--wait", "60", "--store", &store]);
    assert!(said.ends_with("web is gone\n"), "{said}");
    assert!(!folder.path().join("data").exists(), "no file is left");
    for port in [db, web, port] {
        assert!(get(port, "/").is_none(), "no process is left");
    }
    for host in ["web_host", "db_host"] {
        let state = folder.path().join(format!("state-{host}/hosts/{host}/web"));
        wait_until("no state is left", || !state.exists());
    }
}
