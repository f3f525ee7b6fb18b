//! Whether a schema makes sense: constraint clauses suit the type they stand on, and only lists and maps have entries.

use super::super::function;
use super::super::types::Types;
use super::super::view::View;
use super::json_schema;
use super::markup;
use super::pattern;
use super::scalar::{float, integer};
use super::subject::{Subject, is_unbounded};
use super::typed::{Typed, explain};
use super::{Builtin, Of, Schema, What};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, nearest};

/// The operators that suit a type (Simple Profile 1.3, section 3.6.3.1).
fn operators(base: Option<Builtin>) -> &'static [&'static str] {
    const ANY: &[&str] = &["equal", "valid_values"];
    const COMPARABLE: &[&str] = &[
        "equal",
        "greater_than",
        "greater_or_equal",
        "less_than",
        "less_or_equal",
        "in_range",
        "valid_values",
    ];
    const STRING: &[&str] = &[
        "equal",
        "greater_than",
        "greater_or_equal",
        "less_than",
        "less_or_equal",
        "in_range",
        "valid_values",
        "length",
        "min_length",
        "max_length",
        "pattern",
        "schema",
    ];
    match base {
        Some(Builtin::String) => STRING,
        Some(Builtin::List | Builtin::Map) => {
            &["equal", "valid_values", "length", "min_length", "max_length"]
        }
        Some(Builtin::Range) => &["equal", "in_range", "valid_values"],
        None | Some(Builtin::Boolean | Builtin::Null) => ANY,
        Some(_) => COMPARABLE,
    }
}

/// Reports what is wrong with the definition `body` that `schema` was read from.
pub(in crate::tosca) fn check_schema<'a>(
    types: &Types<'a>,
    body: View<'a>,
    schema: &Schema<'a>,
    what: What<'_>,
    sink: &mut Sink,
) {
    let base = schema.base(types);
    let known = match schema.of {
        Of::Any => false,
        Of::Builtin(_) => true,
        Of::Data(id) => !types.get(id).open,
    };
    if known {
        let name = schema.name(types);
        check_constraints(body, base, name, what, sink);
        entries(body, base, name, what, sink);
    }
    for (key, inner) in [("entry_schema", &schema.entry), ("key_schema", &schema.key)] {
        if let (Some(body), Some(inner)) = (body.get(key), inner) {
            check_schema(types, body, inner, what, sink);
        }
    }
}

/// `entry_schema` and `key_schema` where nothing has entries or keys.
fn entries(body: View<'_>, base: Option<Builtin>, name: &str, what: What<'_>, sink: &mut Sink) {
    for (keyname, has, owners) in [
        (
            "entry_schema",
            matches!(base, Some(Builtin::List | Builtin::Map)),
            "lists and maps have entries",
        ),
        ("key_schema", base == Some(Builtin::Map), "maps have keys"),
    ] {
        let is_told = body.get(keyname).is_some_and(View::is_error);
        let Some(key) = body.key(keyname).filter(|_| !has && !is_told) else {
            continue;
        };
        sink.push(
            Diagnostic::new(
                &codes::MISPLACED_SCHEMA,
                key.span(),
                format!("`{keyname}` means nothing for {what}, which is of type `{name}`"),
            )
            .note(format!("only {owners}"))
            .help("remove it, or declare `type: list` or `type: map`"),
        );
    }
}

/// Reports constraint clauses under `constraints` of `body` that do not suit values of the type `name`.
pub(in crate::tosca) fn check_constraints(
    body: View<'_>,
    base: Option<Builtin>,
    name: &str,
    what: What<'_>,
    sink: &mut Sink,
) {
    let clauses = body.get("constraints").filter(|clauses| clauses.is_list());
    let clause = Clause { base, name, what };
    for item in clauses.into_iter().flat_map(View::items) {
        if let Some((key, operator, bound)) = item.only_entry() {
            clause.check(key, operator, bound, sink);
        } else if item.is_scalar() {
            clause.operand("equal", item, sink);
        }
    }
}

/// Whether a constraint clause may have this operator.
pub(in crate::tosca) fn is_operator(name: &str) -> bool {
    operators(Some(Builtin::String)).contains(&name)
}

/// The operator that a name is almost, if it is none.
pub(in crate::tosca) fn nearest_operator(name: &str) -> Option<&'static str> {
    let known = operators(Some(Builtin::String)).iter().copied();
    (!is_operator(name)).then(|| nearest(name, known)).flatten()
}

/// Reports a clause (key, operator, operand) that does not suit values of the type `name`.
pub(in crate::tosca) fn check_clause(
    (key, operator, bound): (View<'_>, &str, View<'_>),
    base: Option<Builtin>,
    name: &str,
    what: What<'_>,
    sink: &mut Sink,
) {
    Clause { base, name, what }.check(key, operator, bound, sink);
}

struct Clause<'s> {
    base: Option<Builtin>,
    /// The type's name.
    name: &'s str,
    what: What<'s>,
}

impl Clause<'_> {
    fn check(&self, key: View<'_>, operator: &str, bound: View<'_>, sink: &mut Sink) {
        let suiting = operators(self.base);
        // An unknown operator is the grammar's to report.
        if !is_operator(operator) {
            return;
        }
        if !suiting.contains(&operator) {
            let listed: Vec<_> = suiting.iter().map(|operator| format!("`{operator}`")).collect();
            sink.push(
                Diagnostic::new(
                    &codes::MISPLACED_CONSTRAINT,
                    key.span(),
                    format!(
                        "`{operator}` does not suit {}, which is of type `{}`",
                        self.what, self.name
                    ),
                )
                .note(format!("constraints on it are {}", listed.join(", ")))
                .help(self.advice(operator)),
            );
            return;
        }
        if function::is_call(bound) {
            return;
        }
        match operator {
            "valid_values" => bound.items().for_each(|item| self.operand(operator, item, sink)),
            "in_range" => self.range(bound, sink),
            "length" | "min_length" | "max_length" => {
                if bound.text().and_then(integer).is_none_or(|length| length < 0) {
                    let expected = "a number of characters, items or entries, as in `8`";
                    self.wrong(operator, bound, expected, None, sink);
                }
            }
            "pattern" => match bound.text() {
                Some(text) => {
                    if let Some(why) = pattern::fault(text) {
                        self.wrong(
                            operator,
                            bound,
                            "a regular expression, as in `[a-z]+`",
                            Some(why),
                            sink,
                        );
                    }
                }
                None => self.wrong(
                    operator,
                    bound,
                    "a regular expression, as in `[a-z]+`",
                    None,
                    sink,
                ),
            },
            "schema" => self.document(bound, sink),
            _ => self.operand(operator, bound, sink),
        }
    }

    fn advice(&self, operator: &str) -> String {
        let by_length = matches!(operator, "length" | "min_length" | "max_length");
        let entries = matches!(self.base, Some(Builtin::List | Builtin::Map));
        if entries && !by_length {
            return "to constrain each entry, move it to `constraints` of the `entry_schema`".to_owned();
        }
        let numeric = operators(self.base).contains(&"in_range");
        match operator {
            "min_length" if numeric => "did you mean `greater_or_equal`?".to_owned(),
            "max_length" if numeric => "did you mean `less_or_equal`?".to_owned(),
            _ => "remove it, or change the type".to_owned(),
        }
    }

    /// A document that describes documents. An XML Schema is XML, and more is not said of it: no library reads them.
    fn document(&self, bound: View<'_>, sink: &mut Sink) {
        let Some(text) = bound.text() else {
            self.wrong("schema", bound, "a string that holds the schema", None, sink);
            return;
        };
        let fault = match (self.name, text.trim_start().chars().next()) {
            ("tosca.datatypes.json", _) | (_, Some('{')) => json_schema::fault(text),
            ("tosca.datatypes.xml", _) | (_, Some('<')) => markup::xml(text),
            _ => None,
        };
        if fault.is_some() {
            self.wrong("schema", bound, "a string that holds the schema", fault, sink);
        }
    }

    /// An operand that must be a value of the type itself.
    fn operand(&self, operator: &str, bound: View<'_>, sink: &mut Sink) {
        if bound.is_error() || function::is_call(bound) {
            return;
        }
        let Some(base) = self.base else { return };
        let fits = match base {
            Builtin::List => bound.is_list(),
            Builtin::Map => bound.is_map(),
            Builtin::Range => Subject::Written(bound).interval().is_some(),
            _ => bound.text().is_some_and(|text| Typed::read(text, base).is_some()),
        };
        if !fits {
            let why = bound.text().and_then(|text| explain(text, base));
            self.wrong(operator, bound, base.example(), why, sink);
        }
    }

    fn range(&self, bound: View<'_>, sink: &mut Sink) {
        let items: Vec<_> = bound.items().collect();
        let [low, high] = items.as_slice() else {
            if bound.is_list() {
                let expected = "two bounds, as in `[ 1, 10 ]` or `[ 1, UNBOUNDED ]`";
                self.wrong("in_range", bound, expected, None, sink);
            }
            return;
        };
        let base = if self.base == Some(Builtin::Range) {
            Some(Builtin::Integer)
        } else {
            self.base
        };
        let inner = Clause { base, ..*self };
        let before = sink.diagnostics().len();
        for end in [low, high] {
            if !end.text().is_some_and(is_unbounded) {
                inner.operand("in_range", *end, sink);
            }
        }
        if sink.diagnostics().len() == before
            && let (Some(from), Some(to)) = (typed(*low, base), typed(*high, base))
            && !is_unbounded(high.text().unwrap_or_default())
            && !is_unbounded(low.text().unwrap_or_default())
            && from.order(&to) == Some(std::cmp::Ordering::Greater)
        {
            let why = "the lower bound is above the upper one, so no value is in it".to_owned();
            self.wrong("in_range", bound, "the lower bound first", Some(why), sink);
        }
    }

    fn wrong(&self, operator: &str, bound: View<'_>, expected: &str, why: Option<String>, sink: &mut Sink) {
        let have = match bound.text() {
            Some(text) if text.chars().count() <= 60 && !text.contains('\n') => format!("`{text}`"),
            Some(_) => "this text".to_owned(),
            None if bound.is_list() => "this list".to_owned(),
            None => "this map".to_owned(),
        };
        let mut fault = Diagnostic::new(
            &codes::MISPLACED_CONSTRAINT,
            bound.span(),
            format!(
                "{have} is no operand of `{operator}` for {}, which is of type `{}`",
                self.what, self.name
            ),
        )
        .help(format!("write {expected}"));
        fault.note = why;
        // A number without unit is written by many where an amount is meant; values cannot be held against it.
        if matches!(
            self.base,
            Some(Builtin::Size | Builtin::Time | Builtin::Frequency | Builtin::Bitrate)
        ) && bound.text().is_some_and(|text| float(text).is_some())
        {
            fault.severity = Severity::Warning;
        }
        sink.push(fault);
    }
}

fn typed(view: View<'_>, of: Option<Builtin>) -> Option<Typed<'_>> {
    Typed::read(view.text()?, of?)
}
