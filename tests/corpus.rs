//! Holds `khor lint` against a corpus of real TOSCA files with known verdicts, and of broken ones.
//!
//! `KHOR_CORPUS` names the folder; without it nothing is held. It has `manifest.jsonl` (a file and its verdict a line)
//! and `mutants.jsonl` (a valid file, broken in one named way, a line). Of the Simple Profile's files,
//!
//! * each whose verdict is well founded must get it, unless `tests/corpus-disputes.md` says why khor does not share it;
//! * each mutant must be rejected with an error at the line of the fault that names what is wrong.
//!
//! Every file, whatever its version, must end without a panic, and each error must have a place.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

/// Far more than any file takes: only what hangs runs into it.
const DEADLINE: Duration = Duration::from_mins(1);
/// The versions that khor reads.
const OURS: &str = "tosca_simple_yaml";
/// How a heading of the list of disputes begins, before the file's name and a closing backtick.
const DISPUTED: &str = "## `";

/// What `khor lint` says of one file.
struct Report {
    code: i32,
    errors: Vec<Value>,
}

/// Lints one file; the error says how it ended instead.
fn lint(path: &Path) -> Result<Report, String> {
    let child = Command::new(env!("CARGO_BIN_EXE_khor"))
        .args(["lint", "--format", "json"])
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("khor can be started");
    let id = child.id();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(DEADLINE) else {
        let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        return Err(format!("runs for more than {DEADLINE:?}"));
    };
    let output = output.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    let Some(code @ 0..=1) = output.status.code() else {
        return Err(format!("{}: {said}", output.status));
    };
    let report: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("no JSON: {error}: {said}"))?;
    let all = report["diagnostics"].as_array().cloned().unwrap_or_default();
    let errors: Vec<_> = all
        .into_iter()
        .filter(|fault| fault["severity"] == "error")
        .collect();
    if errors.is_empty() == (code == 1) {
        return Err(format!("exit code {code} with {} errors", errors.len()));
    }
    match errors
        .iter()
        .find(|error| error["line"].as_u64().unwrap_or(0) == 0)
    {
        Some(lost) => Err(format!("an error without a place: {}", lost["message"])),
        None => Ok(Report { code, errors }),
    }
}

/// The lines of a list in the corpus.
fn rows(corpus: &Path, name: &str) -> Vec<Value> {
    let path = corpus.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_default()
}

/// Lints every file that `rows` name under `path`, on all processors; the answers are in the order of the rows.
fn lint_all(corpus: &Path, rows: &[Value]) -> Vec<Result<Report, String>> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((at, row)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|at| rows.get(at).map(|row| (at, row)))
                {
                    let answer = lint(&corpus.join(text(row, "path")));
                    answers.lock().unwrap().push((at, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap();
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Whether the verdict is well founded.
fn is_gated(row: &Value) -> bool {
    text(row, "version").starts_with(OURS)
        && matches!(text(row, "verdict"), "valid" | "invalid")
        && matches!(text(row, "confidence"), "suite" | "high" | "spec-judged")
        && !row["fragment"].as_bool().unwrap_or(false)
}

/// Whether an error is the one that a mutant was made for.
fn places(error: &Value, mutant: &Value) -> bool {
    let base = Path::new(text(mutant, "file"))
        .file_name()
        .and_then(|name| name.to_str());
    let here = text(error, "file").ends_with(base.unwrap_or("?")) && error["line"] == mutant["line"];
    // A cycle is told at any of its lines.
    let here = here || text(mutant, "fault").contains("cycl");
    here && error.to_string().contains(text(mutant, "name"))
}

fn disputes() -> BTreeSet<String> {
    include_str!("corpus-disputes.md")
        .lines()
        .filter_map(|line| line.strip_prefix(DISPUTED)?.strip_suffix('`'))
        .map(str::to_owned)
        .collect()
}

fn of_real_files(corpus: &Path, faults: &mut String) {
    let rows = rows(corpus, "manifest.jsonl");
    assert!(!rows.is_empty(), "the manifest is empty");
    let mut disputed = disputes();
    let (mut gated, mut right) = (0, 0);
    for (row, answer) in rows.iter().zip(lint_all(corpus, &rows)) {
        let path = text(row, "path");
        let report = match answer {
            Ok(report) => report,
            Err(end) => {
                writeln!(faults, "{path}: {end}").unwrap();
                continue;
            }
        };
        if !is_gated(row) {
            continue;
        }
        gated += 1;
        let verdict = if report.code == 0 { "valid" } else { "invalid" };
        let is_right = verdict == text(row, "verdict");
        right += usize::from(is_right);
        match (is_right, disputed.remove(path)) {
            (true, false) | (false, true) => {}
            (true, true) => {
                writeln!(faults, "{path}: is disputed, and khor shares the verdict").unwrap();
            }
            (false, false) => {
                let first = report.errors.first().map_or("", |error| text(error, "message"));
                let from = text(row, "verdict_from");
                let expected = text(row, "verdict");
                writeln!(
                    faults,
                    "{path}: expected {expected} ({from}), found {verdict}: {first}"
                )
                .unwrap();
            }
        }
    }
    for path in disputed {
        writeln!(faults, "{path}: is disputed, and not in the corpus").unwrap();
    }
    println!(
        "corpus: {} files without a crash are looked at; of {gated} verdicts, {right} are shared",
        rows.len()
    );
}

fn of_mutants(corpus: &Path, faults: &mut String) {
    let mut rows = rows(corpus, "mutants.jsonl");
    rows.retain(|row| text(row, "version").starts_with(OURS));
    for (row, answer) in rows.iter().zip(lint_all(corpus, &rows)) {
        let path = text(row, "path");
        let errors = answer.map(|report| report.errors);
        if errors
            .as_ref()
            .is_ok_and(|errors| errors.iter().any(|error| places(error, row)))
        {
            continue;
        }
        let said: Vec<_> = match &errors {
            Ok(errors) => errors
                .iter()
                .map(|error| format!("{}: {}", error["line"], error["message"]))
                .collect(),
            Err(end) => vec![end.clone()],
        };
        let (line, fault, name) = (&row["line"], text(row, "fault"), text(row, "name"));
        writeln!(
            faults,
            "{path}:{line}: {fault} (`{name}`) is not told there: {}",
            said.join("; ")
        )
        .unwrap();
    }
    println!("corpus: {} mutants", rows.len());
}

#[test]
fn every_founded_verdict_is_shared_and_every_mutant_rejected() {
    let Some(corpus) = std::env::var_os("KHOR_CORPUS").map(PathBuf::from) else {
        // Past the harness, which keeps what a passing test prints.
        let _ = writeln!(
            std::io::stderr(),
            "KHOR_CORPUS names no corpus: nothing is held against one"
        );
        return;
    };
    let mut faults = String::new();
    of_real_files(&corpus, &mut faults);
    of_mutants(&corpus, &mut faults);
    assert!(faults.is_empty(), "\n{faults}");
}
