//! Every code's text: it says what, why and how to mend it, and its example has the fault; and `docs/rules.md` is up to
//! date.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use khor::diagnostic::{Code, codes};

/// Codes whose fault no text of a topology can show.
const WITHOUT_EXAMPLE: &[(&str, &str)] = &[
    ("K0001", "a file that is not there"),
    ("K0002", "bytes that are no text"),
    ("K0003", "nothing at all"),
    ("K0021", "a hundred levels"),
    ("K0022", "ten million nodes"),
    ("K0025", "fifty faults"),
    ("K0030", "only in an archive"),
    ("K0032", "only in an archive"),
    ("K0033", "only in an archive"),
    ("K2021", "found when compiling"),
    ("K4002", "found when compiling"),
    ("K4004", "found when compiling"),
    ("K4005", "found when compiling"),
    ("K4006", "found when compiling"),
    ("K9013", "not in a topology"),
    ("K9014", "not in a topology"),
    ("K9113", "in a script, not in a topology"),
    ("K9114", "the mode of a script, not in a topology"),
];

/// Codes whose example is an excerpt: the types it speaks of would be longer than the fault, it lies in an archive, or it needs
/// another file.
const EXCERPTS: &[&str] = &[
    "K0031", "K0034", "K2051", "K2060", "K2061", "K2063", "K2070", "K2093", "K2094",
];

fn text(code: &Code) -> String {
    let lines = code
        .doc
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The first `yaml` block, and what stands behind it.
fn parts(text: &str) -> (Option<String>, &str) {
    let block = text
        .split_once("```yaml\n")
        .and_then(|(_, rest)| rest.split_once("```"));
    block.map_or((None, text), |(block, after)| (Some(block.to_owned()), after))
}

/// The example as a whole document: sections of a topology template get their surroundings, a version is added.
fn complete(example: &str) -> String {
    if example.contains("tosca_definitions_version") || example.starts_with('-') {
        return example.to_owned();
    }
    let sections = [
        "inputs:",
        "outputs:",
        "node_templates:",
        "relationship_templates:",
        "groups:",
        "policies:",
        "workflows:",
        "substitution_mappings:",
    ];
    let mut whole = String::from("tosca_definitions_version: tosca_simple_yaml_1_3\n");
    let is_section = sections.iter().any(|section| example.starts_with(section));
    if is_section {
        whole.push_str("topology_template:\n");
    }
    for line in example.lines() {
        let _ = writeln!(whole, "{}{line}", if is_section { "  " } else { "" });
    }
    whole
}

fn lint(example: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("example.yaml"), complete(example)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_khor"))
        .current_dir(&folder)
        .args(["lint", "--format", "short", "--color", "never", "example.yaml"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_example_of_each_code_has_its_fault() {
    let mut wrong = String::new();
    for code in codes::all() {
        let text = text(code);
        let (example, mend) = parts(&text);
        let is_excused = WITHOUT_EXAMPLE.iter().any(|(id, _)| *id == code.id);
        match example {
            _ if is_excused => {}
            Some(_) if EXCERPTS.contains(&code.id) => {}
            None => {
                let _ = writeln!(
                    wrong,
                    "{} {}: no `yaml` block shows the fault",
                    code.id, code.rule
                );
            }
            Some(example) => {
                let found = lint(&example);
                if !found.contains(code.id) {
                    let _ = writeln!(
                        wrong,
                        "{} {}: not found in its example, but\n{found}",
                        code.id, code.rule
                    );
                }
            }
        }
        if text.trim().split("\n\n").count() < 2 || mend.trim().is_empty() {
            let _ = writeln!(wrong, "{} {}: nothing says how to mend it", code.id, code.rule);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_page_of_all_rules_is_up_to_date() {
    let output = Command::new(env!("CARGO_BIN_EXE_khor"))
        .args(["explain", "--markdown"])
        .output()
        .unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    assert!(
        std::fs::read_to_string(kept).is_ok_and(|kept| kept == page),
        "docs/rules.md is older than the codes: run `make rules`"
    );
}

/// Codes that no literate test shows, because the text would be too long or is none, and the test that shows them.
const SHOWN_ELSEWHERE: &[(&str, &str)] = &[
    ("K0001", "tests/bad_input.rs"),
    ("K0002", "tests/bad_input.rs"),
    ("K0021", "tests/bad_input.rs"),
    ("K0022", "tests/bad_input.rs"),
    ("K0025", "tests/bad_input.rs"),
    ("K4004", "tests/compile.rs"),
    ("K9014", "tests/fetch.rs"),
];

/// Every fault is shown with its exact message, so that each message was read by somebody once.
#[test]
fn every_code_is_in_a_literate_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = std::fs::read_dir(root.join("tests/lint")).unwrap();
    let texts = documents.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let shown: String = texts.collect();
    let mut wrong = String::new();
    for code in codes::all() {
        // As `full` and `short` write it.
        let is_shown = shown.contains(&format!("{} {}", code.id, code.rule));
        let elsewhere = SHOWN_ELSEWHERE.iter().find(|(id, _)| *id == code.id);
        match (is_shown, elsewhere) {
            (true, None) => {}
            (false, Some((_, test))) => {
                let content = std::fs::read_to_string(root.join(test)).unwrap();
                if !content.contains(code.id) {
                    let _ = writeln!(wrong, "{}: {test} does not name it", code.id);
                }
            }
            (true, Some(_)) => {
                let _ = writeln!(
                    wrong,
                    "{}: take it off SHOWN_ELSEWHERE, a literate test shows it",
                    code.id
                );
            }
            (false, None) => {
                let _ = writeln!(
                    wrong,
                    "{} {}: no case of tests/lint/*.md shows it",
                    code.id, code.rule
                );
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
