//! What programs print and give: a tail of bounded size, made fit to be shown, and the values of `KHOR_OUTPUT`.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

/// How much of what a program prints is shown, in bytes.
pub(super) const TAIL: usize = 8 * 1024;
/// The most that a program may give through `KHOR_OUTPUT`, in bytes. Outputs become part of a step's state, and a store
/// takes requests of about a megabyte.
pub(super) const MOST_OUTPUT: usize = 64 * 1024;
/// What stands for a secret.
const REDACTED: &str = "[redacted]";
/// Parts of names that tell of a secret.
const SECRET_NAMES: [&str; 7] = [
    "password",
    "passwd",
    "passphrase",
    "token",
    "secret",
    "credential",
    "key",
];
/// Shorter values are no secrets, and to blot them out would blot out half the text.
const SHORTEST_SECRET: usize = 4;

/// The last bytes of a stream of any length.
#[derive(Debug)]
pub(super) struct Tail {
    bytes: VecDeque<u8>,
    limit: usize,
}

impl Tail {
    /// Keeps some more than is shown, so that a secret of up to `margin` bytes at the cut is still seen whole.
    pub(super) fn new(margin: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            limit: TAIL + margin,
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        let chunk = &chunk[chunk.len().saturating_sub(self.limit)..];
        let excess = (self.bytes.len() + chunk.len()).saturating_sub(self.limit);
        self.bytes.drain(..excess);
        self.bytes.extend(chunk);
    }

    /// As it may be shown.
    pub(super) fn text(self, secrets: &Secrets) -> String {
        let bytes: Vec<u8> = self.bytes.into();
        let text = secrets.redact(&String::from_utf8_lossy(&bytes));
        let text = printable(&text);
        let mut start = text.len().saturating_sub(TAIL);
        while !text.is_char_boundary(start) {
            start += 1;
        }
        text[start..].trim_end().to_owned()
    }
}

/// Without colours and other control characters; line ends and tabs stay.
fn printable(text: &str) -> String {
    let plain = anstream::adapter::strip_str(text).to_string();
    plain
        .replace("\r\n", "\n")
        .chars()
        .map(|letter| match letter {
            '\n' | '\t' => letter,
            // A progress bar overwrites its line; here each state of it is one.
            '\r' => '\n',
            _ if letter.is_control() => '\u{fffd}',
            _ => letter,
        })
        .collect()
}

/// The last line that has something in it, cut to `limit` characters.
pub(super) fn last_line(tail: &str, limit: usize) -> String {
    let line = tail.lines().rev().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().chars().take(limit).collect()
}

/// Values that must not be shown.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// The values of those inputs whose name tells of a secret, with all that is inside lists and maps.
    pub(super) fn of<'a>(inputs: impl IntoIterator<Item = (&'a String, &'a Value)>) -> Self {
        let mut secrets = Self::default();
        for (name, value) in inputs {
            secrets.collect(is_secret(name), value);
        }
        secrets.sort();
        secrets
    }

    /// Takes a secret, if there is one.
    pub(super) fn add_all(&mut self, secret: Option<&str>) {
        if let Some(secret) = secret {
            self.collect(true, &Value::from(secret));
            self.sort();
        }
    }

    /// These and others.
    pub(super) fn and(mut self, others: &Self) -> Self {
        self.0.extend_from_slice(&others.0);
        self.sort();
        self
    }

    /// The longest first: one may be part of another.
    fn sort(&mut self) {
        self.0
            .sort_by(|one, other| (other.len(), one).cmp(&(one.len(), other)));
        self.0.dedup();
    }

    /// Whether any of them is in `text`.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.0.iter().any(|secret| text.contains(secret.as_str()))
    }

    /// Whether any of them is in a value: in one of its texts, names or numbers.
    pub(super) fn are_in_value(&self, value: &Value) -> bool {
        match value {
            Value::Object(map) => {
                let mut entries = map.iter();
                entries.any(|(name, value)| self.are_in(name) || self.are_in_value(value))
            }
            Value::Array(list) => list.iter().any(|value| self.are_in_value(value)),
            Value::String(text) => self.are_in(text),
            Value::Number(number) => self.are_in(&number.to_string()),
            Value::Null | Value::Bool(_) => false,
        }
    }

    fn collect(&mut self, secret: bool, value: &Value) {
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    self.collect(secret || is_secret(name), value);
                }
            }
            Value::Array(list) => {
                for value in list {
                    self.collect(secret, value);
                }
            }
            Value::String(text) if secret => {
                self.add(text.trim());
                // A key of many lines may be printed line by line, or as JSON.
                for line in text.lines() {
                    self.add(line.trim());
                }
                let quoted = value.to_string();
                self.add(quoted.trim_matches('"'));
            }
            Value::Number(number) if secret => self.add(&number.to_string()),
            _ => {}
        }
    }

    fn add(&mut self, text: &str) {
        if text.len() >= SHORTEST_SECRET {
            self.0.push(text.to_owned());
        }
    }

    /// The length of the longest, within reason.
    pub(super) fn longest(&self) -> usize {
        self.0.first().map_or(0, |secret| secret.len().min(64 * 1024))
    }

    /// `text` without them.
    pub(super) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), REDACTED);
            }
        }
        text
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// The values in `text`: one JSON object, or lines `name=value`.
pub(super) fn parse(text: &[u8]) -> Result<BTreeMap<String, Value>, String> {
    if text.len() > MOST_OUTPUT {
        return Err(format!(
            "it wrote more than {MOST_OUTPUT} bytes to KHOR_OUTPUT; give less, or the path of a file"
        ));
    }
    let Ok(text) = str::from_utf8(text) else {
        return Err("what it wrote to KHOR_OUTPUT is not UTF-8".to_owned());
    };
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text)
            .map_err(|error| format!("what it wrote to KHOR_OUTPUT begins like JSON, but is none: {error}"));
    }
    let mut outputs = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match line.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                outputs.insert(name.trim().to_owned(), Value::String(value.to_owned()));
            }
            _ => {
                return Err(format!(
                    "line {number} of what it wrote to KHOR_OUTPUT is not `name=value`; for values of several lines \
                     write one JSON object instead"
                ));
            }
        }
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn secrets(inputs: &Value) -> Secrets {
        let inputs: BTreeMap<String, Value> = serde_json::from_value(inputs.clone()).unwrap();
        Secrets::of(&inputs)
    }

    #[test]
    fn a_tail_keeps_the_end_in_bounded_memory() {
        let mut tail = Tail::new(0);
        for n in 0..100_000 {
            tail.push(format!("line {n}\n").as_bytes());
            assert!(tail.bytes.len() <= TAIL);
        }
        tail.push(&vec![b'x'; 3 * TAIL]);
        tail.push(b"\nend\n");
        let text = tail.text(&Secrets::default());
        assert!(text.len() <= TAIL && text.ends_with("x\nend"), "{}", text.len());
    }

    #[test]
    fn secrets_are_blotted_out_even_at_the_cut() {
        let secrets = secrets(&json!({
            "db_password": "hunter22", "user": "root", "n": 1,
            "tls": {"Key": "line one\nline two"}, "tokens": ["abcdef", 123_456]
        }));
        let seen = secrets.redact("root hunter22 line two abcdef 123456 line one\\nline two");
        assert_eq!(
            seen,
            "root [redacted] [redacted] [redacted] [redacted] [redacted]"
        );
        let mut tail = Tail::new(secrets.longest());
        // The cut goes through the secret.
        tail.push(format!("hunter22{}", "x".repeat(TAIL - 3)).as_bytes());
        let text = tail.text(&secrets);
        assert!(!text.contains("er22") && text.ends_with('x'), "{}", &text[..20]);
    }

    #[test]
    fn a_tail_is_fit_for_any_terminal() {
        let mut tail = Tail::new(0);
        tail.push(b"\x1b[31mred\x1b[0m \x07bell \xff 10%\r20%\r\ndone\n\n");
        assert_eq!(tail.text(&Secrets::default()), "red bell \u{fffd} 10%\n20%\ndone");
    }

    #[test]
    fn outputs_are_lines_or_json() {
        let outputs = parse(b"a=1\n\n b = x=y \n").unwrap();
        assert_eq!(json!(outputs), json!({"a": "1", "b": " x=y "}));
        assert_eq!(json!(parse(b" {\"a\": [1]}").unwrap()), json!({"a": [1]}));
        assert!(parse(b"").unwrap().is_empty());
        assert!(parse(b"a=1\noops").unwrap_err().contains("line 2"));
        assert!(parse(b"{\"a\": ").unwrap_err().contains("JSON"));
        assert!(
            parse(&vec![b'x'; MOST_OUTPUT + 1])
                .unwrap_err()
                .contains("more than")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_shown_and_parsed(bytes: Vec<u8>) {
            let mut tail = Tail::new(3);
            tail.push(&bytes);
            let text = tail.text(&Secrets(vec!["aaaa".into()]));
            prop_assert!(text.len() <= TAIL);
            prop_assert!(text.chars().all(|letter| letter == '\n' || letter == '\t' || !letter.is_control()));
            let _ = parse(&bytes);
        }
    }
}
