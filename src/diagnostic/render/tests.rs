//! Each renderer on the same few diagnostics.

use super::{Format, Report, Style};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::{SourceMap, Span};

/// Text with wide characters before the place, a message with everything that needs escaping.
fn report(format: Format) -> String {
    let mut sources = SourceMap::new();
    let main = sources.add("dir/a b.yaml", "first: 1\nöß: \u{1b}[31m<&> x\nlast: 3\n");
    let other = sources.add("other.yaml", "a: 1\n");
    let gone = sources.add("gone.yaml", "");
    let diagnostics = [
        Diagnostic::new(
            &codes::DUPLICATE_KEY,
            Span::new(main, 9, 13),
            "100% \"wrong\" <here>,\nyes: \u{1b}[0m",
        )
        .label("this")
        .note("why")
        .help("do that")
        .related(Span::new(other, 0, 1), "first here"),
        Diagnostic::new(&codes::QUOTE_STRING, Span::new(main, 24, 32), "over two lines"),
        Diagnostic::new(
            &codes::UNREADABLE_FILE,
            Span::file(gone),
            "cannot read `gone.yaml`: no such file",
        ),
    ];
    let files = ["dir/a b.yaml".into(), "gone.yaml".into(), "fine.yaml".into()];
    let report = Report {
        sources: &sources,
        diagnostics: &diagnostics,
        files: &files,
    };
    assert_eq!(report.summary(), "2 errors, 1 warning in 3 files");
    report.render(
        format,
        Style {
            color: false,
            width: 100,
        },
    )
}

#[test]
fn full() {
    assert_eq!(
        report(Format::Full),
        r#"error K0011 duplicate-key

  × 100% "wrong" <here>,
  │ yes: ␛[0m
   ╭─[dir/a b.yaml:2:1]
 1 │ first: 1
 2 │ öß: ␛[31m<&> x
   · ─┬
   ·  ╰── this
 3 │ last: 3
   ╰────
   ╭─[other.yaml:1:1]
 1 │ a: 1
   · ┬
   · ╰── first here
   ╰────
  note: why
  help: do that

warning K9001 unquoted-string

  ⚠ over two lines
   ╭─[dir/a b.yaml:2:14]
 1 │ first: 1
 2 │ öß: ␛[31m<&> x
   ·              ─
 3 │ last: 3
   ╰────

error K0001 unreadable-file

  × cannot read `gone.yaml`: no such file
   ╭─[gone.yaml:1:1]
   ╰────

"#
    );
}

#[test]
fn short() {
    assert_eq!(
        report(Format::Short),
        "dir/a b.yaml:2:1: error[K0011 duplicate-key]: 100% \"wrong\" <here>, yes: ␛[0m; do that\n\
         dir/a b.yaml:2:14: warning[K9001 unquoted-string]: over two lines\n\
         gone.yaml: error[K0001 unreadable-file]: cannot read `gone.yaml`: no such file\n"
    );
}

#[test]
fn json() {
    let value: serde_json::Value = serde_json::from_str(&report(Format::Json)).unwrap();
    assert_eq!(
        value["summary"],
        serde_json::json!({"files": 3, "errors": 2, "warnings": 1})
    );
    assert_eq!(
        value["diagnostics"][0],
        serde_json::json!({
            "code": "K0011", "rule": "duplicate-key", "severity": "error",
            "message": "100% \"wrong\" <here>,\nyes: \u{1b}[0m",
            "file": "dir/a b.yaml", "line": 2, "column": 1, "end_line": 2, "end_column": 3,
            "help": "do that",
            "related": [{
                "message": "first here",
                "file": "other.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 2,
            }],
        })
    );
    assert_eq!(value["diagnostics"][1]["end_line"], 3);
    assert_eq!(value["diagnostics"][1]["help"], serde_json::Value::Null);
}

#[test]
fn sarif() {
    let log: serde_json::Value = serde_json::from_str(&report(Format::Sarif)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3);
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
    }
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "dir/a%20b.yaml");
    assert_eq!(
        place["region"],
        serde_json::json!({"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 3})
    );
    let related = &run["results"][0]["relatedLocations"][0];
    assert_eq!(related["message"]["text"], "first here");
    let whole = &run["results"][2]["locations"][0]["physicalLocation"];
    assert!(
        whole.get("region").is_none(),
        "a file that cannot be read has no region"
    );
}

#[test]
fn github() {
    assert_eq!(
        report(Format::Github),
        "::error file=dir/a b.yaml,line=2,col=1,endLine=2,endColumn=3,title=K0011 duplicate-key::100%25 \"wrong\" \
         <here>,%0Ayes: \u{1b}[0m%0Awhy%0Ado that\n\
         ::warning file=dir/a b.yaml,line=2,col=14,endLine=3,title=K9001 unquoted-string::over two lines\n\
         ::error file=gone.yaml,line=1,col=1,endLine=1,endColumn=1,title=K0001 unreadable-file::cannot read \
         `gone.yaml`: no such file\n"
    );
}

#[test]
fn junit() {
    let xml = report(Format::Junit);
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"khor lint\" tests=\"4\" failures=\"3\" errors=\"0\">"), "{xml}");
    for part in [
        "<testsuite name=\"dir/a b.yaml\" tests=\"2\" failures=\"2\"",
        "<testsuite name=\"fine.yaml\" tests=\"1\" failures=\"0\"",
        "message=\"100% &quot;wrong&quot; &lt;here&gt;,&#10;yes: \u{FFFD}[0m\"",
        "</testsuites>\n",
    ] {
        assert!(xml.contains(part), "no {part} in {xml}");
    }
    assert_eq!(xml.matches("<testcase").count(), 4);
    assert!(
        !xml.contains('\u{1b}'),
        "XML 1.0 has no way to write an escape character"
    );
}

#[test]
fn colours_come_only_when_asked_for() {
    let mut sources = SourceMap::new();
    let source = sources.add("a.yaml", "a: 1\n");
    let diagnostics = [Diagnostic::new(&codes::DUPLICATE_KEY, Span::new(source, 0, 1), "x").help("y")];
    let report = Report {
        sources: &sources,
        diagnostics: &diagnostics,
        files: &[],
    };
    for format in [Format::Full, Format::Short] {
        assert!(
            !report
                .render(
                    format,
                    Style {
                        color: false,
                        width: 80
                    }
                )
                .contains('\u{1b}')
        );
        assert!(
            report
                .render(
                    format,
                    Style {
                        color: true,
                        width: 80
                    }
                )
                .contains("\u{1b}[")
        );
    }
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let mut sources = SourceMap::new();
    let text = format!("a: {}X{}\n", "ä".repeat(5000), "ö".repeat(5000));
    let at = u32::try_from(text.find('X').unwrap()).unwrap();
    let source = sources.add("a.yaml", text);
    let diagnostics =
        [Diagnostic::new(&codes::DUPLICATE_KEY, Span::new(source, at, at + 1), "x").label("here")];
    let report = Report {
        sources: &sources,
        diagnostics: &diagnostics,
        files: &[],
    };
    let out = report.render(
        Format::Full,
        Style {
            color: false,
            width: 60,
        },
    );
    assert!(out.contains("[a.yaml:1:5004]"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 60), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    let marked = lines.iter().position(|line| line.contains('X')).unwrap();
    let column = |line: &str, mark| line.chars().position(|character| character == mark);
    assert_eq!(
        column(lines[marked], 'X'),
        column(lines[marked + 1], '┬'),
        "{out}"
    );
}
