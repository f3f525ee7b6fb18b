//! The README's example prints what the README shows.

mod support;

use support::khor::khor;

/// The first block of this language.
fn block<'t>(readme: &'t str, language: &str) -> &'t str {
    let (_, rest) = readme.split_once(&format!("```{language}\n")).expect("a block");
    rest.split_once("```").expect("an end").0
}

#[test]
fn the_example_of_two_minutes_is_linted_as_shown() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("motd.yaml"), block(&readme, "yaml")).unwrap();
    let output = khor()
        .args(["lint", "motd.yaml"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), block(&readme, "text"));
}
