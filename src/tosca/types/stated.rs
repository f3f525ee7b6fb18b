//! What types and templates state about operations and notifications: whether these are there, and whether the
//! keynames of their implementations mean anything where they stand.

use super::super::view::View;
use super::{
    Bearer, Completing, InterfaceDef, Members, OperationDef, TypeKind, Types, define::twice, listing,
};
use crate::diagnostic::{Code, Diagnostic, Sink, codes, did_you_mean};

impl<'a> Types<'a> {
    /// Checks the operations and notifications that the body of an interface states; `interface` is what they refine.
    pub(in crate::tosca) fn check_operations(
        &self,
        interface: &InterfaceDef<'a>,
        bearer: Bearer,
        body: View<'a>,
        sink: &mut Sink,
    ) {
        if let Some(operations) = body.get("operations") {
            let direct = InterfaceDef::operations_in(body).filter_map(|(key, name, _)| {
                let again = operations.key(name).filter(|again| *again != key)?;
                Some((name, (key, again)))
            });
            direct.for_each(|(name, places)| sink.push(twice("operation", name, places)));
        }
        for (key, name, body) in InterfaceDef::operations_in(body) {
            let parts = (&interface.operations, &interface.notifications);
            self.check_known(
                interface,
                ("operation", &codes::UNKNOWN_OPERATION),
                parts,
                (key, name),
                sink,
            );
            self.check_implementation(bearer, (key, name, body), sink);
        }
        for (key, name, body) in body.entries_of("notifications") {
            let parts = (&interface.notifications, &interface.operations);
            let words = ("notification", &codes::UNKNOWN_NOTIFICATION);
            self.check_known(interface, words, parts, (key, name), sink);
            self.check_implementation(bearer, (key, name, body), sink);
        }
    }

    /// That the interface's type defines what is named. `others` may have it: then it stands in the wrong section.
    fn check_known(
        &self,
        interface: &InterfaceDef<'a>,
        (what, code): (&str, &'static Code),
        (known, others): (&Members<'a, OperationDef<'a>>, &Members<'a, OperationDef<'a>>),
        (key, name): (View<'a>, &'a str),
        sink: &mut Sink,
    ) {
        let Some(of) = interface.of.filter(|&of| !self.get(of).open) else {
            return;
        };
        if known.contains_key(name) {
            return;
        }
        let of = self.get(of);
        let other = if what == "operation" {
            "notification"
        } else {
            "operation"
        };
        let help = if others.contains_key(name) {
            format!(
                "`{name}` is {} {other}: write it under `{other}s`",
                if other == "operation" { "an" } else { "a" }
            )
        } else {
            did_you_mean(name, known.keys().copied()).unwrap_or_else(|| {
                format!("use one of the {what}s of the interface's type, or define `{name}` there")
            })
        };
        sink.push(
            Diagnostic::new(code, key.span(), format!("unknown {what} `{name}`"))
                .note(format!(
                    "interface type `{}` {}",
                    of.name,
                    listing(known.keys().copied())
                ))
                .help(help)
                .related(of.key.span(), "the interface's type is defined here"),
        );
    }

    fn check_implementation(
        &self,
        bearer: Bearer,
        (key, name, body): (View<'a>, &str, View<'a>),
        sink: &mut Sink,
    ) {
        let Some(implementation) = body.name().map(|_| body).or_else(|| body.get("implementation")) else {
            return;
        };
        if bearer == Bearer::Type(TypeKind::Interface) {
            sink.push(
                Diagnostic::new(
                    &codes::IMPLEMENTED_INTERFACE_TYPE,
                    implementation.span(),
                    format!("operation `{name}` is implemented in an interface type"),
                )
                .note("an interface type says what operations there are; how they are done depends on the node")
                .help("move the implementation to a node type, relationship type or template that has this interface")
                .related(key.span(), "the operation is here"),
            );
            return;
        }
        // Artifacts may be written in place.
        let dependencies = implementation
            .get("dependencies")
            .into_iter()
            .flat_map(View::items);
        let primary = implementation
            .get("primary")
            .or_else(|| implementation.key("file").map(|_| implementation));
        for artifact in primary.into_iter().chain(dependencies) {
            self.check_artifact(artifact, artifact, Completing::By(None), sink);
        }
        if let Some((view, host)) = implementation.name_of("operation_host") {
            check_host(bearer, view, host, sink);
        }
        if let Some((view, text)) = implementation.name_of("timeout")
            && let Ok(seconds) = text.parse::<i64>()
            // Zero is written by tools that mean "none of its own".
            && seconds < 0
        {
            sink.push(
                Diagnostic::new(
                    &codes::INVALID_VALUE,
                    view.span(),
                    format!("`{seconds}` seconds are no timeout"),
                )
                .note("an operation that takes longer than its timeout is ended")
                .help("write the seconds it may take, as in `timeout: 600`, or remove it"),
            );
        }
    }
}

/// `operation_host`: the words depend on whose operation it is (Simple Profile 1.3, section 3.6.16).
fn check_host(bearer: Bearer, view: View<'_>, host: &str, sink: &mut Sink) {
    const ANYWHERE: &str = "ORCHESTRATOR";
    let (whose, words, other) = match bearer.kind() {
        TypeKind::Node => ("a node", ["SELF", "HOST"], "relationship"),
        TypeKind::Relationship => ("a relationship", ["SOURCE", "TARGET"], "node"),
        _ => return,
    };
    if host == ANYWHERE || words.contains(&host) {
        return;
    }
    let elsewhere = ["SELF", "HOST", "SOURCE", "TARGET"].contains(&host);
    let message = if elsewhere {
        format!("an operation of {whose} cannot run on `{host}`")
    } else {
        format!("unknown host of operations: `{host}`")
    };
    let near = did_you_mean(host, words.into_iter().chain([ANYWHERE]));
    let help = near
        .filter(|_| !elsewhere)
        .unwrap_or_else(|| format!("write `{}`", words[0]));
    let fault = Diagnostic::new(&codes::OPERATION_HOST, view.span(), message).note(format!(
        "operations of {whose} run on `{}`, `{}` or `{ANYWHERE}`{}",
        words[0],
        words[1],
        if elsewhere {
            format!("; `{host}` is for those of a {other}")
        } else {
            String::new()
        }
    ));
    sink.push(fault.help(help));
}
