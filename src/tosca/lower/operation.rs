//! Operations of nodes: their implementation as an action, their check, their inputs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::super::function::Here;
use super::super::template::NodeAt;
use super::super::types::{InputDef, InterfaceDef, Members, OperationDef, TypeId};
use super::super::view::View;
use super::Lowering;
use super::artifact::Named;
use super::engine;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::Span;
use crate::topology::{Action, Dataflow, Operation, OperationName, ShellAction};

/// The interface type of the lifecycle.
const STANDARD: &str = "tosca.interfaces.node.lifecycle.Standard";
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
    action: Action,
    inputs: BTreeMap<String, Value>,
    timeout: Option<Duration>,
    span: Span,
}

impl<'a> Lowering<'_, 'a> {
    /// The operations of a node that have an implementation or a check.
    pub(super) fn node_operations(
        &mut self,
        at: NodeAt,
        sink: &mut Sink,
    ) -> BTreeMap<OperationName, Operation> {
        let node = self.service.node(at);
        let Some(of) = node.of else { return BTreeMap::new() };
        let interfaces = self.interfaces(of, Some(node.body), sink);
        node.check_inputs(&self.service.types, &interfaces, sink);
        let owner = Owner {
            of,
            body: Some(node.body),
            here: Here::Node(at),
        };
        let mut operations = BTreeMap::new();
        for name in OperationName::ALL {
            let mut find = |full: &str, sink: &mut Sink| {
                let (interface, operation) = self.operation(&interfaces, full, name.as_str())?;
                self.implemented(owner, interface, operation, sink)
            };
            let apply = find(STANDARD, sink);
            let check = find(CHECK, sink);
            operations.extend(join(apply, check).map(|operation| (name, operation)));
        }
        self.check_files(owner, &interfaces, sink);
        operations
    }

    /// The operation `name` of the interface of this type.
    pub(super) fn operation<'i>(
        &self,
        interfaces: &'i Members<'a, InterfaceDef<'a>>,
        full: &str,
        name: &str,
    ) -> Option<(&'i InterfaceDef<'a>, &'i OperationDef<'a>)> {
        let types = &self.service.types;
        let interface = interfaces
            .values()
            .find(|interface| interface.of.is_some_and(|of| types.is_named(of, full)))?;
        Some((interface, interface.operations.get(name)?))
    }

    /// One operation of a relationship.
    pub(super) fn relationship_operation(
        &mut self,
        owner: Owner<'a>,
        interface: &InterfaceDef<'a>,
        operation: &OperationDef<'a>,
        sink: &mut Sink,
    ) -> Option<Operation> {
        join(self.implemented(owner, interface, operation, sink), None)
    }

    fn implemented(
        &mut self,
        owner: Owner<'a>,
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
        let mut given = interface.inputs.clone();
        given.extend(
            operation
                .inputs
                .iter()
                .map(|(&name, input)| (name, input.clone())),
        );
        match self.named(primary, Some(owner.of), owner.body)? {
            Named::Engine(view, name) => {
                let action = engine::action(self, owner, primary, (view, name), &operation.inputs, sink)?;
                Some(Implemented {
                    action,
                    inputs: BTreeMap::new(),
                    timeout,
                    span,
                })
            }
            Named::File(view, name) => {
                let artifact = self.local(view, name, Some(owner), sink);
                let dependencies = self.dependencies(owner, implementation, sink);
                let inputs = self.inputs(owner, &given, sink);
                let action = Action::Shell(ShellAction {
                    artifact,
                    dependencies,
                    args: Vec::new(),
                });
                Some(Implemented {
                    action,
                    inputs,
                    timeout,
                    span,
                })
            }
            Named::Remote(view, name) => {
                if self.options.require_inputs {
                    sink.push(
                        Diagnostic::new(
                            &codes::MISSING_FILE,
                            view.span(),
                            format!("`{name}` is not a file on this machine"),
                        )
                        .note("khor fetches nothing over the network when it compiles")
                        .help("put the file beside the template and name its path"),
                    );
                }
                None
            }
        }
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
        given: &Members<'a, InputDef<'a>>,
        sink: &mut Sink,
    ) -> BTreeMap<String, Value> {
        let mut inputs = BTreeMap::new();
        for (&name, input) in given {
            let Some(value) = input.value.filter(|value| !value.is_null()) else {
                continue;
            };
            let what = format!("input `{name}`");
            if let Some(value) = self.needed(&what, value, input.schema(), owner.here, sink) {
                inputs.insert(name.to_owned(), value);
            }
        }
        inputs
    }
}

/// The do and the check of one operation together.
fn join(apply: Option<Implemented>, check: Option<Implemented>) -> Option<Operation> {
    let span = apply.as_ref().or(check.as_ref())?.span;
    let timeout = apply.as_ref().and_then(|apply| apply.timeout);
    let mut inputs = check
        .as_ref()
        .map(|check| check.inputs.clone())
        .unwrap_or_default();
    inputs.extend(
        apply
            .as_ref()
            .map(|apply| apply.inputs.clone())
            .unwrap_or_default(),
    );
    let apply = apply.map(|apply| apply.action);
    // An engine sees whether what it did still holds.
    let check = check
        .map(|check| check.action)
        .or_else(|| apply.clone().filter(Action::is_own_check));
    Some(Operation {
        check,
        apply,
        inputs,
        data: Dataflow::default(),
        timeout,
        span,
    })
}
