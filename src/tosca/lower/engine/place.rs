//! Arguments of engines that are read while the application runs: where they are put, and what stands there until then.

use serde_json::{Map, Value, json};

use super::super::super::function::Term;

/// What stands in the place of an argument, and what is put where later: places (JSON pointers) in the action.
pub(super) struct Placed {
    pub(super) until: Value,
    pub(super) later: Vec<(String, Term)>,
}

/// Whether an argument of this name shows to nobody what is in it.
pub(super) fn keeps_secrets(argument: &str) -> bool {
    matches!(argument, "content" | "environment" | "headers" | "values")
}

/// Places an argument of an engine; none if the engine has to know it before. `whose` keeps paths of different steps apart.
pub(super) fn place(engine: &str, argument: &str, term: &Term, whose: &str) -> Option<Placed> {
    let all = |place: &str, until: Value| {
        Some(Placed {
            until,
            later: vec![(place.to_owned(), term.clone())],
        })
    };
    let file = if engine == "template" { "/file" } else { "" };
    match (engine, argument) {
        ("file" | "template", "path") => all(
            &format!("{file}/path"),
            json!(format!("/read/{whose}/{argument}")),
        ),
        ("file" | "template", "owner" | "group") => all(&format!("{file}/{argument}"), json!("read")),
        ("file", "content") => all("/content", json!("")),
        ("file", "target") => all("/state/symlink", json!("/read")),
        ("process", "directory") => all("/directory", json!("/")),
        ("process", "command") => list("/command", term),
        ("process", "environment") => map("/environment", term),
        ("tcp", "host") => all("/host", json!("read")),
        ("tcp", "port") => all("/port", json!(1)),
        ("http", "url") => all("/url", json!("http://read")),
        ("http", "contains") => all("/contains", json!("read")),
        ("http", "headers") => map("/headers", term),
        _ => None,
    }
}

fn list(place: &str, term: &Term) -> Option<Placed> {
    let Term::List(items) = term else { return None };
    let mut placed = Placed {
        until: json!([]),
        later: Vec::new(),
    };
    let mut until = Vec::new();
    for (at, item) in items.iter().enumerate() {
        until.push(item.value().cloned().unwrap_or(json!("read")));
        if item.value().is_none() {
            placed.later.push((format!("{place}/{at}"), item.clone()));
        }
    }
    placed.until = Value::Array(until);
    Some(placed)
}

fn map(place: &str, term: &Term) -> Option<Placed> {
    let Term::Map(entries) = term else { return None };
    let mut until = Map::new();
    let mut later = Vec::new();
    for (name, entry) in entries {
        until.insert(name.clone(), entry.value().cloned().unwrap_or(json!("read")));
        if entry.value().is_none() {
            let escaped = name.replace('~', "~0").replace('/', "~1");
            later.push((format!("{place}/{escaped}"), entry.clone()));
        }
    }
    Some(Placed {
        until: Value::Object(until),
        later,
    })
}
