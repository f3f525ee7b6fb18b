//! The relationship of a requirement: what the assignment says, else what the definition says.

use super::super::super::types::RequirementDef;
use super::super::requirement::Relation;
use super::super::{NodeAt, Service};
use crate::diagnostic::{Diagnostic, Sink, codes};

/// The relationship of one requirement; held against what the definition asks for.
pub(super) fn relation<'a>(service: &Service<'a>, at: NodeAt, which: usize, sink: &mut Sink) -> Relation<'a> {
    let types = &service.types;
    let requirement = &service.node(at).requirements[which];
    let def = requirement
        .defined_by
        .and_then(|of| types.requirement(of, requirement.name));
    let defined = def.map(Relation::defined).unwrap_or_default();
    let Some(stated) = requirement.stated_relation(types, &service.relationships, sink) else {
        return defined;
    };
    if let Some(def) = def {
        check(service, at, which, def, stated, sink);
    }
    // One that is named and not known is told of, and nothing is asked of what it may have meant.
    let body = requirement.body.and_then(|body| body.get("relationship"));
    let is_named = body.is_some_and(|body| !body.is_map() || body.key("type").is_some());
    Relation {
        of: stated.of.or(defined.of.filter(|_| !is_named)),
        body: stated.body.or(defined.body),
    }
}

fn check<'a>(
    service: &Service<'a>,
    at: NodeAt,
    which: usize,
    def: &RequirementDef<'a>,
    stated: Relation<'a>,
    sink: &mut Sink,
) {
    let types = &service.types;
    let requirement = &service.node(at).requirements[which];
    let (Some(of), Some(wanted)) = (stated.of, def.relationship) else {
        return;
    };
    let open = def.open || types.get(of).open || types.get(wanted).open;
    if open || types.is_a(of, wanted) {
        return;
    }
    let Some(place) = requirement.body.and_then(|body| body.get("relationship")) else {
        return;
    };
    let place = place.name_of("type").map_or(place, |(named, _)| named);
    let (of, wanted) = (types.get(of), types.get(wanted));
    let name = place.name().unwrap_or(of.name);
    let mut fault = Diagnostic::new(
        &codes::UNFIT_RELATIONSHIP,
        place.span(),
        format!(
            "relationship `{name}` does not fit requirement `{}`",
            requirement.name
        ),
    )
    .note(if name == of.name {
        format!(
            "the requirement asks for a `{}`, which `{name}` is not derived from",
            wanted.name
        )
    } else {
        format!(
            "the requirement asks for a `{}`, and `{name}` is a `{}`",
            wanted.name, of.name
        )
    })
    .help(format!(
        "use a relationship of type `{}` or of a type derived from it",
        wanted.name
    ))
    .related(def.key.span(), "the requirement is defined here");
    if let Some(template) = service.relationships.get(name) {
        fault = fault.related(template.key.span(), format!("`{name}` is here"));
    }
    sink.push(fault);
}
