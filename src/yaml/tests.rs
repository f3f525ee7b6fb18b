//! Properties of reading.
#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "test texts are small, and read better so"
)]

use proptest::prelude::*;

use super::{Kind, NodeId, ScalarStyle, Tree, parse};
use crate::diagnostic::render::{Format, Report, Style};
use crate::diagnostic::{Diagnostic, Sink};
use crate::source::SourceMap;

pub(super) fn read(text: &str) -> (SourceMap, Tree, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let source = sources.add("t.yaml", text);
    let mut sink = Sink::new();
    let tree = parse(&sources, source, &mut sink);
    (sources, tree, sink.into_sorted())
}

fn messages(text: &str) -> Vec<String> {
    let (_, _, diagnostics) = read(text);
    diagnostics
        .into_iter()
        .map(|diagnostic| diagnostic.message)
        .collect()
}

/// A tree to write and to read back.
#[derive(Clone, Debug, PartialEq)]
enum Model {
    Text(String),
    List(Vec<Model>),
    Map(Vec<(String, Model)>),
}

fn model() -> impl Strategy<Value = Model> {
    let text = prop_oneof![
        "[a-zA-Z][a-zA-Z0-9_.-]{0,12}",
        "[0-9]{1,4}(\\.[0-9]{1,3})?",
        "\\PC{0,20}",
        "[ a-z\n\"'\\\\:#{}\\[\\],&*!|>%@`-]{0,16}",
        Just(String::new()),
    ];
    text.clone()
        .prop_map(Model::Text)
        .prop_recursive(5, 64, 6, move |inner| {
            let keys = prop::collection::btree_set("[a-z]{1,8}|[ -~ä-ü]{1,10}", 0..6);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Model::List),
                (keys, prop::collection::vec(inner, 6)).prop_map(|(keys, values)| {
                    Model::Map(keys.into_iter().filter(|key| key != "<<").zip(values).collect())
                }),
            ]
        })
}

/// Double quotes hold anything.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            character if (character as u32) < 0x20 || ('\u{7f}'..='\u{9f}').contains(&character) => {
                out.push_str(&format!("\\x{:02x}", character as u32));
            }
            '\u{feff}' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", character as u32)),
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

fn scalar(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_.-".contains(character));
    if plain { text.to_owned() } else { quoted(text) }
}

fn write(model: &Model, indent: usize, flow: bool, out: &mut String) {
    let margin = " ".repeat(indent);
    match model {
        Model::Text(text) => out.push_str(&scalar(text)),
        Model::List(items) if flow || items.is_empty() => {
            out.push('[');
            for (nth, item) in items.iter().enumerate() {
                out.push_str(if nth > 0 { ", " } else { "" });
                write(item, 0, true, out);
            }
            out.push(']');
        }
        Model::Map(entries) if flow || entries.is_empty() => {
            out.push('{');
            for (nth, (key, value)) in entries.iter().enumerate() {
                out.push_str(if nth > 0 { ", " } else { "" });
                out.push_str(&scalar(key));
                out.push_str(": ");
                write(value, 0, true, out);
            }
            out.push('}');
        }
        Model::List(items) => {
            for item in items {
                out.push_str(&format!("\n{margin}- "));
                write(item, indent + 2, items.len() % 2 == 0, out);
            }
        }
        Model::Map(entries) => {
            for (key, value) in entries {
                out.push_str(&format!("\n{margin}{}: ", scalar(key)));
                write(value, indent + 2, entries.len() % 3 == 0, out);
            }
        }
    }
}

fn same(tree: &Tree, node: NodeId, model: &Model) -> bool {
    match model {
        Model::Text(text) => tree.scalar(node) == Some(text),
        Model::List(items) => {
            tree.kind(node) == Kind::Sequence
                && tree.items(node).len() == items.len()
                && tree
                    .items(node)
                    .iter()
                    .zip(items)
                    .all(|(&node, item)| same(tree, node, item))
        }
        Model::Map(entries) => {
            tree.kind(node) == Kind::Mapping
                && tree.entries(node).len() == entries.len()
                && entries
                    .iter()
                    .all(|(key, value)| tree.get(node, key).is_some_and(|node| same(tree, node, value)))
        }
    }
}

/// Walks all that can be reached and holds what callers rely on.
fn check(sources: &SourceMap, tree: &Tree) {
    fn walk(sources: &SourceMap, tree: &Tree, node: NodeId, left: &mut usize) {
        if *left == 0 {
            return;
        }
        *left -= 1;
        let span = tree.span(node);
        let text = &sources.get(span.source).text;
        assert!(
            text.get(span.range()).is_some(),
            "{span:?} is on character boundaries"
        );
        if tree.kind(node) == Kind::Scalar {
            assert!(tree.scalar(node).is_some());
            tree.value(node);
        }
        for &item in tree.items(node) {
            walk(sources, tree, item, left);
        }
        for entry in tree.entries(node) {
            walk(sources, tree, entry.key, left);
            walk(sources, tree, entry.value, left);
        }
    }
    if let Some(root) = tree.root() {
        walk(sources, tree, root, &mut 10_000);
    }
}

/// Renders in every format, which must not panic either.
fn render(sources: &SourceMap, diagnostics: &[Diagnostic]) {
    let report = Report {
        sources,
        diagnostics,
        files: &["t.yaml".into()],
    };
    for format in Format::ALL {
        for width in [0, 40, 100] {
            report.render(format, Style { color: false, width });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_is_read_back(model in model()) {
        let mut text = String::from("root: ");
        write(&model, 2, false, &mut text);
        text.push('\n');
        let (_, tree, diagnostics) = read(&text);
        prop_assert!(diagnostics.is_empty(), "{diagnostics:?} in {text}");
        let node = tree.get(tree.root().unwrap(), "root").unwrap();
        prop_assert!(same(&tree, node, &model), "{text}");
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,60}|[ \t\r\n\"'\\\\:#{}\\[\\],&*!|>%@`?a<~0.ä-]{0,80}|([ ]{0,4}[-?]? ?[ab\"'{\\[*&]{0,2}:? ?[a\"'@}\\]]{0,2}\n){0,12}") {
        let (sources, tree, diagnostics) = read(&text);
        check(&sources, &tree);
        render(&sources, &diagnostics);
    }

    #[test]
    fn any_bytes_are_loaded_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let loader = crate::source::MemoryLoader::new().with("t.yaml", bytes);
        let mut sources = SourceMap::new();
        let mut sink = Sink::new();
        let tree = super::read(&mut sources, &loader, "t.yaml".into(), None, &mut sink);
        let diagnostics = sink.into_sorted();
        prop_assert!(tree.is_some_and(|tree| tree.root().is_some()) || !diagnostics.is_empty());
        render(&sources, &diagnostics);
    }

    #[test]
    fn a_plain_scalar_on_one_line_stands_under_its_span(words in prop::collection::vec("[a-zä-ü0-9][a-zä-ü0-9 .-]{0,8}[a-z]", 1..20)) {
        let text: String = words.iter().enumerate().map(|(at, word)| format!("k{at}: {word}\r\n")).collect();
        let (sources, tree, _) = read(&text);
        for entry in tree.entries(tree.root().unwrap()) {
            prop_assert_eq!(Some(sources.slice(tree.span(entry.key))), tree.scalar(entry.key));
            prop_assert_eq!(Some(sources.slice(tree.span(entry.value))), tree.scalar(entry.value));
        }
    }

    /// One fault, one message; and what is not broken is read.
    #[test]
    fn every_broken_value_is_reported_once(broken in prop::collection::vec(0..8_usize, 1..12)) {
        let mut text = String::new();
        let mut faults = 0;
        for (at, kind) in broken.iter().enumerate() {
            let value = match kind {
                0 => "@stray",
                1 => "[one, two",
                2 => "\"open",
                3 => "'it's'",
                4 => "one: two",
                _ => "fine",
            };
            faults += usize::from(*kind < 5);
            text.push_str(&format!("  k{at}:\n    before: 1\n    value: {value}\n    after: 2\n    list:\n    - 1\n    - 2\n"));
        }
        let (_, tree, diagnostics) = read(&format!("root:\n{text}last: 1\n"));
        prop_assert_eq!(diagnostics.len(), faults, "{:?} in {}", diagnostics, text);
        let root = tree.root().unwrap();
        prop_assert!(tree.get(root, "last").is_some());
        let map = tree.get(root, "root").unwrap();
        for (at, kind) in broken.iter().enumerate() {
            let node = tree.get(map, &format!("k{at}")).unwrap();
            for key in ["before", "value", "after", "list"] {
                prop_assert!(tree.get(node, key).is_some(), "{key} of k{at} in {text}");
            }
            let value = tree.get(node, "value").unwrap();
            prop_assert_eq!(tree.kind(value) == Kind::Error || *kind == 4, *kind < 5, "k{} in {}", at, text);
            prop_assert_eq!(tree.is_broken(node), *kind < 5);
        }
    }
}

#[test]
fn raw_text_is_kept() {
    let (_, tree, _) =
        read("a: 1.10\nb: yes\nc: 'x''y'\nd: \"\\t\"\ne: |\n  two\n  lines\nf:\ng: ~\nh: null\ni: 'null'\n");
    let root = tree.root().unwrap();
    let scalar = |key| tree.scalar(tree.get(root, key).unwrap()).unwrap();
    assert_eq!(
        ["a", "b", "c", "d", "e", "f", "g"].map(scalar),
        ["1.10", "yes", "x'y", "\t", "two\nlines\n", "", "~"]
    );
    let null = |key| tree.is_null(tree.get(root, key).unwrap());
    assert_eq!(
        ["f", "g", "h", "i", "a"].map(null),
        [true, true, true, false, false]
    );
    assert_eq!(
        tree.style(tree.get(root, "e").unwrap()),
        Some(ScalarStyle::Literal)
    );
}

#[test]
fn lists_and_maps_span_from_their_first_to_their_last_character() {
    let text = "a:\n- x\n-  y\nb:\n  c: 1\n\nd: [1, [2] ]  # end\n";
    let (sources, tree, _) = read(text);
    let root = tree.root().unwrap();
    let slice = |key| sources.slice(tree.span(tree.get(root, key).unwrap()));
    assert_eq!(["a", "b", "d"].map(slice), ["- x\n-  y", "c: 1", "[1, [2] ]"]);
    assert_eq!(sources.slice(tree.comments()[0].span), "# end");
}

#[test]
fn aliases_have_their_own_place_and_the_content_of_their_anchor() {
    let (sources, tree, diagnostics) = read("a: &x {k: [1, 2]}\nb: *x\nc: &x other\nd: *x\n");
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let root = tree.root().unwrap();
    let b = tree.get(root, "b").unwrap();
    assert_eq!(sources.slice(tree.span(b)), "*x");
    assert_eq!(tree.items(tree.get(b, "k").unwrap()).len(), 2);
    assert_eq!(tree.scalar(tree.get(root, "d").unwrap()), Some("other"));
}

#[test]
fn merges_take_lists_and_chains() {
    let (_, tree, diagnostics) =
        read("a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: [*b, {z: 3}], w: 0}\nd: {'<<': 1}\n");
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let root = tree.root().unwrap();
    let c = tree.get(root, "c").unwrap();
    let value = |key| tree.scalar(tree.get(c, key).unwrap()).unwrap();
    assert_eq!(["w", "x", "y", "z"].map(value), ["0", "1", "2", "3"]);
    assert!(
        tree.get(tree.get(root, "d").unwrap(), "<<").is_some(),
        "quoted, it is a key like any other"
    );
}

#[test]
fn an_anchor_that_was_lost_is_not_missed() {
    assert_eq!(messages("a: &x @broken\nb: *x\nc: *y\n").len(), 2);
}

#[test]
fn only_the_first_document_is_read_and_empty_ones_are_nothing() {
    assert!(messages("---\na: 1\n...\n").is_empty());
    assert!(messages("a: 1\n---\n# nothing\n").is_empty());
    assert_eq!(
        messages("a: 1\n---\nb: 2\n"),
        ["a second document begins in this file"]
    );
    assert_eq!(messages("a: @x\nb: 1\n---\nb: 2\n").len(), 2);
}

#[test]
fn line_breaks_of_old_do_not_stop_progress() {
    for text in [
        "a: @\r\nb: 1\rc: 2\r d: 3\n",
        "- @\n- 1\rx\n",
        "a:\n  b: @\n  c: 1\rd: 2\n",
    ] {
        assert!(!messages(text).is_empty());
    }
}

#[test]
fn tags_of_the_core_schema_are_heeded() {
    let (_, tree, _) = read("a: !!str 1\nb: !!int \"1\"\nc: !!str\n");
    let root = tree.root().unwrap();
    let value = |key| tree.value(tree.get(root, key).unwrap()).unwrap();
    assert_eq!(value("a"), super::Value::String("1"));
    assert_eq!(value("b"), super::Value::Integer(1));
    assert!(!tree.is_null(tree.get(root, "c").unwrap()));
}

#[test]
fn duplicate_keys_are_found_in_small_and_in_large_maps() {
    assert_eq!(
        messages("a: 1\nb: 2\na: 3\n"),
        ["the key `a` stands twice in this map"]
    );
    let large: String = (0..1000).map(|at| format!("k{}: {at}\n", at % 999)).collect();
    let (_, tree, diagnostics) = read(&large);
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].related.len(), 1, "both places are named");
    let root = tree.root().unwrap();
    assert_eq!(tree.entries(root).len(), 999);
    assert_eq!(tree.scalar(tree.get(root, "k0").unwrap()), Some("0"));
    assert_eq!(tree.scalar(tree.get(root, "k998").unwrap()), Some("998"));
    assert!(tree.get(root, "k999").is_none());
}

#[test]
fn a_large_map_that_loses_a_key_and_gets_one_by_a_merge_is_found_in() {
    let keys: String = (0..20).map(|at| format!("  k{}: {at}\n", at % 19)).collect();
    let (_, tree, _) = read(&format!("base: &base {{ m: merged }}\nmap:\n{keys}  <<: *base\n"));
    let map = tree.get(tree.root().unwrap(), "map").unwrap();
    let value = |key| tree.get(map, key).and_then(|value| tree.scalar(value));
    assert_eq!(tree.entries(map).len(), 20);
    assert_eq!(
        (value("k0"), value("k18"), value("m"), value("k19")),
        (Some("0"), Some("18"), Some("merged"), None)
    );
}
