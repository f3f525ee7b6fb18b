//! khor's policies: placement, retries, and how checks are carried out.

use std::collections::HashMap;

use camino::{Utf8Component, Utf8PathBuf};
use serde_json::Value;

use super::super::function::Here;
use super::super::template::NodeAt;
use super::super::value::{Builtin, magnitude};
use super::Lowering;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::Span;
use crate::topology::{Host, Looking, Retry, Spread, StartLimit};

/// What policies say about nodes.
#[derive(Debug, Default)]
pub(super) struct Policies {
    placement: HashMap<NodeAt, Host>,
    retry: HashMap<NodeAt, Retry>,
    look: HashMap<NodeAt, Looking>,
}

impl Policies {
    pub(super) fn host(&self, at: NodeAt) -> Option<&Host> {
        self.placement.get(&at)
    }

    pub(super) fn retry(&self, at: NodeAt) -> Retry {
        self.retry.get(&at).copied().unwrap_or_default()
    }

    pub(super) fn look(&self, at: NodeAt) -> Looking {
        self.look.get(&at).cloned().unwrap_or_default()
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
                    spread: Spread::Together,
                });
            }
        } else if types.is_named(of, "khor.policies.Spread") {
            let Some((hosts, span)) = property("hosts", sink) else {
                continue;
            };
            let hosts = hosts.as_array().map_or(&[][..], Vec::as_slice).iter();
            let hosts: Vec<_> = hosts.filter_map(Value::as_str).map(str::to_owned).collect();
            let Some(first) = hosts.first() else { continue };
            for &at in &policy.targets {
                policies.placement.entry(at).or_insert_with(|| Host {
                    name: first.clone(),
                    span: Some(span),
                    spread: Spread::Over(hosts.clone()),
                });
            }
        } else if types.is_named(of, "khor.policies.Retry") {
            let default = Retry::default();
            let attempts = property("max_attempts", sink).and_then(|(value, _)| value.as_u64());
            let burst = property("start_limit_burst", sink).and_then(|(value, _)| value.as_u64());
            let mut time = |name: &str, sink: &mut Sink| {
                let (value, _) = property(name, sink)?;
                milliseconds(value.as_str()?)
            };
            let min_delay_ms = time("min_delay", sink).unwrap_or(default.min_delay_ms);
            let max_delay_ms = time("max_delay", sink).unwrap_or(default.max_delay_ms);
            let interval = time("start_limit_interval", sink);
            let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
            let limit = StartLimit::default();
            let retry = Retry {
                max_attempts: attempts.map(small),
                min_delay_ms,
                max_delay_ms: max_delay_ms.max(min_delay_ms),
                start_limit: (burst.is_some() || interval.is_some()).then(|| StartLimit {
                    burst: burst.map_or(limit.burst, small),
                    interval_ms: interval.unwrap_or(limit.interval_ms),
                }),
            };
            for &at in &policy.targets {
                policies.retry.entry(at).or_insert(retry);
            }
        } else if types.is_named(of, "khor.policies.Check") {
            let mut time = |name: &str, sink: &mut Sink| {
                let (value, _) = property(name, sink)?;
                milliseconds(value.as_str()?)
            };
            let look = Looking {
                interval_ms: time("interval", sink),
                timeout_ms: time("timeout", sink),
                grace_ms: time("grace", sink),
                watch: property("watch", sink)
                    .map(|(value, span)| paths(&value, policy.name, span, sink))
                    .unwrap_or_default(),
            };
            for &at in &policy.targets {
                policies.look.entry(at).or_insert_with(|| look.clone());
            }
        }
    }
    policies
}

/// The paths of a list. Those that cannot be watched are reported.
fn paths(value: &Value, policy: &str, span: Span, sink: &mut Sink) -> Vec<Utf8PathBuf> {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let paths: Vec<_> = items
        .iter()
        .filter_map(Value::as_str)
        .map(Utf8PathBuf::from)
        .collect();
    let climbs = |path: &&Utf8PathBuf| path.components().any(|part| part == Utf8Component::ParentDir);
    if let Some(path) = paths.iter().find(climbs) {
        sink.push(
            Diagnostic::new(
                &codes::VIOLATED_CONSTRAINT,
                span,
                format!("the policy `{policy}` watches a path with `..`: `{path}`"),
            )
            .note("where links stand on the way, such a path does not mean what it says")
            .help("write the path without `..`"),
        );
    }
    paths
}

/// A `scalar-unit.time` in milliseconds; at least one, unless it is zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped before"
)]
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let seconds = magnitude(text, Builtin::Time)?;
    let least = if seconds > 0.0 { 1.0 } else { 0.0 };
    Some((seconds * 1000.0).clamp(least, 1e15).round() as u64)
}
