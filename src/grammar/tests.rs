//! The walker over a small table of its own. The messages in full are in `tests/lint/keynames.md`.

use super::{Edition, Entity, Keyname, Value, boolean, check, integer, key};
use crate::diagnostic::Sink;
use crate::source::SourceMap;
use crate::yaml;

impl Edition for u8 {
    fn name(self) -> &'static str {
        ["zero", "one", "two"][usize::from(self)]
    }
}

const fn entity(name: &'static str, keynames: &'static [Keyname<u8>]) -> Entity<u8> {
    Entity {
        name,
        keys: "keyname",
        keynames,
        rest: None,
        single: false,
    }
}

static ROOT: Value<u8> = Value::Entity(&HOUSE);
static HOUSE: Entity<u8> = entity(
    "house",
    &[
        key("street", Value::String).required(),
        key("number", Value::Integer),
        key("old", Value::Boolean).until(1),
        key("new", Value::Boolean).since(2),
        key("colour", Value::Words(&["red", "green"])),
        key("floors", Value::Range { single: true }),
        key(
            "rooms",
            Value::Map(&Value::OneOf(&[Value::String, Value::Entity(&ROOM)])),
        ),
        key("guests", Value::NamedList(&Value::Any)),
        // In the second version the same keyname takes something else.
        key("roof", Value::String).until(1),
        key("roof", Value::List(&Value::String)).since(2),
    ],
);
static ROOM: Entity<u8> = entity(
    "room",
    &[
        key("area", Value::Integer).required_unless("number"),
        key("inner", Value::Map(&Value::Entity(&ROOM))),
    ],
);

/// What is said of a text, with the text under each span.
fn said(text: &str, version: u8) -> Vec<(String, String)> {
    let mut sources = SourceMap::new();
    let source = sources.add("t.yaml", text);
    let mut sink = Sink::new();
    let tree = yaml::parse(&sources, source, &mut sink);
    let _ = check(&tree, tree.root().unwrap(), &ROOT, version, &mut sink);
    let diagnostics = sink.into_sorted().into_iter();
    diagnostics
        .map(|fault| (sources.slice(fault.span).to_owned(), fault.message))
        .collect()
}

fn messages(text: &str, version: u8) -> Vec<String> {
    said(text, version)
        .into_iter()
        .map(|(_, message)| message)
        .collect()
}

#[test]
fn a_sound_document_is_passed_in_silence() {
    let text = "street: s\nnumber: 0x1F\ncolour: red\nfloors: [ 1, UNBOUNDED ]\nrooms: { a: big, b: { area: 5 }, c: }\nguests: [ { a: 1 }, { a: } ]\n";
    assert_eq!(messages(text, 1), Vec::<String>::new());
    assert_eq!(messages("{ street: s, floors: 3 }", 1), Vec::<String>::new());
}

#[test]
fn rows_hold_in_their_versions_only() {
    assert_eq!(
        messages("{ street: s, old: true, roof: flat }", 1),
        Vec::<String>::new()
    );
    assert_eq!(
        messages("{ street: s, new: true, roof: [ flat ] }", 2),
        Vec::<String>::new()
    );
    assert_eq!(
        messages("{ street: s, new: true }", 1),
        ["keyname `new` in the house is not in one"]
    );
    assert_eq!(
        messages("{ street: s, old: true }", 2),
        ["keyname `old` in the house is not in two"]
    );
    assert_eq!(
        messages("{ street: s, roof: flat }", 2),
        ["`roof` of the house must be a list, not `flat`"]
    );
}

#[test]
fn what_is_missing_may_be_brought_in_by_an_enclosing_entity() {
    assert_eq!(
        messages("{ street: s, rooms: { a: {} } }", 1),
        ["room `a` has no `area`"]
    );
    assert_eq!(
        messages("{ street: s, rooms: { a: } }", 1),
        ["room `a` has no `area`"]
    );
    assert_eq!(
        messages("{ street: s, number: 1, rooms: { a: { inner: { b: {} } } } }", 1),
        Vec::<String>::new()
    );
}

#[test]
fn a_misspelt_keyname_is_not_also_missing() {
    assert_eq!(messages("stret: s", 1), ["unknown keyname `stret` in the house"]);
    assert_eq!(messages("number: 1", 1), ["the house has no `street`"]);
}

#[test]
fn faults_point_at_a_short_piece_of_one_line() {
    let text = "street: s\nnumber:\n  - a\n  - b\nrooms:\n  - kitchen: big\n    cellar: small\n";
    let places: Vec<_> = said(text, 1).into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["- a", "- kitchen"]);
}

#[test]
fn aliases_are_looked_at_where_they_stand() {
    let text = "street: s\nrooms: { a: &a { area: x }, b: *a }\n";
    assert_eq!(
        messages(text, 1),
        ["`area` of room `a` must be a whole number, not `x`"],
        "the shared value is wrong once"
    );
}

#[test]
fn numbers_and_booleans_are_told_from_texts() {
    for (text, number) in [
        ("0", 0),
        ("-5", -5),
        ("+5", 5),
        ("0x1F", 31),
        ("0o17", 15),
        ("007", 7),
    ] {
        assert_eq!(integer(text), Some(number), "{text}");
    }
    for text in [
        "",
        "-",
        "1.0",
        "0x",
        "0x-1",
        "0o8",
        "five",
        "1e3",
        "9223372036854775808",
        "1_000",
    ] {
        assert_eq!(integer(text), None, "{text}");
    }
    assert_eq!(
        (boolean("true"), boolean("No"), boolean("tRue")),
        (Some(true), Some(false), None)
    );
}
