//! Operations of nodes: their implementation as an action, their check, their inputs.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::super::function::{Here, STANDARD, Term};
use super::super::template::NodeAt;
use super::super::types::{InputDef, InterfaceDef, Members, OperationDef, TypeId};
use super::super::view::View;
use super::Lowering;
use super::artifact::Named;
use super::engine::{self, Part};
use crate::diagnostic::Sink;
use crate::source::Span;
use crate::topology::{
    Action, Dataflow, Looking, Operation, OperationName, Reads, ShellAction, VecMap, Wanted,
};

/// The interface type of khor's checks.
const CHECK: &str = "khor.interfaces.Check";

/// Whose operation is lowered.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) of: TypeId,
    /// The body whose artifacts are looked through before those of the type.
    pub(super) body: Option<View<'a>>,
    pub(super) here: Here,
}

/// One implementation, as an action.
struct Implemented {
    action: Arc<Action>,
    inputs: VecMap<String, Value>,
    data: Dataflow,
    timeout: Option<Duration>,
    span: Span,
}

impl<'a> Lowering<'_, 'a> {
    /// The operations of a node that have an implementation or a check.
    pub(super) fn node_operations(
        &mut self,
        at: NodeAt,
        look: &Looking,
        sink: &mut Sink,
    ) -> VecMap<OperationName, Operation> {
        let node = self.service.node(at);
        let Some(of) = node.of else { return VecMap::new() };
        let interfaces = self.interfaces(of, Some(node.body), sink);
        node.check_inputs(&self.service.types, &interfaces, sink);
        let owner = Owner {
            of,
            body: Some(node.body),
            here: Here::Node(at),
        };
        let [applying, checking] = [STANDARD, CHECK].map(|full| self.interface(&interfaces, full));
        let operations = OperationName::ALL.into_iter().filter_map(|name| {
            let mut find = |part: Part, interface: Option<&InterfaceDef<'a>>| {
                let operation = interface?.operations.get(name.as_str())?;
                self.implemented((owner, part), interface?, operation, sink)
            };
            let (apply, check) = (find(Part::Do, applying), find(Part::Check, checking));
            Some((name, join(apply, check, look)?))
        });
        let operations = operations.collect();
        self.check_files(owner, &interfaces, sink);
        operations
    }

    /// The interface of this type, if any of its operations is implemented.
    pub(super) fn interface<'i>(
        &self,
        interfaces: &'i Members<'a, InterfaceDef<'a>>,
        full: &str,
    ) -> Option<&'i InterfaceDef<'a>> {
        let types = &self.service.types;
        let mut all = interfaces.values();
        let interface = all.find(|interface| interface.of.is_some_and(|of| types.is_named(of, full)))?;
        let mut operations = interface.operations.values();
        operations
            .any(|operation| operation.implementation.is_some())
            .then_some(interface)
    }

    /// One operation of a relationship.
    pub(super) fn relationship_operation(
        &mut self,
        owner: Owner<'a>,
        interface: &InterfaceDef<'a>,
        operation: &OperationDef<'a>,
        sink: &mut Sink,
    ) -> Option<Operation> {
        join(
            self.implemented((owner, Part::Do), interface, operation, sink),
            None,
            &Looking::default(),
        )
    }

    fn implemented(
        &mut self,
        (owner, part): (Owner<'a>, Part),
        interface: &InterfaceDef<'a>,
        operation: &OperationDef<'a>,
        sink: &mut Sink,
    ) -> Option<Implemented> {
        let implementation = operation.implementation?;
        // `primary` of the long form, an artifact written in place, or the short form.
        let primary = match implementation.get("primary") {
            Some(primary) => primary,
            None if implementation.is_map() && implementation.get("file").is_none() => return None,
            None => implementation,
        };
        let span = primary.span();
        let timeout = implementation
            .get("timeout")
            .and_then(View::text)
            .and_then(|text| text.parse().ok())
            .filter(|&seconds| seconds > 0)
            .map(Duration::from_secs);
        // What a type says means the same for all templates that bring no artifacts.
        let is_shared = owner.body.is_none_or(|body| {
            body.get("artifacts").is_none() && !body.span().contains(implementation.span())
        });
        let script = (implementation.id(), owner.of);
        let known = self.scripts.get(&script).filter(|_| is_shared).cloned();
        let action = match known {
            Some(known) => known,
            None => match self.named(primary, Some(owner.of), owner.body)? {
                Named::Engine(view, name) => {
                    let used = engine::action(
                        self,
                        (owner, part),
                        primary,
                        (view, name),
                        &operation.inputs,
                        sink,
                    )?;
                    return Some(Implemented {
                        action: used.action.into(),
                        inputs: used.inputs,
                        data: Dataflow {
                            reads: used.reads,
                            gives: Vec::new(),
                        },
                        timeout,
                        span,
                    });
                }
                Named::File(view, name) => {
                    let artifact = self.local(view, name, Some(owner), sink);
                    let action = Arc::new(Action::Shell(ShellAction {
                        artifact,
                        dependencies: self.dependencies(owner, implementation, sink),
                        args: Vec::new(),
                        interpreter: self.interpreter(primary, owner),
                    }));
                    if is_shared {
                        self.scripts.insert(script, Arc::clone(&action));
                    }
                    action
                }
                Named::Remote(view, name) => {
                    self.report_remote(view, name, sink);
                    return None;
                }
            },
        };
        let (inputs, reads) = self.inputs(owner, interface, operation, sink);
        Some(Implemented {
            action,
            inputs,
            data: Dataflow {
                reads,
                gives: self.gives(operation, owner.here),
            },
            timeout,
            span,
        })
    }

    fn dependencies(
        &mut self,
        owner: Owner<'a>,
        implementation: View<'a>,
        sink: &mut Sink,
    ) -> Vec<crate::topology::Artifact> {
        let mut found = Vec::new();
        for item in implementation
            .get("dependencies")
            .into_iter()
            .flat_map(View::items)
        {
            if let Some(Named::File(view, name)) = self.named(item, Some(owner.of), owner.body) {
                found.push(self.local(view, name, Some(owner), sink));
            }
        }
        found
    }

    fn inputs(
        &mut self,
        owner: Owner<'a>,
        interface: &InterfaceDef<'a>,
        operation: &OperationDef<'a>,
        sink: &mut Sink,
    ) -> (VecMap<String, Value>, Reads<Wanted>) {
        let mut reads = Reads::default();
        let given = given(interface, operation).filter_map(|(name, input)| {
            let value = input.value.filter(|value| !value.is_null())?;
            let what = format_args!("input `{name}`");
            match self.read(what, value, input.schema(), owner.here, sink)? {
                Term::Value(value) => return Some((name.to_owned(), value)),
                term => drop(reads.inputs.insert(name.to_owned(), input.allowing(term))),
            }
            None
        });
        (given.collect(), reads)
    }
}

impl InputDef<'_> {
    /// An input that need not be there is left out where it has no value.
    fn allowing(&self, term: Term) -> Term {
        match &self.def {
            Some(def) if !def.required => Term::Optional(Box::new(term)),
            _ => term,
        }
    }
}

/// The inputs of an operation and those of its interface; where both have one of a name, the operation's.
fn given<'i, 'a>(
    interface: &'i InterfaceDef<'a>,
    operation: &'i OperationDef<'a>,
) -> impl Iterator<Item = (&'a str, &'i InputDef<'a>)> {
    let around = interface.inputs.iter();
    let around = around.map(|(&name, input)| (name, operation.inputs.get(name).unwrap_or(input)));
    let own = operation.inputs.iter().map(|(&name, input)| (name, input));
    around.chain(own.filter(|(name, _)| !interface.inputs.contains_key(name)))
}

/// The do and the check of one operation together.
fn join(apply: Option<Implemented>, check: Option<Implemented>, look: &Looking) -> Option<Operation> {
    let (apply, check) = match (apply, check) {
        (None, None) => return None,
        // An engine sees whether what it did still holds.
        (Some(apply), None) => {
            let check = Some(&apply.action)
                .filter(|action| action.is_own_check())
                .cloned();
            let parts: &[_] = if check.is_some() {
                &["/apply", "/check"]
            } else {
                &["/apply"]
            };
            return Some(Operation {
                check,
                data: placed(apply.data, parts),
                apply: Some(apply.action),
                inputs: apply.inputs,
                timeout: apply.timeout,
                look: look.clone(),
                span: apply.span,
            });
        }
        (apply, Some(check)) => (apply, check),
    };
    let mut look = look.clone();
    // What a check says of itself goes before what a policy says of all.
    if let Some(timeout) = check.timeout {
        look.timeout_ms = u64::try_from(timeout.as_millis()).ok();
    }
    let span = apply.as_ref().map_or(check.span, |apply| apply.span);
    let timeout = apply.as_ref().and_then(|apply| apply.timeout);
    let mut data = placed(check.data, &["/check"]);
    let (apply, inputs) = apply
        .map(|apply| {
            let own = placed(apply.data, &["/apply"]);
            data.reads.inputs.extend(own.reads.inputs);
            data.reads.arguments.extend(own.reads.arguments);
            data.gives = own.gives;
            (apply.action, apply.inputs)
        })
        .unzip();
    Some(Operation {
        check: Some(check.action),
        apply,
        inputs: check
            .inputs
            .into_iter()
            .chain(inputs.unwrap_or_default())
            .collect(),
        data,
        timeout,
        look,
        span,
    })
}

/// What is read for arguments of an action, put into these parts of a step.
fn placed(mut data: Dataflow, parts: &[&str]) -> Dataflow {
    let arguments = std::mem::take(&mut data.reads.arguments);
    for part in parts {
        let all = arguments
            .iter()
            .map(|(place, term)| (format!("{part}{place}"), term.clone()));
        data.reads.arguments.extend(all);
    }
    data
}
