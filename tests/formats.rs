//! The formats for machines, on every fault that the literate cases have: SARIF held against its schema (OASIS, SARIF
//! 2.1.0, `sarif-schema-2.1.0.json`), JUnit as well-formed XML, GitHub's annotations as GitHub reads them.

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

/// Every first `yaml` block of a literate case as a file, under names that need escaping; and more that is odd.
fn faults() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    for document in std::fs::read_dir(documents).unwrap() {
        let text = std::fs::read_to_string(document.unwrap().path()).unwrap();
        for block in text.split("\n```yaml").skip(1) {
            let (title, rest) = block.split_once('\n').unwrap();
            let content = rest.split("\n```").next().unwrap();
            if title.is_empty() || title.contains("topology") {
                count += 1;
                write(&folder, &format!("case {count} ü#100%.yaml"), content);
            }
        }
    }
    assert!(count > 100, "{count} cases");
    let odd = "tosca_definitions_version: tosca_simple_yaml_1_3\nnode_types:\n";
    write(
        &folder,
        "odd,a:b;[c].yaml",
        &format!("{odd}  \"😀<&>\\e[31m%0A::error::\": {{ derived_from: \"a%,b:]]>'\\n\" }}\n"),
    );
    write(
        &folder,
        "crlf.yaml",
        &format!("{odd}  A: {{ derived_from: 😀B }}\n").replace('\n', "\r\n"),
    );
    write(
        &folder,
        "remote.yaml",
        "tosca_definitions_version: tosca_simple_yaml_1_3\nimports: [ \"https://x.example/a b.yaml\" ]\n",
    );
    write(&folder, "app.csar", "no archive\n");
    write(&folder, "empty.yaml", "");
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).unwrap();
}

/// What `khor lint` prints of all of them.
fn lint(folder: &TempDir, format: &str) -> String {
    let output = support::khor::khor()
        .current_dir(folder)
        .args(["lint", "--format", format, "--deny", "unused-import"])
        .args([".", "empty.yaml", "gone.yaml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "gone.yaml is not there");
    String::from_utf8(output.stdout).unwrap()
}

/// The properties that the schema allows an object of this kind to have, of those that khor may write; all have
/// `additionalProperties: false`.
const PROPERTIES: [(&str, &[&str]); 13] = [
    ("log", &["$schema", "version", "runs"]),
    (
        "run",
        &[
            "tool",
            "columnKind",
            "results",
            "originalUriBaseIds",
            "invocations",
        ],
    ),
    ("tool", &["driver"]),
    (
        "driver",
        &["name", "version", "semanticVersion", "informationUri", "rules"],
    ),
    (
        "rule",
        &[
            "id",
            "name",
            "shortDescription",
            "fullDescription",
            "help",
            "helpUri",
            "defaultConfiguration",
        ],
    ),
    ("configuration", &["level", "enabled"]),
    ("text", &["text", "markdown"]),
    (
        "result",
        &[
            "ruleId",
            "ruleIndex",
            "level",
            "message",
            "locations",
            "relatedLocations",
        ],
    ),
    ("message", &["text", "markdown", "id", "arguments"]),
    ("location", &["id", "message", "physicalLocation"]),
    ("physicalLocation", &["artifactLocation", "region"]),
    ("artifactLocation", &["uri", "uriBaseId", "index"]),
    (
        "region",
        &["startLine", "startColumn", "endLine", "endColumn", "snippet"],
    ),
];

const LEVELS: [&str; 4] = ["none", "note", "warning", "error"];

/// Checks the names of the properties of `value`, an object of this kind.
fn object<'a>(kind: &str, value: &'a Value) -> &'a serde_json::Map<String, Value> {
    let (_, allowed) = PROPERTIES.iter().find(|(known, _)| *known == kind).unwrap();
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("a {kind} is an object: {value}"));
    for name in object.keys() {
        assert!(
            allowed.contains(&name.as_str()),
            "a {kind} has no property {name}: {value}"
        );
    }
    object
}

fn text<'a>(kind: &str, value: &'a Value) -> &'a str {
    let text = object(kind, value)["text"].as_str().unwrap();
    assert!(!text.is_empty(), "{value}");
    text
}

fn level(value: &Value) {
    assert!(LEVELS.contains(&value.as_str().unwrap()), "{value}");
}

/// RFC 3986: a reference has these characters only, `%` before two hexadecimal digits, and no scheme by accident.
fn check_uri(uri: &str) {
    let bytes = uri.as_bytes();
    for (at, byte) in uri.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte);
        let encoded = byte == b'%'
            && bytes
                .get(at + 1..at + 3)
                .is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit));
        assert!(plain || encoded, "{uri} at {at}");
    }
    let first = uri.split('/').next().unwrap();
    assert!(
        !first.contains(':') || first == "https:" || first == "file:",
        "{uri}"
    );
    assert!(!uri.is_empty() && !uri.starts_with("./"), "{uri}");
}

fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn check_location(value: &Value, folder: &TempDir) {
    let location = object("location", value);
    let physical = object("physicalLocation", &location["physicalLocation"]);
    let uri = object("artifactLocation", &physical["artifactLocation"])["uri"]
        .as_str()
        .unwrap();
    check_uri(uri);
    let Some(region) = physical.get("region") else {
        return;
    };
    let region = object("region", region);
    let number = |name: &str| usize::try_from(region[name].as_u64().unwrap()).unwrap();
    let (line, column) = (number("startLine"), number("startColumn"));
    let (end_line, end_column) = (number("endLine"), number("endColumn"));
    assert!(
        line >= 1 && column >= 1 && end_line >= line && end_column >= 1,
        "{value}"
    );
    assert!(end_line > line || end_column >= column, "{value}");
    // Section 3.30: columns count from 1 to one behind the last character of their line.
    if let Ok(source) = std::fs::read_to_string(folder.path().join(decoded(uri))) {
        let length = |line: usize| {
            source
                .split('\n')
                .nth(line - 1)
                .map_or(0, |line| line.chars().count())
        };
        assert!(column <= length(line) + 1, "{value}");
        assert!(end_column <= length(end_line) + 1, "{value}");
    }
}

#[test]
fn sarif_is_as_its_schema_wants_it() {
    let folder = faults();
    let log: Value = serde_json::from_str(&lint(&folder, "sarif")).unwrap();
    let log = object("log", &log);
    assert_eq!(log["version"], "2.1.0");
    check_uri(log["$schema"].as_str().unwrap());
    let [run] = log["runs"].as_array().unwrap().as_slice() else {
        panic!("one run");
    };
    let run = object("run", run);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = object("driver", &object("tool", &run["tool"])["driver"]);
    assert_eq!(driver["name"], "khor");
    let rules = driver["rules"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len(), "each rule once");
    assert!(rules.len() > 60, "the cases have {} rules", rules.len());
    for rule in rules {
        let rule = object("rule", rule);
        assert!(rule["name"].is_string());
        text("text", &rule["shortDescription"]);
        text("text", &rule["help"]);
        level(&object("configuration", &rule["defaultConfiguration"])["level"]);
    }
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 200, "{} results", results.len());
    for value in results {
        let result = object("result", value);
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[rule]["id"], result["ruleId"], "{value}");
        level(&result["level"]);
        text("message", &result["message"]);
        let locations = result["locations"].as_array().unwrap();
        assert_eq!(locations.len(), 1);
        let related = result.get("relatedLocations").and_then(Value::as_array);
        let mut known = BTreeSet::new();
        for location in related.into_iter().flatten() {
            text("message", &location["message"]);
            assert!(known.insert(location["id"].as_u64().unwrap()), "ids are unique");
        }
        for location in locations.iter().chain(related.into_iter().flatten()) {
            check_location(location, &folder);
        }
    }
}

/// The events of well-formed XML: tags with attributes, texts. Panics where it is not.
fn check_xml(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut rest = xml
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        .unwrap();
    let mut open: Vec<String> = Vec::new();
    let mut tags = Vec::new();
    while let Some(start) = rest.find('<') {
        check_text(&rest[..start]);
        rest = &rest[start + 1..];
        if let Some(after) = rest.strip_prefix('/') {
            let (name, after) = after.split_once('>').unwrap();
            assert_eq!(open.pop().as_deref(), Some(name), "closed as it was opened");
            rest = after;
            continue;
        }
        let length = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '-').unwrap();
        let name = rest[..length].to_owned();
        rest = &rest[length..];
        let mut attributes = Vec::new();
        while let Some(after) = rest.strip_prefix(' ') {
            let (key, after) = after.split_once("=\"").unwrap();
            let (value, after) = after.split_once('"').unwrap();
            assert!(
                key.bytes().all(|byte| byte.is_ascii_lowercase()) && !value.contains('<'),
                "{key}"
            );
            check_text(value);
            assert!(
                attributes.iter().all(|(known, _)| known != key),
                "{key} stands twice"
            );
            attributes.push((key.to_owned(), value.to_owned()));
            rest = after;
        }
        tags.push((name.clone(), attributes));
        rest = if let Some(after) = rest.strip_prefix("/>") {
            after
        } else {
            open.push(name);
            rest.strip_prefix('>').unwrap()
        };
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    tags
}

fn check_text(text: &str) {
    for reference in text.split('&').skip(1) {
        let name = reference.split_once(';').expect("a reference ends").0;
        assert!(
            ["amp", "lt", "gt", "quot", "#10", "#9"].contains(&name),
            "&{name};"
        );
    }
    assert!(!text.contains("]]>"), "not allowed in text");
    let bad = |c: char| c < ' ' && c != '\n' || ['\u{fffe}', '\u{ffff}'].contains(&c);
    assert!(!text.contains(bad), "{text:?}");
}

#[test]
fn junit_is_well_formed_and_its_counts_are_right() {
    let folder = faults();
    let tags = check_xml(&lint(&folder, "junit"));
    let number = |attributes: &[(String, String)], name: &str| -> usize {
        let found = attributes.iter().find(|(key, _)| key == name);
        found.unwrap().1.parse().unwrap()
    };
    let (root, all) = &tags[0];
    assert_eq!(root, "testsuites");
    let count = |name: &str| tags.iter().filter(|(tag, _)| tag == name).count();
    assert_eq!(number(all, "tests"), count("testcase"));
    assert_eq!(number(all, "failures"), count("failure"));
    let suites = || tags.iter().filter(|(tag, _)| tag == "testsuite");
    let sum = |name: &str| -> usize { suites().map(|(_, suite)| number(suite, name)).sum() };
    assert_eq!(
        (sum("tests"), sum("failures")),
        (count("testcase"), count("failure"))
    );
    let names: BTreeSet<&str> = suites().map(|(_, suite)| suite[0].1.as_str()).collect();
    assert_eq!(names.len(), suites().count(), "each file is one suite");
}

#[test]
fn annotations_are_read_by_github_as_they_are_meant() {
    let folder = faults();
    let out = lint(&folder, "github");
    let json: Value = serde_json::from_str(&lint(&folder, "json")).unwrap();
    let diagnostics = json["diagnostics"].as_array().unwrap();
    assert_eq!(out.lines().count(), diagnostics.len(), "one line each");
    for (line, diagnostic) in out.lines().zip(diagnostics) {
        // As the runner does: the command up to the next `::`, its properties by commas, each with one `=`.
        let (command, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (level, properties) = command.split_once(' ').unwrap();
        let expected = diagnostic["severity"].as_str().unwrap().replace("info", "notice");
        assert_eq!(level, expected);
        let unescape = |text: &str| {
            [
                ("%0D", "\r"),
                ("%0A", "\n"),
                ("%3A", ":"),
                ("%2C", ","),
                ("%25", "%"),
            ]
            .into_iter()
            .fold(text.to_owned(), |text, (code, character)| {
                text.replace(code, character)
            })
        };
        let properties: Vec<(&str, String)> = properties
            .split(',')
            .map(|property| {
                let (name, value) = property.split_once('=').unwrap();
                assert!(!value.contains(':'), "{line}");
                (name, unescape(value))
            })
            .collect();
        let property = |name: &str| &properties.iter().find(|(known, _)| *known == name).unwrap().1;
        assert_eq!(property("file"), diagnostic["file"].as_str().unwrap());
        assert_eq!(property("line"), &diagnostic["line"].to_string());
        assert_eq!(property("col"), &diagnostic["column"].to_string());
        let message = diagnostic["message"].as_str().unwrap();
        assert!(unescape(data).starts_with(message), "{line}");
    }
}
