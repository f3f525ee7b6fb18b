//! Bad and hostile input into the real binary: a clear message, exit code 1 or 2, in bounded time, never a panic.
#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "test texts are small, and read better so"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Far more than any of these takes; reached only by something that hangs or is not linear.
const DEADLINE: Duration = Duration::from_mins(3);

struct Outcome {
    code: i32,
    out: String,
}

fn khor(arguments: &[&str], input: Option<&[u8]>) -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_khor"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    if let Some(input) = input {
        stdin.write_all(input).unwrap();
    }
    drop(stdin);
    let (sender, receiver) = std::sync::mpsc::channel();
    let id = child.id();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let started = Instant::now();
    let Ok(output) = receiver.recv_timeout(DEADLINE) else {
        let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
        panic!("khor {arguments:?} runs for {:?} already", started.elapsed());
    };
    let Output {
        status,
        stdout,
        stderr,
    } = output.unwrap();
    let out = String::from_utf8(stdout).expect("output is UTF-8");
    let errors = String::from_utf8(stderr).unwrap();
    assert!(errors.is_empty(), "khor {arguments:?}: {errors}");
    assert!(!out.contains("panicked"), "{out}");
    assert!(
        out.len() < 1 << 20,
        "an answer of {} bytes helps nobody",
        out.len()
    );
    Outcome {
        code: status
            .code()
            .unwrap_or_else(|| panic!("khor {arguments:?} was ended by a signal: {status}")),
        out,
    }
}

/// Lints `bytes` as a file and from standard input, in the full and in the short form; gives the short one.
fn lint(bytes: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.yaml");
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    let full = khor(&["lint", path], None);
    let short = khor(&["lint", "--format", "short", "-"], Some(bytes));
    assert_eq!(full.code, short.code);
    for line in full.out.lines() {
        assert!(
            line.chars().count() <= 400,
            "a line of the message is {} characters long",
            line.chars().count()
        );
    }
    assert!(full.out.contains("bad.yaml"), "the file is named: {}", full.out);
    short
}

fn path_of(folder: &Path, name: &str) -> (PathBuf, String) {
    let path = folder.join(name);
    let text = path.to_str().unwrap().to_owned();
    (path, text)
}

#[track_caller]
fn expect(outcome: &Outcome, code: i32, words: &[&str]) {
    assert_eq!(outcome.code, code, "{}", outcome.out);
    for word in words {
        assert!(outcome.out.contains(word), "no {word:?} in: {}", outcome.out);
    }
}

#[test]
fn an_empty_file() {
    for text in ["", "\n \n", "# only a comment\n", "---\n", "\u{FEFF}"] {
        expect(&lint(text.as_bytes()), 1, &["K0003 empty-file"]);
    }
}

#[test]
fn a_binary_file() {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0".to_vec();
    bytes.extend((0..100_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()));
    expect(&lint(&bytes), 1, &["K0002 not-utf8", "binary"]);
    expect(&lint(b"a: 1\nb: \0\n"), 1, &[":2:4: ", "NUL"]);
}

#[test]
fn invalid_utf8() {
    expect(&lint(b"a: gr\xfc\xdfe\n"), 1, &[":1:6: ", "K0002 not-utf8"]);
    expect(&lint(b"\xc3"), 1, &["K0002 not-utf8"]);
}

#[test]
fn utf16() {
    let little: Vec<u8> = "\u{FEFF}a: 1\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let big: Vec<u8> = "a: 1\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    expect(&lint(&little), 1, &["UTF-16"]);
    expect(&lint(&big), 1, &["UTF-16"]);
}

#[test]
fn a_hundred_thousand_nested_brackets() {
    for one in ["[", "{", "{a: ", "[\n", "- ", "? "] {
        expect(&lint(one.repeat(100_000).as_bytes()), 1, &["K00"]);
    }
    let deeper: String = (0..2000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    expect(&lint(deeper.as_bytes()), 1, &["K0021 nested-too-deep"]);
}

#[test]
fn billion_laughs() {
    let mut text = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n".to_owned();
    for level in 1..30 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    expect(&lint(text.as_bytes()), 1, &["K0022 alias-expansion"]);

    let mut merged = "a0: &a0 {k0: 1}\n".to_owned();
    for level in 1..20_000 {
        merged.push_str(&format!(
            "a{level}: &a{level}\n  <<: *a{}\n  k{level}: 1\n",
            level - 1
        ));
    }
    expect(&lint(merged.as_bytes()), 1, &["K0022 alias-expansion"]);
}

#[test]
fn an_alias_of_what_it_stands_in() {
    expect(&lint(b"a: &a\n  b: *a\n"), 1, &["K0018 unknown-anchor"]);
}

#[test]
fn aliases_do_not_nest_deeper_than_the_limit() {
    let mut text = format!("a0: &a0 {}{}\n", "[".repeat(100), "]".repeat(100));
    for level in 1..50 {
        text.push_str(&format!(
            "a{level}: &a{level} {}*a{}{}\n",
            "[".repeat(100),
            level - 1,
            "]".repeat(100)
        ));
    }
    expect(&lint(text.as_bytes()), 1, &["K0021 nested-too-deep"]);
}

#[test]
fn a_line_of_ten_megabytes() {
    let long = "x".repeat(10 << 20);
    expect(&lint(format!("a: {long}: b\n").as_bytes()), 1, &["K00"]);
    expect(&lint(format!("{long}: b\n").as_bytes()), 1, &["K00"]);
    expect(
        &lint(format!("a: \"{long}\n").as_bytes()),
        1,
        &["K0015 unclosed-quote"],
    );
    expect(
        &lint(format!("a: [{}", "1, ".repeat(3 << 20)).as_bytes()),
        1,
        &["K0016 unclosed-bracket"],
    );
    expect(
        &lint(format!("a: \"{}\" b\n", "ä".repeat(5 << 20)).as_bytes()),
        1,
        &["K0015"],
    );
    let duplicates = format!("a: {{{}}}\n", "k: 1, ".repeat(200));
    assert_eq!(khor(&["lint", "-"], Some(duplicates.as_bytes())).code, 1);
}

#[test]
fn a_map_of_a_hundred_thousand_keys() {
    let mut text: String = (0..100_000).map(|key| format!("key{key}: {key}\n")).collect();
    text.push_str("key77777: again\n");
    expect(&lint(text.as_bytes()), 1, &["K0011 duplicate-key", ":100001:1: "]);
}

#[test]
fn tabs() {
    expect(
        &lint(b"a:\n\tb: 1\n\tc: 2\n"),
        1,
        &[":2:1: ", "K0012 tab-indentation"],
    );
}

#[test]
fn line_endings_and_byte_order_marks_shift_no_place() {
    for text in ["a: 1\r\nb: @x\r\n", "\u{FEFF}a: 1\nb: @x\n", "ä: ö\nb: @x\n"] {
        expect(&lint(text.as_bytes()), 1, &[":2:4: ", "K0017 stray-character"]);
    }
}

#[test]
fn many_unclosed_quotes_in_a_large_file() {
    let text: String = (0..200_000)
        .map(|at| format!("k{at}: \"{}\n", "v".repeat(at % 40)))
        .collect();
    let outcome = lint(text.as_bytes());
    expect(&outcome, 1, &["K0015 unclosed-quote", "K0025 too-many-faults"]);
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (_, missing) = path_of(folder.path(), "missing.yaml");
    expect(
        &khor(&["lint", &missing], None),
        2,
        &["K0001 unreadable-file", "no such file"],
    );

    let (directory, named) = path_of(folder.path(), "directory.yaml");
    std::fs::create_dir(&directory).unwrap();
    expect(
        &khor(&["lint", &format!("{named}/x/y.yaml")], None),
        2,
        &["K0001"],
    );

    let (link, named) = path_of(folder.path(), "link.yaml");
    std::os::unix::fs::symlink("link.yaml", &link).unwrap();
    expect(&khor(&["lint", &named], None), 2, &["links lead in a circle"]);

    expect(&khor(&["lint", "/dev/zero"], None), 2, &["a device"]);

    // Root may read everything, so there this can only be seen not to crash.
    let (secret, named) = path_of(folder.path(), "secret.yaml");
    std::fs::write(&secret, "a: 1\n").unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::read(&secret).is_err() {
        expect(&khor(&["lint", &named], None), 2, &["permission denied"]);
    }
}

#[test]
fn a_named_pipe_is_refused_and_never_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (_, pipe) = path_of(folder.path(), "pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    expect(&khor(&["lint", &pipe], None), 2, &["a named pipe"]);
}

#[test]
fn a_directory_is_searched_for_topologies() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("below")).unwrap();
    std::fs::write(
        folder.path().join("below/one.yaml"),
        "tosca_definitions_version: [1, 2\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("other.yaml"), "just: [something\n").unwrap();
    let outcome = khor(&["lint", folder.path().to_str().unwrap()], None);
    expect(&outcome, 1, &["below/one.yaml", "in 1 file"]);
}
