//! Triggers: of policies, and of types of policies (Simple Profile 1.3, section 3.6.22).

use super::super::template::Service;
use super::super::types::{TypeKind, listing};
use super::super::value::{Builtin, Checker, Schema, What};
use super::super::view::View;
use super::super::workflow::{Activities, Subject, conditions};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, did_you_mean};
use crate::grammar::integer;

/// One trigger.
pub(super) struct Trigger<'s, 'a> {
    pub(super) service: &'s Service<'a>,
    pub(super) body: View<'a>,
    /// It stands in a type: which node templates and workflows there will be is not known.
    pub(super) of_type: bool,
}

impl<'a> Trigger<'_, 'a> {
    /// Checks the trigger, which acts on `everything` that its policy is for.
    pub(super) fn check(&self, everything: &Subject<'a>, sink: &mut Sink) {
        let (service, body) = (self.service, self.body);
        let interval = Schema::standard(
            &service.types,
            service.types.forest.file_of(body),
            "tosca.datatypes.TimeInterval",
        );
        if let (Some(schedule), Some(interval)) = (body.get("schedule"), interval) {
            self.checker("keyname", "schedule")
                .check(schedule, &interval, sink);
        }
        let filtered = body
            .get("target_filter")
            .map(|filter| self.filtered(filter, sink));
        let condition = body.get("condition");
        match &filtered {
            Some(Some(subject)) => conditions(service, subject, condition, sink),
            Some(None) => {}
            None => conditions(service, everything, condition, sink),
        }
        let period = condition.and_then(|condition| condition.get("period"));
        match period.and_then(bare_seconds) {
            Some(fault) => sink.push(fault),
            None => {
                if let Some(period) = period {
                    let time = Schema::builtin(Builtin::Time);
                    self.checker("time", "period").check(period, &time, sink);
                }
            }
        }
        if let Some((at, text)) = condition.and_then(|condition| condition.name_of("evaluations"))
            && text.parse::<i64>().is_ok_and(|count| count < 1)
        {
            sink.push(
                Diagnostic::new(
                    &codes::INVALID_VALUE,
                    at.span(),
                    format!("a condition that is evaluated `{text}` times never holds"),
                )
                .note("it is how often the condition is looked at within the period")
                .help("write a number from 1 up, or remove it"),
            );
        }
        let action = body.get("action").filter(|action| action.is_list());
        let activities = Activities {
            service,
            subject: everything,
            around: None,
        };
        if self.of_type {
            activities.check_calls(action, sink);
        } else {
            activities.check(action, sink);
        }
    }

    fn checker(&self, what: &'static str, name: &'static str) -> Checker<'_, 'a> {
        Checker {
            types: &self.service.types,
            what: What(what, name),
            defined: self.body.span(),
        }
    }

    /// What an event filter is about; none where that leads over a requirement, or cannot be told.
    fn filtered(&self, filter: View<'a>, sink: &mut Sink) -> Option<Subject<'a>> {
        let service = self.service;
        let types = &service.types;
        let (view, name) = filter.name_of("node")?;
        let (of, subject) = if let Some(&at) = service.by_name.get(name) {
            (service.node(at).of, Some(Subject::of_nodes(service, name, &[at])))
        } else if let Some(group) = service.groups.get(name) {
            (None, Some(Subject::of_nodes(service, name, &group.members)))
        } else {
            let file = types.forest.file_of(view);
            let of = types.scopes.find(file, TypeKind::Node, name);
            if of.is_none() && !types.scopes.is_incomplete(file) {
                self.report_unknown(view, name, sink);
            }
            (of, of.map(|of| Subject::of_type(service, name, of)))
        };
        let mut subject = subject;
        for (section, code) in [
            ("requirement", &codes::UNKNOWN_REQUIREMENT),
            ("capability", &codes::UNKNOWN_CAPABILITY),
        ] {
            let Some((view, part)) = filter.name_of(section) else {
                continue;
            };
            // The capability is the target's where there is a requirement too.
            let over = section == "capability" && filter.get("requirement").is_some();
            subject = None;
            let Some(of) = of.filter(|&of| !types.get(of).open && !over) else {
                continue;
            };
            let names: Vec<&str> = if section == "requirement" {
                types
                    .all(of, |of| &of.requirements)
                    .into_iter()
                    .map(|(name, _)| name)
                    .collect()
            } else {
                types
                    .all(of, |of| &of.capabilities)
                    .into_iter()
                    .map(|(name, _)| name)
                    .collect()
            };
            if names.contains(&part) {
                let capability = types.capability(of, part).filter(|_| section == "capability");
                subject = capability.map(|capability| Subject::of_capability(service, part, capability));
                continue;
            }
            let known = names.iter().copied();
            sink.push(
                Diagnostic::new(code, view.span(), format!("`{name}` has no {section} `{part}`"))
                    .note(format!(
                        "node type `{}` {}",
                        types.get(of).name,
                        listing(known.clone())
                    ))
                    .help(
                        did_you_mean(part, known)
                            .unwrap_or_else(|| format!("name a {section} that `{name}` has")),
                    ),
            );
        }
        subject
    }

    /// What a filter names is neither a node template nor a node type. In a type it may be a template of those who use it,
    /// if it is not almost a node type.
    fn report_unknown(&self, view: View<'a>, name: &str, sink: &mut Sink) {
        let known = self.service.nodes.iter().map(|node| node.name);
        let all_types = self.service.types.scopes.candidates(TypeKind::Node);
        let near = did_you_mean(name, known).or_else(|| did_you_mean(name, all_types));
        if self.of_type && near.is_none() {
            return;
        }
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_NODE,
                view.span(),
                format!("unknown node template `{name}`"),
            )
            .note("a target filter names a node template or a node type")
            .help(near.unwrap_or_else(|| format!("add a node template `{name}`, or name one that is there"))),
        );
    }
}

/// The warning for a `period` that is a bare number: common readers of 1.x take it for seconds, and some take nothing else.
fn bare_seconds(at: View<'_>) -> Option<Diagnostic> {
    let seconds = at.text().filter(|text| integer(text).is_some())?;
    let mut fault = Diagnostic::new(
        &codes::WRONG_TYPE,
        at.span(),
        format!("the period `{seconds}` has no unit"),
    );
    fault.severity = Severity::Warning;
    Some(fault.help(format!("write `{seconds} s`, if seconds are meant")))
}
