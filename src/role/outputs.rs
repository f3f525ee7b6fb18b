//! What an application as a whole gives: its outputs, made of what steps gave.

use std::collections::BTreeMap;

use serde_json::Value;

use super::link::settled;
use super::{StepRef, StepState, StepStatus};
use crate::score::{Score, StepId};
use crate::topology::{Answer, Expression, Given, Leaf, Supply};

/// The outputs of an application by name, over the steps that give them.
pub type TopologyOutputs = BTreeMap<String, Expression<Supply<StepRef>>>;

/// How an output stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// Its value; none: there is none, or none yet.
    pub value: Option<Value>,
    /// Steps that may still give it something, or something else: they are not reached.
    pub open: Vec<StepRef>,
    /// Why it has no value although all steps are reached that could give it one.
    pub fault: Option<String>,
}

/// The outputs of `score`.
pub fn outputs(score: &Score) -> TopologyOutputs {
    let named = |id: StepId| {
        let step = score.step(id);
        StepRef {
            host: step.host.clone(),
            step: step.name.clone(),
        }
    };
    let all = score.outputs.iter();
    all.map(|(name, output)| (name.clone(), settled(output, &named)))
        .collect()
}

/// Makes an output of what steps gave; `told` is what is known of a step as the application has it now.
pub fn output<'s>(
    output: &Expression<Supply<StepRef>>,
    told: impl Fn(&StepRef) -> Option<&'s StepState>,
) -> Output {
    let mut open = Vec::new();
    let mut answer = |leaf: Leaf<'_, Supply<StepRef>>| {
        // Who compiles lets no others through.
        let Leaf::Given(supply) = leaf else {
            return Answer::Missing;
        };
        let before = open.len();
        for given in &supply.from {
            let is_reached = told(&given.step).is_some_and(|state| state.status == StepStatus::Reached);
            if !is_reached && !open.contains(&given.step) {
                open.push(given.step.clone());
            }
        }
        let value = supply.from.iter().find_map(|given| value(given, &told));
        match value {
            Some(value) => Answer::Value(value),
            None if open.len() > before => Answer::Later,
            None => Answer::Missing,
        }
    };
    let reduced = output.reduce(&mut answer);
    let (value, fault) = match reduced {
        Ok(Expression::Value(value)) => (Some(value), None),
        Ok(_) => (None, None),
        Err(fault) if fault.missing && !open.is_empty() => (None, None),
        Err(fault) => (None, Some(fault.words)),
    };
    Output { value, open, fault }
}

fn value<'s>(given: &Given<StepRef>, told: &impl Fn(&StepRef) -> Option<&'s StepState>) -> Option<Value> {
    let outputs = &told(&given.step)?.outputs;
    let value = match &given.output {
        Some(name) => outputs.get(name)?.clone(),
        None => outputs.clone().into_iter().collect(),
    };
    (!value.is_null()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(name: &str) -> StepRef {
        StepRef {
            host: "h".into(),
            step: name.into(),
        }
    }

    fn given(names: &[&str]) -> Expression<Supply<StepRef>> {
        Expression::Given(Supply {
            what: "attribute `url` of `db`".into(),
            from: (names.iter())
                .map(|name| Given {
                    step: step(name),
                    output: Some("url".into()),
                })
                .collect(),
        })
    }

    fn state(status: StepStatus, url: Option<&str>) -> StepState {
        let mut state = StepState::new("d", status, 0);
        state
            .outputs
            .extend(url.map(|url| ("url".to_owned(), json!(url))));
        state
    }

    #[test]
    fn an_output_is_known_open_or_never_given() {
        let states = BTreeMap::from([
            (step("a"), state(StepStatus::Reached, Some("one"))),
            (step("b"), state(StepStatus::Reached, None)),
            (step("c"), state(StepStatus::Failing, None)),
        ]);
        let told = |step: &StepRef| states.get(step);
        let text = Expression::Concat(vec![Expression::Value(json!("to ")), given(&["b", "a"])]);
        let known = output(&text, told);
        assert_eq!((known.value, known.open), (Some(json!("to one")), vec![]));
        let may_change = output(&given(&["c", "a"]), told);
        assert_eq!(
            (may_change.value, may_change.open),
            (Some(json!("one")), vec![step("c")])
        );
        let open = output(&given(&["c", "d"]), told);
        assert_eq!(
            (open.value, open.open, open.fault),
            (None, vec![step("c"), step("d")], None)
        );
        let never = output(&given(&["b"]), told);
        assert_eq!(
            never.fault.as_deref(),
            Some("attribute `url` of `db` has no value")
        );
        let default = Expression::First(vec![given(&["b"]), Expression::Value(json!(1))]);
        assert_eq!(output(&default, told).value, Some(json!(1)));
    }
}
