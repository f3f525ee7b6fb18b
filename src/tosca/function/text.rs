//! The functions on texts.

use serde_json::Value;

use super::super::value::{Builtin, Schema};
use super::super::view::View;
use super::call::Call;
use super::evaluate::{Evaluator, Here, Stop};
use super::memory::MOST_BYTES;
use super::signature;
use crate::diagnostic::{Severity, Sink};

impl<'a> Evaluator<'_, 'a> {
    pub(super) fn concat(&mut self, list: &[View<'a>], here: Here, sink: &mut Sink) -> Result<Value, Stop> {
        let mut whole = String::new();
        for part in self.parts(list.iter().copied(), here, sink)? {
            whole.push_str(&part);
            if whole.len() > MOST_BYTES {
                return Err(Stop::Unknown);
            }
        }
        Ok(Value::String(whole))
    }

    pub(super) fn join(
        &mut self,
        call: Call<'a>,
        list: &[View<'a>],
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let delimiter = match list.get(1) {
            Some(delimiter) => self.part(*delimiter, here, sink),
            None => Ok(String::new()),
        };
        let parts = if list[0].is_list() {
            self.parts(list[0].items(), here, sink)?
        } else {
            let Value::Array(items) = self.value(list[0], None, here, sink)? else {
                let fault = "argument 1 of `join` must be a list of texts".to_owned();
                return Err(self.tell(signature::written(&call, list[0], fault), sink));
            };
            let parts: Option<Vec<_>> = items.iter().map(text).collect();
            parts.ok_or(Stop::Unknown)?
        };
        Ok(Value::String(parts.join(&delimiter?)))
    }

    pub(super) fn token(
        &mut self,
        call: Call<'a>,
        list: &[View<'a>],
        here: Here,
        sink: &mut Sink,
    ) -> Result<Value, Stop> {
        let parts = self.parts(list.iter().copied(), here, sink)?;
        let [whole, characters, index] = parts.as_slice() else {
            return Err(Stop::Unknown);
        };
        let Ok(index) = index.parse::<usize>() else {
            let fault = format!("argument 3 of `token` must be a number, and gives `{index}`");
            return Err(self.tell(signature::written(&call, list[2], fault), sink));
        };
        let mut cut = whole.split(|c| characters.contains(c));
        if let Some(part) = cut.nth(index) {
            return Ok(Value::String(part.to_owned()));
        }
        let count = whole.split(|c| characters.contains(c)).count();
        let mut fault = signature::written(
            &call,
            list[2],
            format!(
                "`token` finds no part {index}: the text has {count} {}",
                if count == 1 { "part" } else { "parts" }
            ),
        );
        // Another text may be given from outside.
        fault.severity = Severity::Warning;
        let shown: String = whole.chars().take(40).collect();
        Err(self.tell(
            fault
                .note(format!(
                    "the text is `{shown}`, cut at `{characters}`; parts are counted from 0"
                ))
                .help("count from 0, or correct the characters"),
            sink,
        ))
    }

    /// Every argument is looked at, so that each one's faults are reported.
    fn parts(
        &mut self,
        list: impl Iterator<Item = View<'a>>,
        here: Here,
        sink: &mut Sink,
    ) -> Result<Vec<String>, Stop> {
        let all: Vec<_> = list.map(|part| self.part(part, here, sink)).collect();
        all.into_iter().collect()
    }

    /// An argument that is meant as text: the raw text of a scalar, so that `1.10` stays what it is.
    fn part(&mut self, view: View<'a>, here: Here, sink: &mut Sink) -> Result<String, Stop> {
        let value = self.value(view, Some(&Schema::builtin(Builtin::String)), here, sink)?;
        text(&value).ok_or(Stop::Unknown)
    }
}

/// A value as text, as `concat` and `join` take it; none for lists, maps and null.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
