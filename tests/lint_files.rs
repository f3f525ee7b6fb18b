//! Which files `khor lint` looks at: several, directories, patterns, standard input.

mod support;

use std::io::Write;
use std::process::Stdio;

use tempfile::TempDir;

const FINE: &str = "tosca_definitions_version: tosca_simple_yaml_1_3\nnode_types: { A: { derived_from: tosca.nodes.Root } }\n";
const BAD: &str = "tosca_definitions_version: tosca_simple_yaml_1_3\nnode_typs: {}\n";
const META: &str =
    "TOSCA-Meta-File-Version: 1.1\nCSAR-Version: 1.1\nCreated-By: me\nEntry-Definitions: D/app.yaml\n";

fn place(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Exit code and output of `khor lint --format short` in `folder`.
fn lint(folder: &TempDir, arguments: &[&str]) -> (i32, String) {
    lint_with(folder, arguments, "")
}

fn lint_with(folder: &TempDir, arguments: &[&str], input: &str) -> (i32, String) {
    let mut child = support::khor::khor()
        .current_dir(folder)
        .args(["lint", "--format", "short"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[test]
fn patterns_are_expanded_by_khor_itself() {
    let folder = place(&[
        ("templates/a.yaml", FINE),
        ("templates/deep/b.yaml", BAD),
        ("templates/deep/c.yml", FINE),
        ("templates/.hidden/d.yaml", BAD),
    ]);
    let (code, said) = lint(&folder, &["templates/**/*.yaml"]);
    assert_eq!(code, 1);
    assert!(
        said.starts_with("templates/deep/b.yaml:2:1: error[K1001") && said.ends_with("1 error in 2 files\n"),
        "{said}"
    );
    let (code, said) = lint(
        &folder,
        &["templates/**/*.{yaml,yml}", "templates/a.yaml", "./templates"],
    );
    assert!(code == 1 && said.ends_with("in 3 files\n"), "each once: {said}");

    let (code, said) = lint(&folder, &["templates/*.json"]);
    assert_eq!(code, 2, "a gate that looks at nothing is not open");
    assert!(said.contains("no file fits `templates/*.json`"), "{said}");
}

#[test]
fn a_file_whose_name_looks_like_a_pattern_is_a_file() {
    let folder = place(&[("a[1].yaml", BAD), ("a1.yaml", FINE)]);
    let (code, said) = lint(&folder, &["a[1].yaml"]);
    assert!(code == 1 && said.starts_with("a[1].yaml:2:1"), "{said}");
}

#[test]
fn in_directories_topologies_count_and_archives_are_one_thing() {
    let folder = place(&[
        ("app.yaml", FINE),
        ("values.yaml", "a: 1\n"),
        (".github/ci.yaml", "on: push\n"),
        ("csar/TOSCA-Metadata/TOSCA.meta", META),
        ("csar/D/app.yaml", BAD),
        ("csar/D/never-imported.yaml", BAD),
    ]);
    let (code, said) = lint(&folder, &["."]);
    assert_eq!(code, 1);
    assert!(
        said.starts_with("csar/D/app.yaml:2:1") && said.ends_with("1 error in 2 files\n"),
        "{said}"
    );
    let (code, said) = lint(&folder, &[".github"]);
    assert!(
        code == 2 && said.contains("there is no topology in `.github`"),
        "{said}"
    );
}

#[test]
fn a_hook_may_name_every_file() {
    let folder = place(&[("app.yaml", BAD), ("values.yaml", "a: 1\n")]);
    let (code, said) = lint(&folder, &["--skip-unrelated", "app.yaml", "values.yaml"]);
    assert!(code == 1 && said.ends_with("1 error in 1 file\n"), "{said}");
    let (code, said) = lint(&folder, &["--skip-unrelated", "values.yaml"]);
    assert!(code == 0 && said.ends_with("no faults in 0 files\n"), "{said}");
    assert_eq!(lint(&folder, &["values.yaml"]).0, 1);
}

#[test]
fn standard_input_stands_beside_files_and_has_the_settings_of_where_it_is() {
    let folder = place(&[
        ("app.yaml", FINE),
        ("types.yaml", FINE),
        (
            "khor.toml",
            "[imports]\n\"https://example.com/t.yaml\" = \"types.yaml\"\n",
        ),
    ]);
    let input = "tosca_definitions_version: tosca_simple_yaml_1_3\nimports: [ https://example.com/t.yaml ]\n\
                 topology_template: { node_templates: { a: { type: A } } }\n";
    let (code, said) = lint_with(&folder, &["-", "app.yaml"], input);
    assert!(code == 0 && said == "no faults in 2 files\n", "{said}");
    let (code, said) = lint_with(&folder, &["-"], &input.replace("type: A", "type: B"));
    assert!(code == 1 && said.starts_with("<stdin>:3:"), "{said}");
}

#[test]
fn warnings_close_the_gate_only_when_denied() {
    let folder = place(&[(
        "app.yaml",
        "tosca_definitions_version: tosca_simple_yaml_1_3\nimports: [ khor:1.0, khor:1.0 ]\n",
    )]);
    let (code, said) = lint(&folder, &["app.yaml"]);
    assert!(code == 0 && said.contains("warning[K2092"), "{said}");
    let (code, said) = lint(&folder, &["--deny", "warnings", "app.yaml"]);
    assert!(code == 1 && said.contains("error[K2092"), "{said}");
}
