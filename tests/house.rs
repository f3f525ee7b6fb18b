//! Holds the house rule: a room imports only rooms below it, and nothing under the IO line does IO or waits.

use std::path::{Path, PathBuf};

/// The rooms from the ground up.
const ROOMS: [&str; 15] = [
    "source",
    "diagnostic",
    "yaml",
    "grammar",
    "render",
    "topology",
    "khoreia",
    "tosca",
    "lint",
    "score",
    "role",
    "choreography",
    "store",
    "engine",
    "agent",
];
/// The first room above the IO line.
const IO_LINE: &str = "store";
const IO: [&str; 5] = ["tokio", "std::fs", "std::net", "std::process", "std::thread"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .expect("the room is a folder")
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .collect()
}

#[test]
fn rooms_import_only_downward_and_the_pure_ones_do_no_io() {
    let io_line = ROOMS.iter().position(|room| *room == IO_LINE).unwrap();
    let mut faults = Vec::new();
    for (height, room) in ROOMS.iter().enumerate() {
        for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for (line, code) in (1..)
                .zip(text.lines())
                .filter(|(_, code)| !code.trim_start().starts_with("//"))
            {
                let place = format!("{}:{line}: {room}", file.display());
                let above = ROOMS[height + 1..].iter().chain(&["cli"]);
                let upper = above.filter(|upper| code.contains(&format!("crate::{upper}")));
                faults
                    .extend(upper.map(|upper| format!("{place} must not import {upper}, which is above it")));
                let io = IO.iter().filter(|io| height < io_line && code.contains(*io));
                faults.extend(io.map(|io| format!("{place} is below the IO line and must not use {io}")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
