//! Members of groups and targets of policies: whether they are what the type takes.

use super::super::template::{NodeAt, Service};
use super::super::types::{TypeId, TypeKind, Types};
use super::super::view::View;
use crate::diagnostic::{Diagnostic, Sink, codes};

/// The list of types that groups of a type take as `members`, or policies as `targets`; none where they take anything.
pub(super) fn taken<'a>(types: &Types<'a>, of: TypeId, section: &str) -> Option<View<'a>> {
    let mut lists = types.chain(of).filter_map(|of| of.body.get(section));
    let nearest = lists.find(|list| list.is_list())?;
    (nearest.items().len() > 0).then_some(nearest)
}

/// Holds members or targets against the types that the group's or policy's type takes. Without such a list it takes
/// anything.
pub(super) fn fit<'a>(
    service: &Service<'a>,
    of: TypeId,
    (words, name, section): (&str, &str, &str),
    body: View<'a>,
    sink: &mut Sink,
) {
    let types = &service.types;
    let Some(taken) = taken(types, of, section).filter(|_| !types.get(of).open) else {
        return;
    };
    let file = types.forest.file_of(taken);
    let find = |kind| -> Vec<(&'a str, Option<TypeId>)> {
        let names = taken.items().filter_map(View::name);
        names
            .map(|name| (name, types.scopes.find(file, kind, name)))
            .collect()
    };
    let (nodes, groups) = (find(TypeKind::Node), find(TypeKind::Group));
    // A name that is no type at all may mean anything.
    if nodes
        .iter()
        .zip(&groups)
        .any(|((_, node), (_, group))| node.is_none() && group.is_none())
    {
        return;
    }
    let is_any = |of: TypeId, wanted: &[(&str, Option<TypeId>)]| {
        types.get(of).open
            || wanted
                .iter()
                .any(|(_, wanted)| wanted.is_some_and(|wanted| types.is_a(of, wanted)))
    };
    let fits = |at: NodeAt| service.node(at).of.is_none_or(|of| is_any(of, &nodes));
    for (view, member) in body
        .get(section)
        .into_iter()
        .flat_map(View::items)
        .filter_map(|item| Some((item, item.name()?)))
    {
        let (fitting, type_name, key) = if let Some(&at) = service.by_name.get(member) {
            let node = service.node(at);
            (fits(at), node.of.map(|of| types.get(of).name), node.key)
        } else if let Some(group) = service.groups.get(member) {
            let fitting = group.of.is_none_or(|of| is_any(of, &groups))
                || !group.members.is_empty() && group.members.iter().all(|&at| fits(at));
            (fitting, group.of.map(|of| types.get(of).name), group.key)
        } else {
            continue;
        };
        if fitting {
            continue;
        }
        let wanted: Vec<_> = nodes.iter().map(|(name, _)| format!("`{name}`")).collect();
        sink.push(
            Diagnostic::new(
                &codes::UNFIT_MEMBER,
                view.span(),
                format!("`{member}` does not fit the {words} `{name}`"),
            )
            .note(format!(
                "it is a `{}`, and {words} type `{}` takes {}",
                type_name.unwrap_or_default(),
                types.get(of).name,
                wanted.join(", ")
            ))
            .help(format!(
                "name another node template, or widen `{section}` of the type"
            ))
            .related(taken.span(), "this is what the type takes")
            .related(key.span(), format!("`{member}` is here")),
        );
    }
}
