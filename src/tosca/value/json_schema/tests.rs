use proptest::prelude::*;
use serde_json::{Value, json};

use super::{JsonSchema, MOST_STEPS_EACH, fault, judge};

/// What is said of a document, and the steps that it took.
fn judged(schema: &Value, document: &Value) -> (Option<String>, usize) {
    let schema = JsonSchema::read(&schema.to_string()).unwrap();
    let (broken, left) = judge::judge(&schema, document, MOST_STEPS_EACH);
    (broken, MOST_STEPS_EACH - left)
}

#[test]
fn every_keyword_lets_pass_what_holds_and_names_what_does_not() {
    for (schema, good, bad, why) in [
        (json!(true), json!(1), Value::Null, None),
        (
            json!({ "type": "integer" }),
            json!(1.0),
            json!(1.5),
            Some("it must be an integer, and is a number"),
        ),
        (
            json!({ "type": ["null", "string"] }),
            json!(null),
            json!(true),
            Some("it must be null or a string, and is a boolean"),
        ),
        (
            json!({ "const": [1] }),
            json!([1.0]),
            json!([2]),
            Some("it must be `[1]`"),
        ),
        (
            json!({ "enum": [1, "a"] }),
            json!("a"),
            json!("b"),
            Some("it must be one of `1`, `a`"),
        ),
        (
            json!({ "minimum": 1 }),
            json!("text"),
            json!(0),
            Some("it must be at least `1`, and is `0`"),
        ),
        (
            json!({ "minimum": 1, "exclusiveMinimum": true }),
            json!(2),
            json!(1),
            Some("it must be greater than `1`, and is `1`"),
        ),
        (
            json!({ "exclusiveMaximum": 1.5 }),
            json!(1),
            json!(1.5),
            Some("it must be less than `1.5`, and is `1.5`"),
        ),
        (
            json!({ "multipleOf": 0.1 }),
            json!(0.3),
            json!(0.35),
            Some("it must be a multiple of `0.1`, and is `0.35`"),
        ),
        (
            json!({ "maxLength": 2 }),
            json!("äö"),
            json!("abc"),
            Some("it must have at most 2 characters, and has 3"),
        ),
        (
            json!({ "pattern": "b" }),
            json!("abc"),
            json!("ac"),
            Some("it must match the regular expression `b`"),
        ),
        (
            json!({ "items": { "minItems": 1 } }),
            json!([[1]]),
            json!([[1], []]),
            Some("`[1]` must have at least 1 items, and has 0"),
        ),
        (
            json!({ "items": [ {}, { "type": "string" } ], "additionalItems": false }),
            json!([1, "a"]),
            json!([1, "a", 2]),
            Some("nothing is allowed to be there, and `[2]` is"),
        ),
        (
            json!({ "prefixItems": [ { "type": "string" } ], "items": { "type": "null" } }),
            json!(["a", null]),
            json!(["a", 1]),
            Some("`[1]` must be null, and is an integer"),
        ),
        (
            json!({ "uniqueItems": true }),
            json!([1, "1"]),
            json!([1, 2, 1.0]),
            Some("it must not hold anything twice: items 0 and 2 are the same"),
        ),
        (
            json!({ "contains": { "type": "null" }, "maxContains": 1 }),
            json!([1, null]),
            json!([null, null]),
            Some("it holds too many items of the kind that `contains` asks for: 2"),
        ),
        (
            json!({ "properties": { "a": { "properties": { "b": { "type": "null" } } } } }),
            json!({ "a": { "c": 1 } }),
            json!({ "a": { "b": 1 } }),
            Some("`a.b` must be null, and is an integer"),
        ),
        (
            json!({ "patternProperties": { "^x": { "type": "null" } }, "additionalProperties": { "type": "string" } }),
            json!({ "x1": null, "y": "" }),
            json!({ "x1": 1 }),
            Some("`x1` must be null, and is an integer"),
        ),
        (
            json!({ "properties": { "port": {} }, "additionalProperties": false }),
            json!({ "port": 1 }),
            json!({ "prot": 1 }),
            Some("it must not have `prot`; did you mean `port`?"),
        ),
        (
            json!({ "propertyNames": { "maxLength": 1 } }),
            json!({ "a": 1 }),
            json!({ "ab": 1 }),
            Some("the name of `ab`: it must have at most 1 characters, and has 2"),
        ),
        (
            json!({ "required": ["a"], "minProperties": 2 }),
            json!({ "a": 1, "b": 1 }),
            json!({ "b": 1, "c": 1 }),
            Some("it must have `a`"),
        ),
        (
            json!({ "dependencies": { "a": ["b"], "c": { "maxProperties": 1 } } }),
            json!({ "a": 1, "b": 1 }),
            json!({ "a": 1 }),
            Some("it must have `b`, beside `a`"),
        ),
        (
            json!({ "allOf": [ { "minimum": 1 }, { "maximum": 3 } ] }),
            json!(2),
            json!(4),
            Some("it must be at most `3`, and is `4`"),
        ),
        (
            json!({ "oneOf": [ { "type": "integer" }, { "minimum": 2 } ] }),
            json!(1),
            json!(3),
            Some("it must be only one of its alternatives, and is several"),
        ),
        (
            json!({ "not": { "type": "null" } }),
            json!(1),
            json!(null),
            Some("it is what it must not be"),
        ),
        (
            json!({ "if": { "type": "string" }, "then": { "minLength": 1 }, "else": { "minimum": 1 } }),
            json!("a"),
            json!(0),
            Some("it must be at least `1`, and is `0`"),
        ),
        (
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "type": "null" } } }),
            json!(null),
            json!(1),
            Some("it must be null, and is an integer"),
        ),
    ] {
        assert_eq!(fault(&schema.to_string()), None, "{schema}");
        assert_eq!(judged(&schema, &good).0, None, "{schema} {good}");
        assert_eq!(judged(&schema, &bad).0.as_deref(), why, "{schema} {bad}");
    }
}

#[test]
fn what_cannot_be_said_is_no_fault() {
    for schema in [
        json!({ "$ref": "https://example.com/other.json" }),
        json!({ "not": { "$ref": "other.json" } }),
        json!({ "not": { "pattern": "(?=a)" } }),
        json!({ "unevaluatedProperties": false }),
        json!({ "oneOf": [ { "$ref": "other.json" }, true ] }),
        json!({ "$ref": "#" }),
        json!({ "$defs": { "a": { "$id": "a.json", "$ref": "#/x" } }, "$ref": "#/$defs/a" }),
        json!({ "$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/x", "x": {}, "type": "null" }),
        json!({ "format": "email", "type": ["string", "any"], "unheard": 1 }),
    ] {
        assert_eq!(judged(&schema, &json!("a")).0, None, "{schema}");
    }
}

#[test]
fn schemas_that_are_none_say_why() {
    for (schema, why) in [
        ("[]", "a JSON Schema is a map of keywords"),
        (
            "{\"type\": \"int\"}",
            "`type` names no type of JSON Schema: `int`; there are array, boolean, integer, null, number, object, string",
        ),
        (
            "{\"items\": [{\"minimum\": \"1\"}]}",
            "`items[0].minimum` must be a number",
        ),
        (
            "{\"properties\": {\"a\": 1}}",
            "`properties.a` must be a map of keywords",
        ),
        ("{\"required\": \"a\"}", "`required` must be a list of names"),
        (
            "{\"$ref\": \"#/definitions/a\"}",
            "`$ref` leads nowhere: there is no `#/definitions/a`",
        ),
        ("{\"pattern\": \"(a\"}", "`pattern`: a `(` is not closed at `(a`"),
    ] {
        assert_eq!(fault(schema).as_deref(), Some(why));
    }
}

/// Each level asks for the next one twice.
#[test]
fn what_doubles_itself_ends() {
    let mut definitions = serde_json::Map::new();
    for at in 0..60 {
        let next = json!({ "$ref": format!("#/$defs/{}", at + 1) });
        definitions.insert(at.to_string(), json!({ "anyOf": [next, next] }));
    }
    definitions.insert("60".to_owned(), json!({ "type": "null" }));
    let schema = json!({ "$ref": "#/$defs/0", "$defs": definitions });
    let (broken, steps) = judged(&schema, &json!(1));
    assert_eq!((broken, steps), (None, MOST_STEPS_EACH));
    let many: Vec<_> = (0..100_000).collect();
    assert_eq!(
        judged(&json!({ "uniqueItems": true }), &json!(many)).1,
        MOST_STEPS_EACH
    );
    let expressions: Vec<_> = (0..1000)
        .map(|at| json!({ "pattern": format!("{at}[a-z]{{500}}") }))
        .collect();
    assert_eq!(
        judged(&json!({ "allOf": expressions }), &json!("a")).0,
        Some("it must match the regular expression `0[a-z]{500}`".to_owned())
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let keyword = prop_oneof![
        Just("type"),
        Just("items"),
        Just("properties"),
        Just("anyOf"),
        Just("not"),
        Just("$ref"),
        Just("enum"),
        Just("required"),
        Just("additionalProperties"),
        Just("minimum"),
        Just("contains"),
        Just("a"),
        Just("if"),
    ];
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z#/$]{0,8}".prop_map(Value::from),
        Just(json!("string")),
        Just(json!("#/a")),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((keyword.clone(), inner), 0..5).prop_map(|entries| entries
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_schema_is_read_and_held(schema in any_json(), document in any_json()) {
        let text = schema.to_string();
        let _ = fault(&text);
        if JsonSchema::read(&text).is_some() {
            let _ = judged(&schema, &document);
        }
    }

    /// A value holds to itself, and not to what it must not be.
    #[test]
    fn a_value_is_itself(document in any_json()) {
        prop_assert_eq!(judged(&json!({ "const": document }), &document).0, None);
        let negated = json!({ "not": { "enum": [document] } });
        prop_assert!(judged(&negated, &document).0.is_some());
    }
}
