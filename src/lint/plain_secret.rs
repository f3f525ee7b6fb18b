//! Secrets in the text of a template.

use super::Rule;
use super::facts::{Facts, types};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::yaml::{Entry, NodeId, Tree, Value};

pub(super) static RULE: Rule = Rule {
    only_sound: false,
    find,
};

fn find(facts: &Facts<'_>, sink: &mut Sink) {
    let Some(tree) = facts.root() else { return };
    if let Some((_, inputs)) = facts.at(&["topology_template", "inputs"]) {
        defaults(tree, inputs, "input", sink);
    }
    for (_, of) in types(tree) {
        if let Some(properties) = tree.get(of.value, "properties") {
            defaults(tree, properties, "property", sink);
        }
    }
    if let Some((_, nodes)) = facts.at(&["topology_template", "node_templates"]) {
        for node in tree.entries(nodes) {
            let Some(properties) = tree.get(node.value, "properties") else {
                continue;
            };
            for entry in tree.entries(properties) {
                let Some(name) = secret_name(tree, *entry) else {
                    continue;
                };
                if is_secret(tree, entry.value) {
                    sink.push(
                        Diagnostic::new(
                            &codes::PLAIN_SECRET,
                            tree.span(entry.value),
                            format!("`{name}` is a secret in plain text"),
                        )
                        .help(format!(
                            "take it from an input without a default: `{{ get_input: {name} }}`"
                        )),
                    );
                }
            }
        }
    }
}

/// Looks at definitions of inputs or properties.
fn defaults(tree: &Tree, definitions: NodeId, what: &str, sink: &mut Sink) {
    for entry in tree.entries(definitions) {
        let Some(name) = secret_name(tree, *entry) else {
            continue;
        };
        let of = tree.get(entry.value, "type").and_then(|of| tree.scalar(of));
        let Some(default) = tree.get(entry.value, "default") else {
            continue;
        };
        if of.is_none_or(|of| of == "string") && is_secret(tree, default) {
            sink.push(
                Diagnostic::new(
                    &codes::PLAIN_SECRET,
                    tree.span(default),
                    format!("the {what} `{name}` has a secret as its default"),
                )
                .help("remove the default, so that a value must be given"),
            );
        }
    }
}

/// What the names of secrets end in.
const ENDINGS: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "authtoken",
    "accesstoken",
];

/// The name of an entry, if it is that of a secret: its last word says so (`db_password`, `apiKey`).
fn secret_name(tree: &Tree, entry: Entry) -> Option<&str> {
    let name = tree.scalar(entry.key)?;
    // Most names differ in their last letter.
    let last = name.chars().rev().find(|c| c.is_alphanumeric())?;
    let mut endings = ENDINGS
        .iter()
        .filter(|ending| ending.ends_with(last.to_ascii_lowercase()));
    let is_secret = endings.any(|ending| rest(name, ending).is_some())
        || rest(name, "token").is_some_and(|rest| !rest.contains(char::is_alphanumeric));
    is_secret.then_some(name)
}

/// What stands before `ending` in a name; case does not count, nor does what is between letters.
fn rest<'n>(name: &'n str, ending: &str) -> Option<&'n str> {
    let mut letters = name.char_indices().rev().filter(|(_, c)| c.is_alphanumeric());
    let mut start = name.len();
    for expected in ending.chars().rev() {
        let (at, letter) = letters.next()?;
        if !letter.eq_ignore_ascii_case(&expected) {
            return None;
        }
        start = at;
    }
    Some(&name[..start])
}

/// Whether the value could be a secret: a text that is no path to one.
fn is_secret(tree: &Tree, value: NodeId) -> bool {
    match tree.value(value) {
        Some(Value::String(text)) => !text.is_empty() && !text.starts_with(['/', '~', '.', '$', '<', '{']),
        _ => false,
    }
}
