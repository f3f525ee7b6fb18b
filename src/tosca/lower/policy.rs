//! khor's policies: placement and retry.

use std::collections::HashMap;

use serde_json::Value;

use super::super::function::Here;
use super::super::template::NodeAt;
use super::super::value::{Builtin, magnitude};
use super::Lowering;
use crate::diagnostic::Sink;
use crate::topology::{Host, Retry};

/// What policies say about nodes.
#[derive(Debug, Default)]
pub(super) struct Policies {
    placement: HashMap<NodeAt, Host>,
    retry: HashMap<NodeAt, Retry>,
}

impl Policies {
    pub(super) fn host(&self, at: NodeAt) -> Option<&Host> {
        self.placement.get(&at)
    }

    pub(super) fn retry(&self, at: NodeAt) -> Retry {
        self.retry.get(&at).copied().unwrap_or_default()
    }
}

/// Reads the policies of khor's own types. Where two concern one node, the first has it.
pub(super) fn read(lowering: &mut Lowering<'_, '_>, sink: &mut Sink) -> Policies {
    let service = lowering.service;
    let types = &service.types;
    let mut policies = Policies::default();
    for policy in &service.policies {
        let Some(of) = policy.of else { continue };
        let mut property = |name: &str, sink: &mut Sink| {
            let def = types.property(of, name);
            let given = policy
                .body
                .get("properties")
                .and_then(|properties| properties.get(name));
            let value = given.or_else(|| def.and_then(|def| def.default))?;
            let what = format_args!("policy `{}`", policy.name);
            let value = lowering.needed(what, value, def.map(|def| &def.schema), Here::Topology, sink)?;
            Some((value, given.unwrap_or(policy.key).span()))
        };
        if types.is_named(of, "khor.policies.Placement") {
            let Some((Value::String(name), span)) = property("host", sink) else {
                continue;
            };
            for &at in &policy.targets {
                policies.placement.entry(at).or_insert_with(|| Host {
                    name: name.clone(),
                    span: Some(span),
                });
            }
        } else if types.is_named(of, "khor.policies.Retry") {
            let default = Retry::default();
            let attempts = property("max_attempts", sink).and_then(|(value, _)| value.as_u64());
            let mut delay = |name: &str, default: u64, sink: &mut Sink| {
                let value = property(name, sink).map(|(value, _)| value);
                value
                    .and_then(|value| milliseconds(value.as_str()?))
                    .unwrap_or(default)
            };
            let min_delay_ms = delay("min_delay", default.min_delay_ms, sink);
            let max_delay_ms = delay("max_delay", default.max_delay_ms, sink).max(min_delay_ms);
            let retry = Retry {
                max_attempts: attempts.map(|attempts| u32::try_from(attempts).unwrap_or(u32::MAX)),
                min_delay_ms,
                max_delay_ms,
            };
            for &at in &policy.targets {
                policies.retry.entry(at).or_insert(retry);
            }
        }
    }
    policies
}

/// A `scalar-unit.time` in milliseconds, at least one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped before"
)]
fn milliseconds(text: &str) -> Option<u64> {
    let seconds = magnitude(text, Builtin::Time)?;
    Some((seconds * 1000.0).clamp(1.0, 1e15).round() as u64)
}
