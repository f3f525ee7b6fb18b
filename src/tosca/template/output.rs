//! Outputs of the topology: what they are declared as, and what they give.

use super::super::types::{Members, PropertyDef, Types};
use super::super::value::{Checker, What, check_schema};
use super::super::view::View;
use crate::diagnostic::Sink;

/// Reads the outputs in the body of a topology. A type is optional; where there is one, the value is held against it.
pub(super) fn read<'a>(types: &Types<'a>, body: View<'a>, sink: &mut Sink) -> Members<'a, PropertyDef<'a>> {
    let outputs = PropertyDef::read_all(types, body, "outputs", |_| None, sink);
    for (name, output) in &outputs {
        check_schema(types, output.body, &output.schema, What("output", name), sink);
        if let Some(value) = output.default {
            Checker {
                types,
                what: What("output", name),
                defined: output.key.span(),
            }
            .check(value, &output.schema, sink);
        }
    }
    outputs
}
