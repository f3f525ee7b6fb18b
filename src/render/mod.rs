//! Texts from templates and values, in Jinja's language.
//!
//! Strict: a name that nothing has a value for is a fault. Blocks that stand alone on a line leave no empty line, and the
//! last line keeps its end. Nothing is escaped, since configuration files are no HTML; values are written as scripts get
//! them. A template reads no other file.

use std::collections::BTreeMap;
use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, ErrorKind, Output, UndefinedBehavior, Value};
use thiserror::Error;

/// The most that a template may make, in bytes.
pub const MOST: usize = 4 * 1024 * 1024;
/// The most that it may do: about so many instructions, far less than a second.
const FUEL: u64 = 5_000_000;
/// The name under which a template knows itself; messages call it by its own.
const NAME: &str = "template";

/// What is wrong with a template, or with what it makes of its values.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{reason}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct Fault {
    /// Where, counted from 1.
    pub line: Option<usize>,
    /// What, in words.
    pub reason: String,
}

/// Whether `template` is one, whatever values it gets.
///
/// # Errors
/// Says what is wrong with how it is written.
pub fn check(template: &str) -> Result<(), Fault> {
    let environment = environment()?;
    let parsed = environment.template_from_named_str(NAME, template);
    parsed.map(drop).map_err(|error| fault(&error))
}

/// What `template` makes of `values`.
///
/// # Errors
/// Says what is wrong with it, which name has no value, or that it makes or does too much.
pub fn render(template: &str, values: &BTreeMap<String, serde_json::Value>) -> Result<String, Fault> {
    let environment = environment()?;
    let parsed = environment.template_from_named_str(NAME, template);
    let parsed = parsed.map_err(|error| fault(&error))?;
    let mut text = Bounded(Vec::new());
    let rendered = parsed.render_captured_to(Value::from(Serde(values)), &mut text);
    rendered.map_err(|error| fault(&error))?;
    // What is written is made of texts.
    Ok(String::from_utf8_lossy(&text.0).into_owned())
}

fn environment<'a>() -> Result<Environment<'a>, Fault> {
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(|error| fault(&error))?;
    let mut environment = Environment::new();
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(|out, _, value| write(out, value));
    environment.add_filter("to_json", |value: Value| json(&value, false));
    environment.add_filter("to_nice_json", |value: Value| json(&value, true));
    Ok(environment)
}

/// Writes a value as scripts get it: null is empty, booleans are as in YAML, lists and maps are JSON.
fn write(out: &mut Output<'_>, value: &Value) -> Result<(), minijinja::Error> {
    match value.kind() {
        ValueKind::None => Ok(()),
        ValueKind::Bool | ValueKind::Seq | ValueKind::Map => Ok(out.write_str(&json(value, false)?)?),
        _ => Ok(write!(out, "{value}")?),
    }
}

/// As Ansible calls it; `tojson` of Jinja escapes what HTML has a meaning for.
fn json(value: &Value, nice: bool) -> Result<String, minijinja::Error> {
    let text = if nice {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    text.map_err(|error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string()))
}

fn fault(error: &minijinja::Error) -> Fault {
    let reason = match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "it does too much; does a loop go over too many items?".to_owned(),
        (ErrorKind::WriteFailure, _) => format!("it makes more than {} MiB", MOST >> 20),
        (ErrorKind::UndefinedError, Some(detail)) => detail.to_owned(),
        (ErrorKind::UndefinedError, None) => "something in it has no value".to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    Fault {
        line: error.line(),
        reason,
    }
}

/// Takes so much and no more.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
