//! Operations and notifications, and their inputs: from interface type over node type to template, each refines the
//! one before (Simple Profile 1.3, sections 3.6.16 to 3.6.19).

use std::rc::Rc;

use super::super::function::is_call;
use super::super::value::{Builtin, Checker, Schema, What, check_schema, check_status};
use super::super::view::View;
use super::{Bearer, Members, PropertyDef, TypeKind, Types};
use crate::diagnostic::Sink;

/// An input of an operation: what it is, or what it is set to, or both.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct InputDef<'a> {
    /// Where it is stated last.
    pub(in crate::tosca) key: View<'a>,
    /// What it is; none where a value is given for an input that nothing defines, which templates may do (Simple
    /// Profile 1.3, section 3.6.17.4).
    pub(in crate::tosca) def: Option<Rc<PropertyDef<'a>>>,
    pub(in crate::tosca) value: Option<View<'a>>,
}

impl<'a> InputDef<'a> {
    pub(in crate::tosca) fn schema(&self) -> Option<&Schema<'a>> {
        self.def.as_ref().map(|def| &def.schema)
    }

    /// It must have a value and has none.
    pub(in crate::tosca) fn lacks_value(&self) -> bool {
        self.value.is_none_or(View::is_null) && self.def.as_ref().is_some_and(|def| def.required)
    }
}

/// One operation, or one notification.
#[derive(Clone, Debug)]
pub(in crate::tosca) struct OperationDef<'a> {
    pub(in crate::tosca) key: View<'a>,
    /// `implementation`, or the short form's scalar.
    pub(in crate::tosca) implementation: Option<View<'a>>,
    pub(in crate::tosca) inputs: Members<'a, InputDef<'a>>,
    /// Which attribute takes which output: `[ SELF, attribute ]`.
    pub(in crate::tosca) outputs: Members<'a, View<'a>>,
}

impl<'a> OperationDef<'a> {
    /// An operation without anything.
    pub(super) fn empty(key: View<'a>) -> Self {
        Self {
            key,
            implementation: None,
            inputs: Members::default(),
            outputs: Members::default(),
        }
    }

    /// Applies a body, short or long; `around` are the inputs of the interface.
    pub(super) fn refine(
        &mut self,
        around: &Members<'a, InputDef<'a>>,
        types: &Types<'a>,
        bearer: Bearer,
        (key, body): (View<'a>, View<'a>),
        sink: &mut Sink,
    ) {
        if body.is_null() {
            return;
        }
        self.key = key;
        if body.is_scalar() {
            self.implementation = Some(body);
            return;
        }
        if let Some(implementation) = body.get("implementation") {
            self.implementation = Some(implementation);
        }
        refine_inputs(&mut self.inputs, Some(around), types, bearer, body, sink);
        let mapped = body.entries_of("outputs").filter(|(_, _, body)| body.is_list());
        self.outputs
            .extend(mapped.map(|(_, name, mapping)| (name, mapping)));
    }
}

/// Applies the `inputs` of a body: definitions are held against those they refine, values against their definitions.
pub(super) fn refine_inputs<'a>(
    inputs: &mut Members<'a, InputDef<'a>>,
    around: Option<&Members<'a, InputDef<'a>>>,
    types: &Types<'a>,
    bearer: Bearer,
    body: View<'a>,
    sink: &mut Sink,
) {
    for (key, name, body) in body.entries_of("inputs") {
        let known = inputs.get(name).or_else(|| around?.get(name));
        let inherited = known.and_then(|known| known.def.clone());
        let before = known.and_then(|known| known.value);
        let what = What("input", name);
        let (def, value) = if is_definition(types, bearer, body) {
            let def = PropertyDef::read(types, key, body, inherited.as_deref(), sink);
            let own = body
                .get_nullable("value")
                .or_else(|| body.get_nullable("default"));
            if !types.forest.file(types.forest.file_of(key)).embedded {
                check_schema(types, body, &def.schema, what, sink);
            }
            if let Some(own) = own {
                let defined = key.span();
                Checker { types, what, defined }.check(own, &def.schema, sink);
            }
            (Some(Rc::new(def)), own.or(before))
        } else {
            if let Some(def) = &inherited {
                let defined = def.key.span();
                Checker { types, what, defined }.check(body, &def.schema, sink);
                check_status(key, what, def, sink);
            }
            (inherited, Some(body))
        };
        inputs.insert(name, InputDef { key, def, value });
    }
}

/// Whether an input's body defines it rather than being its value: a map of keynames of definitions. Under a template,
/// where values are to stand, the name of a type must be among them.
fn is_definition<'a>(types: &Types<'a>, bearer: Bearer, body: View<'a>) -> bool {
    const KEYNAMES: [&str; 11] = [
        "type",
        "description",
        "required",
        "default",
        "value",
        "status",
        "constraints",
        "entry_schema",
        "key_schema",
        "metadata",
        "mapping",
    ];
    if body.width() == 0 || is_call(body) || !body.entries().all(|(_, key, _)| KEYNAMES.contains(&key)) {
        return false;
    }
    if !bearer.is_template() {
        return true;
    }
    let Some((at, name)) = body.name_of("type") else {
        return false;
    };
    let file = types.forest.file_of(at);
    body.width() > 1 || Builtin::of(name).is_some() || types.scopes.find(file, TypeKind::Data, name).is_some()
}
