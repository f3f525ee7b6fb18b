//! What is read while an application runs, as far as it turns out to be known before.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Answer, Expression, Operation, Wanted, as_text};

/// Computes what is known now: the names of instances are.
pub(super) fn folded(expression: Expression<Wanted>) -> Expression<Wanted> {
    // What is wrong with it is told when it is read.
    expression.reduce(&mut |_| Answer::Later).unwrap_or(expression)
}

/// What is read and is known now is read no more.
pub(super) fn settled(mut operation: Operation) -> Operation {
    let known =
        |expression: &Expression<Wanted>| expression.value().filter(|value| !value.is_null()).cloned();
    let reads = &mut operation.data.reads;
    let inputs: BTreeMap<String, Value> = known_of(&reads.inputs, known);
    reads.inputs.retain(|name, _| !inputs.contains_key(name));
    let arguments: BTreeMap<String, Value> = known_of(&reads.arguments, known);
    let texts = arguments.iter();
    let texts = texts.filter_map(|(place, value)| Some((place.as_str(), as_text(value)?)));
    let texts: BTreeMap<&str, String> = texts.collect();
    let sides = [("/check", &mut operation.check), ("/apply", &mut operation.apply)];
    for (side, action) in sides {
        let of_side = texts.iter();
        let of_side = of_side.filter_map(|(place, text)| Some((place.strip_prefix(side)?, text.clone())));
        let of_side: BTreeMap<&str, String> = of_side.collect();
        if let Some(action) = action
            && !of_side.is_empty()
            && let Some(made) = action.with(&of_side)
        {
            for place in of_side.keys() {
                reads.arguments.remove(&format!("{side}{place}"));
            }
            *action = made.into();
        }
    }
    operation.inputs = operation.inputs.into_iter().chain(inputs).collect();
    operation
}

fn known_of(
    all: &BTreeMap<String, Expression<Wanted>>,
    known: impl Fn(&Expression<Wanted>) -> Option<Value>,
) -> BTreeMap<String, Value> {
    let all = all.iter();
    all.filter_map(|(name, one)| Some((name.clone(), known(one)?)))
        .collect()
}
