//! Who is derived from whom.

use super::super::value::Builtin;
use super::{TypeId, TypeKind, Types};
use crate::diagnostic::{Diagnostic, Sink, codes};

/// Longer chains of derivation are refused: looking through them again and again would take for ever.
pub(super) const DEEPEST: usize = 256;

/// Links every type to its parent. Unknown parents and circles are reported; such types are marked open.
pub(super) fn link(types: &mut Types<'_>, sink: &mut Sink) {
    for at in 0..types.list.len() {
        let of = &types.list[at];
        let (kind, body) = (of.kind, of.body);
        let Some((view, name)) = body.name_of("derived_from") else {
            continue;
        };
        if kind == TypeKind::Data
            && let Some(builtin) = Builtin::of(name)
        {
            types.list[at].builtin = Some(builtin);
            continue;
        }
        let file = types.list[at].file;
        if types.scopes.find(file, kind, name).is_none()
            && let Some((other, _)) = types.scopes.other_kind(file, kind, name)
        {
            let fault = Diagnostic::new(
                &codes::UNKNOWN_TYPE,
                view.span(),
                format!(
                    "`{name}` is {} {}, not {} {}",
                    other.article(),
                    other.words(),
                    kind.article(),
                    kind.words()
                ),
            );
            sink.push(
                fault
                    .note("a type is derived from a type of its own kind")
                    .help(format!(
                        "move `{}` to `{}`, or derive it from {} {}",
                        types.list[at].name,
                        other.section(),
                        kind.article(),
                        kind.words()
                    )),
            );
            types.list[at].belongs_to = Some(other);
            types.list[at].open = true;
            continue;
        }
        match types.resolve(view, kind, sink) {
            Some(parent) => types.list[at].parent = Some(parent),
            None => types.list[at].open = true,
        }
    }
    cut_circles(types, sink);
}

/// Finds circles by walking up from each type once; marks what hangs on one as open.
fn cut_circles(types: &mut Types<'_>, sink: &mut Sink) {
    // 0: not seen; otherwise the number of the walk that saw it first.
    let mut seen = vec![0_usize; types.list.len()];
    let mut depth = vec![0_usize; types.list.len()];
    for start in 0..types.list.len() {
        let walk = start + 1;
        let mut path = Vec::new();
        let mut at = Some(start);
        while let Some(here) = at.filter(|&here| seen[here] == 0) {
            seen[here] = walk;
            path.push(here);
            at = types.list[here].parent.map(|parent| parent.0 as usize);
        }
        if let Some(again) = at.filter(|&again| seen[again] == walk) {
            let begin = path.iter().position(|&on| on == again).unwrap_or(0);
            report_cycle(types, &path[begin..], sink);
            for &on in &path[begin..] {
                types.list[on].parent = None;
                types.list[on].open = true;
            }
        }
        for &on in path.iter().rev() {
            let parent = types.list[on].parent.map(|parent| parent.0 as usize);
            let Some(parent) = parent else { continue };
            types.list[on].open |= types.list[parent].open;
            depth[on] = depth[parent] + 1;
            if depth[on] > DEEPEST {
                let of = &types.list[on];
                sink.push(
                    Diagnostic::new(
                        &codes::DERIVATION_CYCLE,
                        of.key.span(),
                        format!("`{}` is derived through more than {DEEPEST} types", of.name),
                    )
                    .help("derive it from a type that is nearer to the root"),
                );
                depth[on] = 0;
                types.list[on].parent = None;
                types.list[on].open = true;
            }
        }
    }
}

fn report_cycle(types: &Types<'_>, circle: &[usize], sink: &mut Sink) {
    // Told at the type that stands first, so that the message does not depend on where the walk began.
    let first = circle
        .iter()
        .enumerate()
        .min_by_key(|(_, at)| types.list[**at].key.span());
    let Some((turn, &at)) = first else { return };
    let mut names: Vec<_> = (0..=circle.len())
        .map(|step| circle[(turn + step) % circle.len()])
        .map(|at| format!("`{}`", types.list[at].name))
        .collect();
    if names.len() > 12 {
        names.splice(6..names.len() - 5, ["…".to_owned()]);
    }
    let of = &types.list[at];
    let place = of.body.get("derived_from").unwrap_or(of.key);
    let mut fault = Diagnostic::new(
        &codes::DERIVATION_CYCLE,
        place.span(),
        format!("`{}` is derived from itself", of.name),
    )
    .note(format!("the circle is {}", names.join(" from ")))
    .help("let one of these types derive from something else");
    for step in 1..circle.len().min(6) {
        let other = &types.list[circle[(turn + step) % circle.len()]];
        let place = other.body.get("derived_from").unwrap_or(other.key);
        fault = fault.related(place.span(), format!("`{}` is derived here", other.name));
    }
    sink.push(fault);
}

/// All types, parents before children.
pub(super) fn parents_first(types: &Types<'_>) -> Vec<TypeId> {
    let mut done = vec![false; types.list.len()];
    let mut order = Vec::with_capacity(types.list.len());
    for start in 0..types.list.len() {
        let mut path = Vec::new();
        let mut at = Some(start);
        while let Some(here) = at.filter(|&here| !done[here]) {
            done[here] = true;
            path.push(TypeId(u32::try_from(here).unwrap_or(u32::MAX)));
            at = types.list[here].parent.map(|parent| parent.0 as usize);
        }
        order.extend(path.into_iter().rev());
    }
    order
}
