//! Inputs of the topology: declarations, and what is given for them.

use super::super::map::IndexMap;
use serde_json::Value;

use super::super::Options;
use super::super::types::{PropertyDef, Types};
use super::super::value::{Checker, What, check_schema, coerce};
use super::super::view::View;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::source::Span;

/// One input.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct Input<'a> {
    pub(in crate::tosca) def: PropertyDef<'a>,
    /// What is given from outside, made the declared type.
    pub(in crate::tosca) given: Option<Value>,
}

/// Reads the declarations and holds what is given against them.
pub(super) fn read<'a>(
    types: &Types<'a>,
    body: Option<View<'a>>,
    options: &Options,
    sink: &mut Sink,
) -> IndexMap<&'a str, Input<'a>> {
    let mut inputs = IndexMap::default();
    for (key, name, body) in body.into_iter().flat_map(|body| body.entries_of("inputs")) {
        let def = PropertyDef::read(types, key, body, None, sink);
        check_schema(types, body, &def.schema, What("input", name), sink);
        check_default(types, key, name, &def, sink);
        let given = options
            .inputs
            .get(name)
            .and_then(|given| match coerce(types, given, &def.schema) {
                Ok(given) => Some(given),
                Err(misfit) => {
                    let (code, message) = if misfit.breaks {
                        (
                            &codes::VIOLATED_CONSTRAINT,
                            format!("the value given for input `{name}` breaks a constraint"),
                        )
                    } else {
                        let of = def.schema.name(types);
                        (
                            &codes::WRONG_TYPE,
                            format!("the value given for input `{name}` is not of type `{of}`"),
                        )
                    };
                    sink.push(
                        Diagnostic::new(code, key.span(), message)
                            .note(format!("{}; given is `{}`", misfit.why, shown(given)))
                            .help(format!("give another value: --input {name}=VALUE")),
                    );
                    None
                }
            });
        let missing =
            given.is_none() && def.default.is_none() && def.required && !options.inputs.contains_key(name);
        if options.require_inputs && missing {
            sink.push(
                Diagnostic::new(
                    &codes::MISSING_INPUT,
                    key.span(),
                    format!("input `{name}` has no value"),
                )
                .note("it has no default, and no value is given")
                .help(format!(
                    "give one with --input {name}=VALUE, or add `default:` to the input"
                )),
            );
        }
        inputs.insert(name, Input { def, given });
    }
    let root = types.forest.file(super::super::import::FileId::ROOT).root();
    let place = body.and_then(|body| body.key("inputs")).or(root).map(View::span);
    for name in options
        .inputs
        .keys()
        .filter(|name| !inputs.contains_key(name.as_str()))
    {
        let Some(place) = place else { continue };
        let place = if inputs.is_empty() {
            Span::file(place.source)
        } else {
            place
        };
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_INPUT,
                place,
                format!("there is no input `{name}` to give a value to"),
            )
            .help(
                did_you_mean(name, inputs.keys().copied())
                    .unwrap_or_else(|| format!("declare `{name}` under `inputs`, or do not give it")),
            ),
        );
    }
    inputs
}

/// A value for a message, cut to what can be read at a glance.
pub(in crate::tosca) fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Checks the default of the input `name`, which is declared at `key`.
pub(in crate::tosca) fn check_default<'a>(
    types: &Types<'a>,
    key: View<'a>,
    name: &'a str,
    def: &PropertyDef<'a>,
    sink: &mut Sink,
) {
    let Some(default) = def.default else { return };
    Checker {
        types,
        what: What("input", name),
        defined: key.span(),
    }
    .check(default, &def.schema, sink);
}
