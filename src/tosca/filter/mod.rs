//! Node filters (Simple Profile 1.3, section 3.6.5): what they ask for, whether that makes sense, and whether a node
//! template holds to it.

mod check;
mod judge;

pub(super) use check::check;
pub(super) use judge::{Failure, judge};

use super::function::is_call;
use super::types::{CapabilityDef, TypeId, TypeKind, Types};
use super::value::is_operator;
use super::view::View;

/// A filter, read once to be held against many node templates.
#[derive(Clone, Debug)]
pub(super) struct Filter<'a> {
    capabilities: Vec<(View<'a>, &'a str)>,
    /// With their clauses; none where it cannot be told what is meant.
    properties: Vec<(Property<'a>, Option<Vec<Clause<'a>>>)>,
}

impl<'a> Filter<'a> {
    pub(super) fn read(filter: View<'a>) -> Self {
        Self {
            capabilities: capabilities(filter)
                .into_iter()
                .map(|(key, name, _)| (key, name))
                .collect(),
            properties: properties(filter)
                .into_iter()
                .map(|one| (one, clauses(one.value)))
                .collect(),
        }
    }
}

/// What a filter asks of one property.
#[derive(Clone, Copy, Debug)]
struct Property<'a> {
    /// The capability that has it, by name or type; none for a property of the node itself.
    part: Option<&'a str>,
    key: View<'a>,
    name: &'a str,
    value: View<'a>,
}

/// One constraint clause.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clause<'a> {
    /// The operator, or the value where that is short for `equal`.
    pub(super) key: View<'a>,
    pub(super) operator: &'a str,
    pub(super) bound: View<'a>,
}

/// The capabilities that a filter names, by name or type.
fn capabilities(filter: View<'_>) -> Vec<(View<'_>, &str, View<'_>)> {
    filter.get("capabilities").map(View::ordered).unwrap_or_default()
}

/// The capability of a type that a filter means, by its name or its type's; `place` is where it says so.
fn capability<'s, 'a>(
    types: &'s Types<'a>,
    of: TypeId,
    place: View<'a>,
    name: &'a str,
) -> Option<(&'a str, &'s CapabilityDef<'a>)> {
    if let Some(found) = types.capability(of, name) {
        return Some((name, found));
    }
    let file = types.forest.file_of(place);
    let wanted = types.scopes.find(file, TypeKind::Capability, name)?;
    let all = types.all(of, |of| &of.capabilities);
    all.into_iter()
        .find(|(_, capability)| capability.of.is_some_and(|of| types.is_a(of, wanted)))
}

/// All properties that a filter asks for.
fn properties(filter: View<'_>) -> Vec<Property<'_>> {
    fn read<'a>(body: View<'a>, part: Option<&'a str>, all: &mut Vec<Property<'a>>) {
        let entries = body.get("properties").map(View::ordered).unwrap_or_default();
        all.extend(entries.into_iter().map(|(key, name, value)| Property {
            part,
            key,
            name,
            value,
        }));
    }
    let mut all = Vec::new();
    read(filter, None, &mut all);
    for (_, name, body) in capabilities(filter) {
        read(body, Some(name), &mut all);
    }
    all
}

/// The clauses behind a property's name: one, a list of them, or a value that is meant to equal; none where it cannot
/// be told what is meant.
pub(super) fn clauses(value: View<'_>) -> Option<Vec<Clause<'_>>> {
    if value.is_error() || is_call(value) {
        return None;
    }
    if value.is_list() {
        return value.items().map(clause).collect();
    }
    if value.is_scalar() {
        return Some(vec![Clause {
            key: value,
            operator: "equal",
            bound: value,
        }]);
    }
    clause(value).map(|clause| vec![clause])
}

fn clause(value: View<'_>) -> Option<Clause<'_>> {
    let (key, operator, bound) = value.only_entry()?;
    is_operator(operator).then_some(Clause { key, operator, bound })
}
