//! Digests: SHA-256 in lower-case hex over canonical JSON.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Role;
use crate::topology::{Action, Expression, Reads};

/// SHA-256 of `bytes`, in 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let mut hex = String::with_capacity(64);
    for byte in digest {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// `document` as JSON with sorted keys and no blanks: the same bytes for the same content, whoever writes it.
///
/// # Panics
/// If the document cannot be JSON (a map with keys that are no strings): none of khor's documents has such.
pub fn canonical_json(document: &impl Serialize) -> Vec<u8> {
    let value = serde_json::to_value(document).expect("khor's documents are JSON");
    let mut text = Vec::new();
    write_canonical(&value, &mut text);
    text
}

/// The order of keys is not left to serde_json: whether its maps are sorted depends on a feature any crate may switch.
fn write_canonical(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Array(items) => {
            text.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(b',');
                }
                write_canonical(item, text);
            }
            text.push(b']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push(b'{');
            for (at, (key, item)) in entries.into_iter().enumerate() {
                if at > 0 {
                    text.push(b',');
                }
                write_scalar(key, text);
                text.push(b':');
                write_canonical(item, text);
            }
            text.push(b'}');
        }
        scalar => write_scalar(scalar, text),
    }
}

fn write_scalar(scalar: &(impl Serialize + ?Sized), text: &mut Vec<u8>) {
    serde_json::to_writer(text, scalar).expect("a scalar is JSON, and a Vec takes all bytes");
}

/// The digest of a step: of all that makes it do what it does. Scripts count by the digests of their content, which
/// their actions hold; `after` are the digests of steps that it is to be done again after. Who waits for it and whom it waits for does not count, so it keeps its state when they change.
pub fn step_digest(
    check: Option<&Action>,
    apply: Option<&Action>,
    inputs: &BTreeMap<String, Value>,
    timeout: Option<Duration>,
    after: &[&str],
) -> String {
    #[derive(Serialize)]
    struct Content<'a> {
        check: Option<&'a Action>,
        apply: Option<&'a Action>,
        inputs: &'a BTreeMap<String, Value>,
        timeout_ms: Option<u64>,
        #[serde(skip_serializing_if = "<[&str]>::is_empty")]
        after: &'a [&'a str],
    }
    let timeout_ms = timeout.map(milliseconds);
    sha256_hex(&canonical_json(&Content {
        check,
        apply,
        inputs,
        timeout_ms,
        after,
    }))
}

/// The digest of a step that reads something while the application runs: of what it is without that, and of what it
/// reads, as far as that is known. Who gives it does not count.
pub fn reading_digest<G: fmt::Display>(digest: &str, reads: &Reads<G>) -> String {
    #[derive(Serialize)]
    struct Content<'a> {
        step: &'a str,
        reads: Reads<String>,
    }
    if reads.is_empty() {
        return digest.to_owned();
    }
    let reads = reads.map(|one| one.map(&mut |given| Expression::Given(given.to_string())));
    sha256_hex(&canonical_json(&Content { step: digest, reads }))
}

/// A duration in whole milliseconds, as documents hold it.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The digest of a step that leaves with the generation after this one. It differs from time to time, so that what was told
/// when the same thing left before, and came back, does not count.
pub fn leaving_digest(digest: &str, generation: u64) -> String {
    sha256_hex(format!("{digest} leaves after {generation}").as_bytes())
}

/// The digest of a role: of the whole document, except the number of its generation.
pub fn role_digest(role: &Role) -> String {
    let unnumbered = Role {
        generation: 0,
        ..role.clone()
    };
    sha256_hex(&canonical_json(&unnumbered))
}

/// The digest of a generation: of the hosts and digests of its roles, in the order of hosts.
pub fn generation_digest(roles: &[Role]) -> String {
    let digests: BTreeMap<&str, String> = roles
        .iter()
        .map(|role| (role.host.as_str(), role_digest(role)))
        .collect();
    sha256_hex(&canonical_json(&digests))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_is_sorted_without_blanks() {
        let value: Value =
            serde_json::from_str(r#"{ "b": [1, 2.5, null], "a": {"z": "\n", "y": true} }"#).unwrap();
        let text = String::from_utf8(canonical_json(&value)).unwrap();
        assert_eq!(text, r#"{"a":{"y":true,"z":"\n"},"b":[1,2.5,null]}"#);
    }

    #[test]
    fn a_step_digest_tells_content_apart() {
        let inputs = BTreeMap::from([("port".to_owned(), Value::from(80))]);
        let nil = Some(&Action::Nil);
        let plain = step_digest(None, nil, &BTreeMap::new(), None, &[]);
        assert_eq!(plain, step_digest(None, nil, &BTreeMap::new(), None, &[]));
        let others = [
            step_digest(nil, nil, &BTreeMap::new(), None, &[]),
            step_digest(nil, None, &BTreeMap::new(), None, &[]),
            step_digest(None, nil, &inputs, None, &[]),
            step_digest(None, nil, &BTreeMap::new(), Some(Duration::from_secs(1)), &[]),
        ];
        for (at, other) in others.iter().enumerate() {
            assert!(*other != plain && !others[..at].contains(other), "{at}");
        }
    }
}
