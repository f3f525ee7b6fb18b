//! The functions on texts.

use serde_json::Value;

use super::super::value::{Builtin, Schema};
use super::super::view::View;
use super::call::Call;
use super::evaluate::{Evaluator, Here, Stop, Term, listed};
use super::memory::MOST_BYTES;
use super::signature;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};
use crate::topology::as_text;

impl<'a> Evaluator<'_, 'a> {
    pub(super) fn concat(&mut self, list: &[View<'a>], here: Here, sink: &mut Sink) -> Result<Term, Stop> {
        let parts = self.parts(list.iter().copied(), here, sink)?;
        let Some(texts) = texts(&parts) else {
            return Ok(Term::Concat(parts));
        };
        let mut whole = String::new();
        for part in texts {
            whole.push_str(&part);
            if whole.len() > MOST_BYTES {
                return Err(Stop::Unknown);
            }
        }
        Ok(Term::Value(Value::String(whole)))
    }

    pub(super) fn join(
        &mut self,
        call: Call<'a>,
        list: &[View<'a>],
        here: Here,
        sink: &mut Sink,
    ) -> Result<Term, Stop> {
        let delimiter = match list.get(1) {
            Some(delimiter) => self.part(*delimiter, here, sink),
            None => Ok(Term::Value(String::new().into())),
        };
        let parts = if list[0].is_list() {
            listed(self.parts(list[0].items(), here, sink)?)
        } else {
            self.term(list[0], None, here, sink)?
        };
        let delimiter = delimiter?;
        let known = match &parts {
            Term::Value(Value::Array(items)) => {
                let texts: Option<Vec<_>> = items.iter().map(as_text).collect();
                Some(texts.ok_or(Stop::Unknown)?)
            }
            Term::Value(_) => {
                let fault = "argument 1 of `join` must be a list of texts".to_owned();
                return Err(self.tell(signature::written(&call, list[0], fault), sink));
            }
            _ => None,
        };
        let between = delimiter.value().and_then(as_text);
        Ok(match (known, between) {
            (Some(parts), Some(between)) => Term::Value(parts.join(&between).into()),
            _ => Term::Join {
                parts: Box::new(parts),
                delimiter: Box::new(delimiter),
            },
        })
    }

    pub(super) fn token(
        &mut self,
        call: Call<'a>,
        list: &[View<'a>],
        here: Here,
        sink: &mut Sink,
    ) -> Result<Term, Stop> {
        let parts = self.parts(list.iter().copied(), here, sink)?;
        let Some(texts) = texts(&parts) else {
            let parts: Result<[Term; 3], _> = parts.try_into();
            let [text, at, index] = parts.map_err(|_| Stop::Unknown)?.map(Box::new);
            return Ok(Term::Token { text, at, index });
        };
        let [whole, characters, index] = texts.as_slice() else {
            return Err(Stop::Unknown);
        };
        let Ok(index) = index.parse::<usize>() else {
            let fault = format!("argument 3 of `token` must be a number, and gives `{index}`");
            return Err(self.tell(signature::written(&call, list[2], fault), sink));
        };
        let mut cut = whole.split(|c| characters.contains(c));
        if let Some(part) = cut.nth(index) {
            return Ok(Term::Value(part.into()));
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
    ) -> Result<Vec<Term>, Stop> {
        let all: Vec<_> = list.map(|part| self.part(part, here, sink)).collect();
        all.into_iter().collect()
    }

    /// An argument that is meant as text: the raw text of a scalar, so that `1.10` stays what it is.
    fn part(&mut self, view: View<'a>, here: Here, sink: &mut Sink) -> Result<Term, Stop> {
        match self.term(view, Some(&Schema::builtin(Builtin::String)), here, sink)? {
            Term::Value(value) => as_text(&value)
                .map(|text| Term::Value(text.into()))
                .ok_or(Stop::Unknown),
            Term::Each { node, .. } => {
                let group = self.service.nodes[node.0 as usize].name;
                let fault = Diagnostic::new(
                    &codes::FUNCTION_ARGUMENTS,
                    view.span(),
                    format!("a text is needed, and this is a list: `{group}` is scalable"),
                )
                .note("what is read of a scalable node from outside of it is a list, with an item for each instance")
                .help("put the items together first: `{ join: [ { get_attribute: … }, ',' ] }`");
                Err(self.tell(fault, sink))
            }
            term => Ok(term),
        }
    }
}

/// The texts, if all are known.
fn texts(parts: &[Term]) -> Option<Vec<String>> {
    parts.iter().map(|part| as_text(part.value()?)).collect()
}
