//! Names of users and groups to numbers, without libc's lookups: `/etc/passwd` and `/etc/group` first, then the
//! programs that also know of directories in the network (`id`, `getent`).

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is taken for true. A step may well create the user that the next one needs.
const FRESH: Duration = Duration::from_secs(5);

/// Which list a name is looked up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) enum Kind {
    User,
    Group,
}

impl Kind {
    fn list(self) -> &'static str {
        match self {
            Self::User => "/etc/passwd",
            Self::Group => "/etc/group",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

type Answers = HashMap<(Kind, String), (Instant, Option<u32>)>;

/// Remembers answers for a short time. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Accounts {
    known: Arc<Mutex<Answers>>,
}

impl Accounts {
    /// The number of a user or group given by name or number.
    pub(in crate::engine) fn number(&self, kind: Kind, name: &str) -> Result<u32, String> {
        if let Ok(number) = name.parse() {
            return Ok(number);
        }
        let key = (kind, name.to_owned());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (when, _)| when.elapsed() < FRESH);
        let (_, answer) = known
            .entry(key)
            .or_insert_with(|| (Instant::now(), find(kind, name)));
        answer.ok_or_else(|| {
            let word = kind.word();
            format!("there is no {word} `{name}` on this host; make the {word} first, or give its number")
        })
    }
}

fn find(kind: Kind, name: &str) -> Option<u32> {
    let list = std::fs::read_to_string(kind.list()).unwrap_or_default();
    field_of(&list, name).or_else(|| ask(kind, name))
}

/// The number in the line of `name`; both lists have it in the third field.
fn field_of(list: &str, name: &str) -> Option<u32> {
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

fn ask(kind: Kind, name: &str) -> Option<u32> {
    // A name that looks like an option is nobody's.
    if name.is_empty() || name.starts_with('-') {
        return None;
    }
    let mut command = match kind {
        Kind::User => Command::new("id"),
        Kind::Group => Command::new("getent"),
    };
    match kind {
        Kind::User => command.args(["-u", name]),
        Kind::Group => command.args(["group", name]),
    };
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    match kind {
        Kind::User => text.trim().parse().ok(),
        Kind::Group => field_of(&text, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_understood() {
        let accounts = Accounts::default();
        assert_eq!(accounts.number(Kind::User, "root"), Ok(0));
        assert_eq!(accounts.number(Kind::Group, "4711"), Ok(4711));
        let error = accounts.number(Kind::User, "nobody-of-that-name").unwrap_err();
        assert!(error.contains("no user `nobody-of-that-name`"), "{error}");
    }
}
