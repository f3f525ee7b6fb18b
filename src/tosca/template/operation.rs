//! Whether the operations of a template get the inputs that they need.

use super::super::types::{InputDef, InterfaceDef, Members, OperationDef};
use super::super::view::View;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, nearest};
use crate::source::Span;

/// What has the operations: where its name stands, its name, and the body with its own `interfaces`.
#[derive(Clone, Copy)]
pub(in crate::tosca) struct Bearing<'a> {
    pub(in crate::tosca) key: View<'a>,
    pub(in crate::tosca) name: &'a str,
    pub(in crate::tosca) body: Option<View<'a>>,
}

impl<'a> Bearing<'a> {
    /// Checks the inputs of all operations that are implemented: nobody calls the others.
    pub(in crate::tosca) fn check_inputs(&self, interfaces: &Members<'a, InterfaceDef<'a>>, sink: &mut Sink) {
        for (interface_name, interface) in interfaces {
            for (name, operation) in &interface.operations {
                if operation.implementation.is_none() {
                    continue;
                }
                self.check_operation((interface_name, interface), (name, operation), sink);
            }
        }
    }

    fn check_operation(
        &self,
        (interface_name, interface): (&str, &InterfaceDef<'a>),
        (name, operation): (&str, &OperationDef<'a>),
        sink: &mut Sink,
    ) {
        if self.has_lost_inputs(interface_name, name) {
            return;
        }
        let mut slips = self.slips(interface, operation);
        let around = interface
            .inputs
            .iter()
            .filter(|(input, _)| !is_given(interface, input));
        let around = around.map(|(input, def)| (input, def, format!("interface `{interface_name}`")));
        let full = || format!("operation `{interface_name}.{name}`");
        let own = operation.inputs.iter().map(|(input, def)| (input, def, full()));
        for (input, def, whose) in around.chain(own).filter(|(_, def, _)| def.lacks_value()) {
            let slip = slips.iter().position(|(_, meant)| meant == input);
            let slip = slip.map(|at| slips.swap_remove(at));
            let stated = if operation.inputs.contains_key(input) {
                operation.key
            } else {
                interface.key
            };
            let stated = slip.map(|(key, _)| key).or_else(|| self.own(stated));
            if stated.is_none() && self.is_copy() {
                // Told of the template that is copied.
                continue;
            }
            let place = stated.unwrap_or(self.key);
            let mut fault = Diagnostic::new(
                &codes::OPERATION_INPUT,
                place.span(),
                format!("`{}` gives no value to the input `{input}` of {whose}", self.name),
            )
            .note("the input is required and has no default")
            .help(match slip {
                Some((key, _)) => format!("is `{}` meant to be `{input}`?", key.text().unwrap_or_default()),
                None => format!(
                    "add `{input}:` with a value under `inputs` of the {}",
                    whose.split(' ').next().unwrap_or_default()
                ),
            });
            // Which operation uses an input of the interface is not told: perhaps none of those that are implemented.
            if !operation.inputs.contains_key(input) {
                fault.severity = Severity::Warning;
            }
            sink.push(defined(fault, input, def));
        }
        for (key, meant) in slips {
            let given = key.text().unwrap_or_default();
            let mut fault = Diagnostic::new(
                &codes::OPERATION_INPUT,
                key.span(),
                format!("{} defines no input `{given}`", full()),
            )
            .note(format!("it defines `{meant}`, which is not given here"))
            .help(format!("did you mean `{meant}`?"));
            // Templates may give inputs that nobody defines.
            fault.severity = Severity::Warning;
            sink.push(
                match operation
                    .inputs
                    .get(meant)
                    .or_else(|| interface.inputs.get(meant))
                {
                    Some(def) => defined(fault, meant, def),
                    None => fault,
                },
            );
        }
    }

    /// Whether some of the inputs that the template gives could not be read, which is reported.
    fn has_lost_inputs(&self, interface: &str, operation: &str) -> bool {
        let interfaces = self.body.and_then(|body| body.get("interfaces"));
        let Some(stated) = interfaces.and_then(|interfaces| interfaces.get(interface)) else {
            return false;
        };
        let own = InterfaceDef::operations_in(stated).find(|(_, name, _)| *name == operation);
        stated.has_lost("inputs") || own.is_some_and(|(_, _, body)| body.has_lost("inputs"))
    }

    /// Inputs that this template gives and nothing defines, each with the defined one that seems to be meant.
    fn slips(&self, interface: &InterfaceDef<'a>, operation: &OperationDef<'a>) -> Vec<(View<'a>, &'a str)> {
        let all = || operation.inputs.iter().chain(&interface.inputs);
        let free: Vec<&'a str> = all()
            .filter(|(_, def)| def.def.is_some() && self.own(def.key).is_none())
            .map(|(&name, _)| name)
            .collect();
        if free.is_empty() {
            return Vec::new();
        }
        let given = all().filter(|(_, def)| def.def.is_none() && self.own(def.key).is_some());
        given
            .filter_map(|(name, def)| Some((def.key, nearest(name, free.iter().copied())?)))
            .collect()
    }

    fn is_copy(&self) -> bool {
        self.body.is_some_and(|body| body.key("copy").is_some())
    }

    /// The place, if it lies in the template's own text.
    fn own(&self, place: View<'a>) -> Option<View<'a>> {
        let body: Span = self.body?.span();
        Some(place).filter(|place| body.contains(place.span()))
    }
}

/// Whether any operation of the interface gives a value to an input of the interface: then the author knows of it.
fn is_given(interface: &InterfaceDef<'_>, input: &str) -> bool {
    let mut operations = interface.operations.values();
    operations.any(|operation| operation.inputs.contains_key(input))
}

fn defined(fault: Diagnostic, name: &str, input: &InputDef<'_>) -> Diagnostic {
    match &input.def {
        Some(def) => fault.related(def.key.span(), format!("`{name}` is defined here")),
        None => fault,
    }
}
