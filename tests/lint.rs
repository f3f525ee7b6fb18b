//! Literate tests of `khor lint`: every case in `tests/lint/*.md` holds a source and the exact output for it.
//!
//! A case is one or more fenced `yaml` blocks and the fenced `text` block behind them. The first `yaml` block is linted,
//! as `topology.yaml` unless it has a title; the others, with titles (`yaml title="other.yaml"`), lie beside it.
//! A `toml` block with a title lies beside it too. Files that begin with `#!` are executable, except below `plain/`. Titles like `app.csar!/x.yaml` are packed into an archive, which is
//! linted where the first title is of that kind; so is a folder whose `TOSCA-Metadata/TOSCA.meta` comes first.
//! `text compile` holds what `khor compile --dry-run` says instead, for faults that linting cannot know of.
//! `text short` holds the output of `--format short`, a plain `text` that of `--format full`, without colour and 100
//! columns wide. `KHOR_BLESS=1 cargo test --test lint` writes what is printed into the files.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, Default)]
struct Case {
    /// The heading above.
    name: String,
    files: Vec<(String, String)>,
    short: bool,
    /// It is compiled, not linted.
    compiled: bool,
    expected: String,
    /// The lines of the document that hold the expected output.
    lines: std::ops::Range<usize>,
}

fn cases(document: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = Case::default();
    let mut name = String::new();
    let mut lines = document.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        if let Some(heading) = line.strip_prefix('#') {
            heading.trim_matches(['#', ' ']).clone_into(&mut name);
        }
        let Some(fence) = line.strip_prefix("```") else {
            continue;
        };
        let mut content = String::new();
        let mut range = None;
        for (at, line) in lines.by_ref() {
            let first = range.map_or(at, |(first, _)| first);
            range = Some((first, at));
            if line == "```" {
                break;
            }
            content.push_str(line);
            content.push('\n');
        }
        if fence.starts_with("yaml") || fence.starts_with("toml") {
            let title = fence.split('"').nth(1).unwrap_or("topology.yaml");
            case.files.push((title.to_owned(), content));
        } else if fence.starts_with("text") {
            case.name.clone_from(&name);
            case.short = fence.contains("short");
            case.compiled = fence.contains("compile");
            case.expected = content;
            case.lines = range.map_or(0..0, |(first, end)| first..end);
            assert!(
                !case.files.is_empty(),
                "a `text` block without a `yaml` block before it: {name}"
            );
            cases.push(std::mem::take(&mut case));
        }
    }
    cases
}

fn output(case: &Case) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut archives: BTreeMap<&str, zip::ZipWriter<File>> = BTreeMap::new();
    for (name, content) in &case.files {
        if let Some((archive, name)) = name.split_once("!/") {
            let archive = archives
                .entry(archive)
                .or_insert_with(|| zip::ZipWriter::new(File::create(folder.path().join(archive)).unwrap()));
            archive
                .start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            archive.write_all(content.as_bytes()).unwrap();
            continue;
        }
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        // Scripts are executable, unless a case is about one that is not.
        if content.starts_with("#!") && !name.starts_with("plain/") {
            std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        }
    }
    for archive in archives.into_values() {
        archive.finish().unwrap();
    }
    let first = &case.files[0].0;
    let linted = match first.split_once("!/") {
        Some((archive, _)) => archive,
        None => first.strip_suffix("/TOSCA-Metadata/TOSCA.meta").unwrap_or(first),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_khor"));
    command.current_dir(&folder).env("KHOR_STATE", folder.path());
    if case.compiled {
        command.args(["compile", "--dry-run", "--color", "never", linted]);
    } else {
        command.args(["lint", "--color", "never", "--format"]);
        command.args([if case.short { "short" } else { "full" }, linted]);
    }
    let output = command.output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    if case.compiled {
        text = errors;
    } else {
        assert!(errors.is_empty(), "{}: {errors}", case.name);
    }
    // Markdown editors strip blanks at line ends; a line of the text may end in some.
    let lines = text.lines().map(str::trim_end);
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same = expected
        .iter()
        .zip(&found)
        .take_while(|(one, other)| one == other)
        .count();
    let tail = (expected[same..].iter().rev())
        .zip(found[same..].iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let mut out = String::new();
    for line in &expected[..same] {
        let _ = writeln!(out, "   {line}");
    }
    for line in &expected[same..expected.len() - tail] {
        let _ = writeln!(out, " - {line}");
    }
    for line in &found[same..found.len() - tail] {
        let _ = writeln!(out, " + {line}");
    }
    for line in &expected[expected.len() - tail..] {
        let _ = writeln!(out, "   {line}");
    }
    out
}

fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn every_case_prints_what_the_documents_say() {
    let bless = std::env::var_os("KHOR_BLESS").is_some();
    let mut wrong = String::new();
    let mut count = 0;
    for path in documents() {
        let document = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = document.lines().map(str::to_owned).collect();
        // From the last to the first, so that the lines of those before stay where they are.
        for case in cases(&document).into_iter().rev() {
            count += 1;
            let found = output(&case);
            if found == case.expected {
                continue;
            }
            if bless {
                lines.splice(case.lines.clone(), found.lines().map(str::to_owned));
            } else {
                let difference = difference(&case.expected, &found);
                let _ = write!(wrong, "\n{}: {}\n{difference}", path.display(), case.name);
            }
        }
        if bless {
            std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        }
    }
    assert!(count > 0, "there are no cases");
    assert!(
        wrong.is_empty(),
        "output differs (- expected, + printed):\n{wrong}"
    );
}
