//! Whatever a template is turned into, linting it ends, without a panic, and every error has a place.
//!
//! Templates are mutated byte by byte, and as trees: parts of one end up in another. The seeds are the samples and the
//! cases of `tests/lint`, and the templates of a corpus where `KHOR_CORPUS` names one. `KHOR_FUZZ_CASES` says how many
//! cases each way (`make fuzz` sets it).

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use khor::diagnostic::render::{Format, Report, Style};
use khor::diagnostic::{Severity, Sink};
use khor::source::{LoadError, Loader, SourceMap};
use khor::{khoreia, lint, score, tosca, yaml};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_yaml::Value;

/// A guard against what hangs; nothing of this size takes a second.
const DEADLINE: Duration = Duration::from_mins(1);
/// The largest text that is tried, in bytes.
const LARGEST: usize = 100_000;
/// The length of a text in a message, in bytes.
const SHOWN: usize = 20_000;

/// A text to begin with, and where it lies: imports are looked for beside it.
#[derive(Debug)]
struct Seed {
    path: Utf8PathBuf,
    text: String,
}

static SEEDS: LazyLock<Vec<Seed>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Vec::new();
    gather(&root.join("samples"), &mut seeds);
    for file in std::fs::read_dir(root.join("tests/lint")).unwrap() {
        let path = file.unwrap().path();
        let document = std::fs::read_to_string(&path).unwrap();
        for block in document.split("```yaml").skip(1) {
            let text = block.split_once('\n').map_or("", |(_, rest)| rest);
            seeds.push(Seed {
                path: Utf8PathBuf::from_path_buf(path.with_file_name("topology.yaml")).unwrap(),
                text: text.split("\n```").next().unwrap_or_default().to_owned(),
            });
        }
    }
    if let Some(corpus) = std::env::var_os("KHOR_CORPUS") {
        gather(Path::new(&corpus), &mut seeds);
    }
    seeds.retain(|seed| !seed.text.is_empty() && seed.text.len() < LARGEST);
    seeds.sort_by(|one, other| (&one.path, &one.text).cmp(&(&other.path, &other.text)));
    assert!(seeds.len() > 50, "{} seeds", seeds.len());
    seeds
});

/// The YAML files in a folder and below.
fn gather(folder: &Path, seeds: &mut Vec<Seed>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, seeds);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml")
            && let Ok(text) = std::fs::read_to_string(&path)
            && let Ok(path) = Utf8PathBuf::from_path_buf(path)
        {
            seeds.push(Seed { path, text });
        }
    }
}

fn cases() -> u32 {
    let asked = std::env::var("KHOR_FUZZ_CASES").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(512)
}

/// The mutated text in the place of its seed, and what lies beside it.
struct Beside {
    path: Utf8PathBuf,
    text: String,
}

impl Loader for Beside {
    fn load(&self, path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
        if path == self.path {
            return Ok(self.text.clone().into_bytes());
        }
        std::fs::read(path).map_err(|_| LoadError::Missing)
    }

    fn is_file(&self, path: &Utf8Path) -> bool {
        path == self.path || path.is_file()
    }

    fn entries(&self, path: &Utf8Path) -> Vec<String> {
        let all = path.read_dir_utf8().into_iter().flatten().flatten();
        all.map(|entry| entry.file_name().to_owned()).collect()
    }
}

/// All that `khor lint` does, and every way to show it. The answer is what must not be.
fn linted(file: &Beside) -> Result<(), String> {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let path = file.path.clone();
    if let Some(tree) = yaml::read(&mut sources, file, &path, None, &mut sink) {
        let options = tosca::Options::default();
        let (topology, document) = if khoreia::is_khoreia(&tree) {
            (khoreia::lower(&tree, &sources, &mut sink), None)
        } else {
            tosca::read(&tree, &mut sources, file, &options, &mut sink)
        };
        lint::check(&topology, document.as_ref(), file, &mut sink);
        score::check(&topology, &mut sink);
    }
    let mut diagnostics = sink.into_sorted();
    let _ = lint::suppress(&sources, &mut diagnostics);
    for fault in &diagnostics {
        let places = fault
            .related
            .iter()
            .map(|related| related.span)
            .chain([fault.span]);
        for span in places {
            let text = &sources.get(span.source).text;
            if text.get(span.range()).is_none() {
                return Err(format!("{} stands outside of its text: {span:?}", fault.message));
            }
        }
        if fault.severity == Severity::Error && fault.message.is_empty() {
            return Err(format!("{} says nothing", fault.code.id));
        }
    }
    let report = Report {
        sources: &sources,
        diagnostics: &diagnostics,
        files: &[path],
    };
    for format in Format::ALL {
        let _ = report.render(
            format,
            Style {
                color: false,
                width: 80,
            },
        );
    }
    Ok(())
}

/// Lints a text on a thread of its own, so that neither a panic nor a circle takes the test along.
fn holds(seed: &Seed, text: String) -> Result<(), TestCaseError> {
    if text.len() > LARGEST {
        return Ok(());
    }
    let shown = Arc::new(text);
    let file = Beside {
        path: seed.path.clone(),
        text: String::clone(&shown),
    };
    let (sender, receiver) = std::sync::mpsc::channel();
    let worker = std::thread::spawn(move || {
        let answer = linted(&file);
        let _ = sender.send(());
        answer
    });
    let end = match receiver.recv_timeout(DEADLINE) {
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => Err(format!("runs for more than {DEADLINE:?}")),
        _ => worker
            .join()
            .unwrap_or_else(|_| Err("panics (see above)".to_owned())),
    };
    end.map_err(|end| {
        let mut cut = shown.len().min(SHOWN);
        while !shown.is_char_boundary(cut) {
            cut -= 1;
        }
        TestCaseError::fail(format!("{end}\n--- from {}\n{}", seed.path, &shown[..cut]))
    })
}

/// What means something in YAML or in TOSCA.
const WORDS: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "- ",
    "? ",
    "\t",
    "\n",
    "\r\n",
    "\n\n  ",
    "&a ",
    "*a",
    "!!str ",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "#",
    "%YAML 1.2\n",
    "\u{feff}",
    "\0",
    "é",
    "\u{2028}",
    "<<: ",
    "---\n",
    "...\n",
    "{{ x }}",
    "\\",
    "~",
    "0x",
    "UNBOUNDED",
    "SELF",
    "get_property",
    "$",
    ",",
    "1e999",
    "99999999999999999999",
    "\u{1F600}",
];

#[derive(Clone, Debug)]
enum Bytes {
    Cut(Index, u8),
    Insert(Index, Index),
    Byte(Index, u8),
    Copy(Index, u8, Index),
    End(Index),
}

fn bytes() -> impl Strategy<Value = Bytes> {
    let at = any::<Index>;
    prop_oneof![
        3 => (at(), any::<u8>()).prop_map(|(at, length)| Bytes::Cut(at, length)),
        5 => (at(), at()).prop_map(|(at, word)| Bytes::Insert(at, word)),
        3 => (at(), any::<u8>()).prop_map(|(at, byte)| Bytes::Byte(at, byte)),
        3 => (at(), any::<u8>(), at()).prop_map(|(at, length, to)| Bytes::Copy(at, length, to)),
        1 => at().prop_map(Bytes::End),
    ]
}

fn change_bytes(text: &mut Vec<u8>, change: &Bytes) {
    if text.is_empty() {
        return;
    }
    let length = text.len();
    let range = |at: &Index, count: u8| {
        let at = at.index(length);
        at..length.min(at + usize::from(count))
    };
    match change {
        Bytes::Cut(at, count) => drop(text.drain(range(at, *count % 64))),
        Bytes::Insert(at, word) => {
            let at = at.index(length);
            text.splice(at..at, word.get(&WORDS).bytes());
        }
        Bytes::Byte(at, byte) => text[at.index(length)] = *byte,
        Bytes::Copy(at, count, to) => {
            let part = text[range(at, *count)].to_vec();
            let to = to.index(length);
            text.splice(to..to, part);
        }
        Bytes::End(at) => text.truncate(at.index(length)),
    }
}

#[derive(Clone, Debug)]
enum Part {
    /// Takes a child away.
    Remove(Index, Index),
    /// Puts a part of the same or another template in the place of a part.
    Graft(Index, Index, bool),
    /// Gives an entry the key of another.
    Rename(Index, Index, Index),
    InList(Index),
    InMap(Index, Index),
    /// Puts a part's own child in its place.
    Unwrap(Index, Index),
    Double(Index),
    Word(Index, Index),
    Call(Index, Index, Index),
}

fn part() -> impl Strategy<Value = Part> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), at()).prop_map(|(at, child)| Part::Remove(at, child)),
        4 => (at(), at(), any::<bool>()).prop_map(|(at, from, own)| Part::Graft(at, from, own)),
        3 => (at(), at(), at()).prop_map(|(at, child, key)| Part::Rename(at, child, key)),
        1 => at().prop_map(Part::InList),
        1 => (at(), at()).prop_map(|(at, key)| Part::InMap(at, key)),
        1 => (at(), at()).prop_map(|(at, child)| Part::Unwrap(at, child)),
        1 => at().prop_map(Part::Double),
        2 => (at(), at()).prop_map(|(at, word)| Part::Word(at, word)),
        2 => (at(), at(), at()).prop_map(|(at, name, word)| Part::Call(at, name, word)),
    ]
}

/// A part and all below it, in order.
fn parts(value: &Value) -> Vec<&Value> {
    let mut all = vec![value];
    let mut next = 0;
    while let Some(&value) = all.get(next) {
        match value {
            Value::Sequence(items) => all.extend(items),
            Value::Mapping(entries) => all.extend(entries.values()),
            _ => {}
        }
        next += 1;
    }
    all
}

/// The part that `parts` has at `at`.
fn part_mut(value: &mut Value, at: usize) -> &mut Value {
    let mut all = std::collections::VecDeque::from([value]);
    for _ in 0..at {
        match all.pop_front() {
            Some(Value::Sequence(items)) => all.extend(items),
            Some(Value::Mapping(entries)) => all.extend(entries.values_mut()),
            _ => {}
        }
    }
    all.pop_front().expect("as many as `parts` has")
}

fn change_part(whole: &mut Value, other: &Value, change: &Part) {
    const NAMES: [&str; 9] = [
        "get_input",
        "get_property",
        "get_attribute",
        "get_operation_output",
        "get_nodes_of_type",
        "get_artifact",
        "concat",
        "join",
        "token",
    ];
    let count = parts(whole).len();
    let keys: Vec<Value> = parts(whole)
        .into_iter()
        .filter_map(Value::as_mapping)
        .flat_map(|entries| entries.keys().cloned())
        .collect();
    let texts: Vec<Value> = parts(whole)
        .into_iter()
        .filter(|part| part.is_string())
        .cloned()
        .collect();
    let graft = |from: &Index, own: bool| {
        let from_whole = if own { parts(whole) } else { parts(other) };
        (*from.get(&from_whole)).clone()
    };
    let new = match change {
        Part::Graft(_, from, own) => graft(from, *own),
        _ => Value::Null,
    };
    let at = match change {
        Part::Remove(at, _)
        | Part::Graft(at, ..)
        | Part::Rename(at, ..)
        | Part::InList(at)
        | Part::InMap(at, _)
        | Part::Unwrap(at, _)
        | Part::Double(at)
        | Part::Word(at, _)
        | Part::Call(at, ..) => at.index(count),
    };
    let part = part_mut(whole, at);
    match (change, &mut *part) {
        (Part::Remove(_, child), Value::Sequence(items)) if !items.is_empty() => {
            items.remove(child.index(items.len()));
        }
        (Part::Remove(_, child) | Part::Rename(_, child, _), Value::Mapping(entries))
            if !entries.is_empty() =>
        {
            let key = child.get(&entries.keys().cloned().collect::<Vec<_>>()).clone();
            let value = entries.remove(&key);
            if let (Part::Rename(_, _, new), Some(value)) = (change, value) {
                entries.insert(new.get(&keys).clone(), value);
            }
        }
        (Part::Graft(..), _) => *part = new,
        (Part::InList(_), _) => *part = Value::Sequence(vec![part.clone()]),
        (Part::InMap(_, key), _) if !keys.is_empty() => {
            let entry = (key.get(&keys).clone(), part.clone());
            *part = Value::Mapping([entry].into_iter().collect());
        }
        (Part::Unwrap(_, child), _) => {
            let below = parts(part);
            let child = (*child.get(&below)).clone();
            *part = child;
        }
        (Part::Double(_), Value::Sequence(items)) => items.extend(items.clone()),
        (Part::Word(_, word), _) => *part = Value::from(*word.get(&WORDS)),
        (Part::Call(_, name, word), _) if !texts.is_empty() => {
            let arguments = vec![Value::from("SELF"), word.get(&texts).clone(), part.clone()];
            let call = (Value::from(*name.get(&NAMES)), Value::Sequence(arguments));
            *part = Value::Mapping([call].into_iter().collect());
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_linted(seed in any::<Index>(), changes in prop::collection::vec(bytes(), 1..12)) {
        let seed = seed.get(&SEEDS);
        let mut text = seed.text.clone().into_bytes();
        for change in &changes {
            change_bytes(&mut text, change);
        }
        holds(seed, String::from_utf8_lossy(&text).into_owned())?;
    }

    #[test]
    fn any_tree_is_linted(
        seed in any::<Index>(),
        other in any::<Index>(),
        changes in prop::collection::vec(part(), 1..10),
    ) {
        let seed = seed.get(&SEEDS);
        let read = |seed: &Seed| serde_yaml::from_str::<Value>(&seed.text);
        if let (Ok(mut whole), Ok(other)) = (read(seed), read(other.get(&SEEDS))) {
            for change in &changes {
                change_part(&mut whole, &other, change);
            }
            if let Ok(text) = serde_yaml::to_string(&whole) {
                holds(seed, text)?;
            }
        }
    }
}
