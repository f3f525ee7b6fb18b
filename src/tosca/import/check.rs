//! What can be said of the imports of a file beside whether they can be had: prefixes, namespaces, and names that come
//! twice.

use std::collections::{HashMap, HashSet};

use super::super::types::TypeKind;
use super::super::value::Builtin;
use super::super::view::View;
use super::entry::Want;
use super::forest::{FileId, Forest};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};
use crate::source::{SourceMap, Span};

/// The prefix of the standard's own types (Simple Profile 1.3, section 3.1.1).
const RESERVED: &str = "tosca";

/// Looks at the imports of the file `of`, those that could be had.
pub(super) fn imports(forest: &Forest<'_>, of: FileId, imports: &[(Want, FileId)], sink: &mut Sink) {
    let mut prefixes: HashMap<&str, (Span, FileId)> = HashMap::new();
    let mut files: HashMap<(FileId, Option<&str>), Span> = HashMap::new();
    for (want, file) in imports {
        let prefix = want.prefix.as_ref().map(|(_, prefix)| prefix.as_str());
        if let Some((span, prefix)) = &want.prefix {
            check_prefix(*span, prefix, forest.file(*file).embedded, sink);
            let (first, same) = *prefixes.entry(prefix).or_insert((*span, *file));
            if same != *file {
                sink.push(
                    Diagnostic::new(
                        &codes::DUPLICATE_PREFIX,
                        *span,
                        format!("the prefix `{prefix}` is given to two files"),
                    )
                    .label("again here")
                    .related(first, "first here")
                    .note(format!("`{prefix}:name` is looked for in both"))
                    .help("give each file a prefix of its own"),
                );
            }
        }
        check_namespace(forest, want, *file, sink);
        let first = *files.entry((*file, prefix)).or_insert(want.span);
        if *file == of {
            sink.push(
                Diagnostic::new(&codes::DUPLICATE_IMPORT, want.span, "this file imports itself")
                    .help("remove the import"),
            );
        } else if first != want.span {
            sink.push(
                Diagnostic::new(
                    &codes::DUPLICATE_IMPORT,
                    want.span,
                    format!("`{}` is imported twice", want.file),
                )
                .related(first, "first imported here")
                .help("remove one of the two"),
            );
        }
    }
}

fn check_prefix(span: Span, prefix: &str, embedded: bool, sink: &mut Sink) {
    let fits = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    if !prefix.chars().all(fits) {
        let mended: String = prefix.chars().map(|c| if fits(c) { c } else { '_' }).collect();
        sink.push(
            Diagnostic::new(
                &codes::BAD_PREFIX,
                span,
                format!("`{prefix}` cannot be a prefix"),
            )
            .note("it stands before a colon, as in `prefix:Type`: letters, digits, `_`, `-` and `.` make it up")
            .help(format!("write `{}`", mended.trim_matches('_'))),
        );
    } else if prefix == RESERVED && !embedded {
        let mut fault = Diagnostic::new(
            &codes::BAD_PREFIX,
            span,
            "the prefix `tosca` belongs to the standard",
        )
        .note("`tosca:Compute` is the short name of the standard's `tosca.nodes.Compute`")
        .help("use another prefix");
        fault.severity = Severity::Warning;
        sink.push(fault);
    }
}

/// An import may say which namespace it expects; the file may say which it has.
fn check_namespace(forest: &Forest<'_>, want: &Want, file: FileId, sink: &mut Sink) {
    let Some((span, expected)) = &want.namespace else {
        return;
    };
    let declared = forest
        .file(file)
        .root()
        .and_then(|root| root.name_of("namespace"));
    let Some((at, declared)) = declared else {
        return;
    };
    let same = |uri: &str| uri.trim_end_matches('/').to_owned();
    if same(declared) != same(expected) {
        sink.push(
            Diagnostic::new(
                &codes::NAMESPACE_MISMATCH,
                *span,
                format!("`{}` is of another namespace", want.file),
            )
            .label("expected here")
            .related(at.span(), "declared here")
            .help(format!("write `{declared}`, or import another file")),
        );
    }
}

/// Reports types that two files define, and that are seen under one name.
pub(super) fn collisions(forest: &Forest<'_>, sources: &SourceMap, sink: &mut Sink) {
    let prefixed = forest.iter().flat_map(|(_, file)| {
        let prefixed = file.imports.iter().filter(|import| import.prefix.is_some());
        prefixed.map(|import| import.file)
    });
    let mut looked_at = HashSet::new();
    let mut told = HashSet::new();
    for start in std::iter::once(FileId::ROOT).chain(prefixed) {
        if !looked_at.insert(start) {
            continue;
        }
        let mut defined: HashMap<(TypeKind, &str), (View<'_>, View<'_>)> = HashMap::new();
        for file in seen_together(forest, start) {
            for (kind, key, name, value) in types(forest, file) {
                let (first, body) = *defined.entry((kind, name)).or_insert((key, value));
                let differ = || sources.slice(body.span()).trim() != sources.slice(value.span()).trim();
                // Twice in one file is a key that stands twice, which is said already.
                if first.source() != key.source() && differ() && told.insert(key.id()) {
                    sink.push(collision(kind, name, key, first));
                }
            }
        }
    }
}

/// Reports data types that make something else of a type of the language: a file cannot change what `string` means.
/// Exports of some tools list these types among all others; that changes nothing.
pub(super) fn builtins(forest: &Forest<'_>, sink: &mut Sink) {
    let own = forest.iter().filter(|(_, file)| !file.embedded);
    let all = own.flat_map(|(file, _)| types(forest, file));
    for (_, key, name, body) in all.filter(|(kind, _, name, _)| *kind == TypeKind::Data && is_builtin(name)) {
        let base = body.name_of("derived_from").map(|(_, base)| base);
        let changes = ["properties", "constraints"]
            .iter()
            .any(|part| body.get(part).is_some());
        if !changes && !base.is_some_and(is_builtin) {
            continue;
        }
        let mut fault = Diagnostic::new(
            &codes::COLLIDING_TYPES,
            key.span(),
            format!("data type `{name}` is built in"),
        );
        fault.severity = Severity::Error;
        sink.push(
            fault
                .note("it is a part of the language, and this definition would mean nothing")
                .help("give the data type another name"),
        );
    }
}

fn is_builtin(name: &str) -> bool {
    Builtin::ALL.into_iter().any(|builtin| builtin.as_str() == name)
}

fn collision(kind: TypeKind, name: &str, at: View<'_>, first: View<'_>) -> Diagnostic {
    Diagnostic::new(
        &codes::COLLIDING_TYPES,
        at.span(),
        format!("{} `{name}` is defined in two files", kind.words()),
    )
    .label("here")
    .related(first.span(), "and differently here")
    .note("both are seen under the same name, and readers differ in which of them counts")
    .help("rename one, or import one of the files with a `namespace_prefix`")
}

/// The types that a file of the user's defines: kind, key, name, body.
fn types<'f>(
    forest: &'f Forest<'_>,
    file: FileId,
) -> impl Iterator<Item = (TypeKind, View<'f>, &'f str, View<'f>)> {
    let root = forest.file(file).root();
    TypeKind::ALL.into_iter().flat_map(move |kind| {
        let entries = root
            .into_iter()
            .flat_map(move |root| root.entries_of(kind.section()));
        entries.map(move |(key, name, value)| (kind, key, name, value))
    })
}

/// The files whose names stand side by side, without a prefix between them; those of khor are left out.
fn seen_together(forest: &Forest<'_>, start: FileId) -> Vec<FileId> {
    let mut together = vec![start];
    let mut known = HashSet::from([start]);
    let mut next = 0;
    while let Some(&at) = together.get(next) {
        next += 1;
        for import in &forest.file(at).imports {
            let plain = import.prefix.is_none() && !forest.file(import.file).embedded;
            if plain && known.insert(import.file) {
                together.push(import.file);
            }
        }
    }
    together.retain(|&file| !forest.file(file).embedded);
    together
}
