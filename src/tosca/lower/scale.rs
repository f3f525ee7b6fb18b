//! The capability `scalable`: in how many instances a node may be played (Simple Profile 1.3, section 5.5.12).

use std::fmt::Display;

use super::super::function::{Group, Here, Stop};
use super::super::map::HashMap;
use super::super::template::NodeAt;
use super::super::types::TypeId;
use super::super::view::View;
use super::Lowering;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::Span;
use crate::topology::{MOST_INSTANCES, Scale};

/// The type of the capability.
const SCALABLE: &str = "tosca.capabilities.Scalable";

/// How nodes scale.
#[derive(Debug, Default)]
pub(super) struct Scales {
    /// Per node, what its own capability says; empty: there is no scalable node.
    own: Vec<Own>,
    /// Per node, the scalable node that it is or stands on; empty as well.
    groups: Vec<Option<Group>>,
}

/// What a node's own capability says.
#[derive(Clone, Copy, Debug)]
enum Own {
    /// It is one and stays one.
    One,
    /// It may have several instances.
    Several(Scale),
    /// That cannot be told, or is a fault.
    Unknown,
}

impl Scales {
    /// In how many instances the node itself may be played; none where it is one and stays one.
    pub(super) fn of(&self, at: NodeAt) -> Option<Scale> {
        match self.own.get(at.0) {
            Some(Own::Several(scale)) => Some(*scale),
            _ => None,
        }
    }

    /// The scalable node that a node is or stands on.
    pub(super) fn group(&self, at: NodeAt) -> Option<NodeAt> {
        let group = self.groups.get(at.0).copied().flatten()?;
        group.is_known.then_some(group.node)
    }

    /// The groups of all nodes; empty where no node is scalable.
    pub(super) fn groups(&self) -> Vec<Option<Group>> {
        self.groups.clone()
    }
}

/// A number, and where it stands.
#[derive(Clone, Copy)]
struct Number {
    value: i64,
    span: Span,
}

/// Reads the capabilities, and says what is wrong with them.
pub(super) fn read(lowering: &mut Lowering<'_, '_>, sink: &mut Sink) -> Scales {
    let service = lowering.service;
    let mut names: HashMap<TypeId, Vec<&str>> = HashMap::default();
    // Most templates say nothing of capabilities: those of one type are alike.
    let mut of_types: HashMap<TypeId, Own> = HashMap::default();
    let mut own = vec![Own::One; service.nodes.len()];
    for (at, node) in service.all_nodes() {
        let Some(of) = node.of else { continue };
        let names = names.entry(of).or_insert_with(|| scalable(lowering, of));
        if names.is_empty() {
            continue;
        }
        let mut read = || {
            let all = names.iter().map(|name| scale(lowering, at, name, sink));
            all.fold(Own::One, |found, own| match found {
                Own::One => own,
                _ => found,
            })
        };
        own[at.0] = if node.body.get("capabilities").is_some() {
            read()
        } else {
            *of_types.entry(of).or_insert_with(read)
        };
    }
    if own.iter().all(|own| matches!(own, Own::One)) {
        return Scales::default();
    }
    let mut scales = Scales {
        groups: Vec::new(),
        own,
    };
    scales.groups = service
        .all_nodes()
        .map(|(at, _)| group(lowering, &scales, at, sink))
        .collect();
    report_collisions(lowering, &scales, sink);
    scales
}

/// The capabilities of a type that make its nodes scalable.
fn scalable<'a>(lowering: &Lowering<'_, 'a>, of: TypeId) -> Vec<&'a str> {
    let types = &lowering.service.types;
    let all = types.all(of, |of| &of.capabilities).into_iter();
    let scalable = all.filter(|(_, capability)| capability.of.is_some_and(|of| types.is_named(of, SCALABLE)));
    scalable.map(|(name, _)| name).collect()
}

/// What a capability of a node says.
fn scale(lowering: &mut Lowering<'_, '_>, at: NodeAt, capability: &str, sink: &mut Sink) -> Own {
    let service = lowering.service;
    let node = service.node(at);
    let def = node.of.and_then(|of| service.types.capability(of, capability));
    let Some(def) = def else { return Own::One };
    let given = node.body.get("capabilities").and_then(|all| all.get(capability));
    // Numbers that a function gives may be others tomorrow: it is no other template then.
    let mut is_computed = false;
    let mut number = |name: &str| -> Result<Option<Number>, ()> {
        let def = def.property(&service.types, name);
        let given = given.and_then(|body| body.get("properties")?.get(name));
        let Some(view) = given.or_else(|| def?.default).filter(|view| !view.is_null()) else {
            return Ok(None);
        };
        is_computed |= view.is_map();
        let what = format_args!("`{name}` of `{}`", node.name);
        match number_of(lowering, what, view, at, sink) {
            Ok(Some(value)) => Ok(Some(Number {
                value,
                span: given.unwrap_or(node.key).span(),
            })),
            Ok(None) => Ok(None),
            Err(()) => Err(()),
        }
    };
    let (min, max, first) = (
        number("min_instances"),
        number("max_instances"),
        number("default_instances"),
    );
    let (Ok(min), Ok(max), Ok(first)) = (min, max, first) else {
        return Own::Unknown;
    };
    let place = node.key.span();
    let or_one = |number: Option<Number>| {
        number.unwrap_or(Number {
            value: 1,
            span: place,
        })
    };
    let (min, max) = (or_one(min), or_one(max));
    if let Some(fault) = fault(node.name, min, max, first) {
        sink.push(fault);
        return Own::Unknown;
    }
    if (min.value, max.value) == (1, 1) && !is_computed {
        return Own::One;
    }
    let small = |number: Number| u32::try_from(number.value).unwrap_or(MOST_INSTANCES);
    let (min, max) = (small(min), small(max));
    Own::Several(Scale {
        min,
        max,
        default: first.map_or(1, small).clamp(min, max),
    })
}

/// A whole number; none where it has no value, an error where that cannot be told, or is no number, which others report.
fn number_of<'a>(
    lowering: &mut Lowering<'_, 'a>,
    what: impl Display,
    view: View<'a>,
    at: NodeAt,
    sink: &mut Sink,
) -> Result<Option<i64>, ()> {
    match lowering.values.value(view, None, Here::Node(at), sink) {
        Ok(value) => {
            let text = value.as_str().and_then(|text| text.parse().ok());
            value.as_i64().or(text).map(Some).ok_or(())
        }
        Err(Stop::Unset) => Ok(None),
        Err(stop) => {
            if lowering.options.require_inputs {
                super::words::no_value(what, view, stop, sink);
            }
            Err(())
        }
    }
}

/// What is wrong with the numbers.
fn fault(node: &str, min: Number, max: Number, first: Option<Number>) -> Option<Diagnostic> {
    let bad = |at: Number, words: String| Diagnostic::new(&codes::BAD_SCALE, at.span, words);
    let most = i64::from(MOST_INSTANCES);
    let all = [Some(min), Some(max), first].into_iter().flatten();
    for number in all.clone() {
        if number.value < 0 {
            let words = format!("`{node}` cannot have {} instances", number.value);
            return Some(bad(number, words).help("write 0 or more"));
        }
    }
    if max.value > most {
        let words = format!(
            "`{node}` may have {} instances, more than the {most} that khor plays",
            max.value
        );
        return Some(bad(max, words).help(format!("write {most} or fewer")));
    }
    if min.value > max.value {
        let words = format!(
            "`{node}` has at least {} instances and at most {}",
            min.value, max.value
        );
        return Some(bad(min, words).help(
            "write a `min_instances` that is not above `max_instances`, which is 1 where it is not given",
        ));
    }
    let first = first?;
    (first.value < min.value || first.value > max.value).then(|| {
        let words = format!("`{node}` would begin with {}", instances(first.value));
        let fault = bad(first, words);
        if min.value == max.value {
            return fault
                .note(format!("it always has {}", min.value))
                .help("leave `default_instances` out, or raise `max_instances`");
        }
        fault
            .note(format!("it has at least {} and at most {}", min.value, max.value))
            .help(format!("write a number from {} to {}", min.value, max.value))
    })
}

fn instances(count: i64) -> String {
    match count {
        1 => "1 instance".to_owned(),
        count => format!("{count} instances"),
    }
}

/// The scalable node that a node is or stands on. Where that stands on another one it is reported.
fn group(lowering: &Lowering<'_, '_>, scales: &Scales, start: NodeAt, sink: &mut Sink) -> Option<Group> {
    let service = lowering.service;
    // The bound ends a circle of hosts, which is reported elsewhere.
    let chain = std::iter::successors(Some(start), |at| service.host_of(*at)).take(service.nodes.len());
    let mut found = chain.filter(|at| !matches!(scales.own[at.0], Own::One));
    let node = found.next()?;
    let is_known = scales.of(node).is_some();
    let outer = found.find(|outer| *outer != node && scales.of(*outer).is_some());
    if let Some(outer) = outer.filter(|_| is_known && node == start) {
        let [inner, outer] = [node, outer].map(|at| service.node(at));
        sink.push(
            Diagnostic::new(
                &codes::NESTED_SCALE,
                inner.key.span(),
                format!(
                    "`{}` is scalable, and so is `{}`, which it is hosted on",
                    inner.name, outer.name
                ),
            )
            .note("what is hosted on a scalable node has as many instances as that: the two numbers would be multiplied")
            .help(format!("leave `{}` at one instance, or `{}`", inner.name, outer.name))
            .related(outer.key.span(), "hosted on this one"),
        );
    }
    Some(Group { node, is_known })
}

/// Reports nodes that are called as an instance may be.
fn report_collisions(lowering: &Lowering<'_, '_>, scales: &Scales, sink: &mut Sink) {
    let service = lowering.service;
    for (_, other) in service.all_nodes() {
        let Some((name, number)) = other.name.rsplit_once('-') else {
            continue;
        };
        let number = number
            .parse::<u32>()
            .ok()
            .filter(|found| found.to_string() == number);
        let of = service.by_name.get(name).copied();
        let scale = of.and_then(|of| scales.of(scales.group(of)?));
        let (Some(number), Some(of), Some(scale)) = (number, of, scale) else {
            continue;
        };
        if number == 0 || number > scale.max {
            continue;
        }
        sink.push(
            Diagnostic::new(
                &codes::STEP_NAME_COLLISION,
                other.key.span(),
                format!("`{}` is also the name of an instance of `{name}`", other.name),
            )
            .note("the instances of a scalable node, and of what is hosted on it, have its name and their number")
            .help("rename one of the two")
            .related(
                service.node(of).key.span(),
                format!("it may have up to {}", instances(scale.max.into())),
            ),
        );
    }
}
