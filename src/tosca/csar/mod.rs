//! Cloud Service Archives: which file of an archive, or of a folder laid out like one, is the service template.

mod meta;

use camino::{Utf8Path, Utf8PathBuf};

use self::meta::{Meta, Words};
use super::path::near;
use super::view::View;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::source::{Loader, SourceMap, Span, normal};
use crate::yaml::{self, Tree};

/// Where `TOSCA.meta` may lie: the second place is TOSCA 2.0's (section 17.1).
const PLACES: [&str; 2] = ["TOSCA-Metadata/TOSCA.meta", "TOSCA.meta"];

/// What an archive offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The service template.
    pub definitions: Utf8PathBuf,
    /// Further service templates, for substitution only (`Other-Definitions`).
    pub others: Vec<Utf8PathBuf>,
    /// Found because it is the only YAML file in the root: its metadata stand for `TOSCA.meta`.
    pub is_root_form: bool,
}

/// The path of `TOSCA.meta` under `root`, if there is one.
pub fn meta(root: &Utf8Path, loader: &dyn Loader) -> Option<Utf8PathBuf> {
    PLACES
        .iter()
        .map(|place| root.join(place))
        .find(|path| loader.is_file(path))
}

/// Whether it is plain which service template of the folder `root` is meant.
pub fn is_entered(root: &Utf8Path, loader: &dyn Loader) -> bool {
    meta(root, loader).is_some() || root_files(root, loader).len() == 1
}

/// The service templates under `root`, the root of an archive or a folder. `name` is what the user calls it; faults
/// that no file is to blame for are placed there. None, if there is no service template to be had; that is reported.
pub fn entry(
    root: &Utf8Path,
    name: &Utf8Path,
    loader: &dyn Loader,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Entry> {
    match meta(root, loader) {
        Some(path) => named(root, &path, loader, sources, sink),
        None => only(root, name, loader, sources, sink),
    }
}

/// What `TOSCA.meta` names.
fn named(
    root: &Utf8Path,
    path: &Utf8Path,
    loader: &dyn Loader,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Entry> {
    let source = yaml::text(sources, loader, path, None, sink)?;
    let text = std::sync::Arc::clone(&sources.get(source).text);
    let meta = Meta::read(source, &text, sink);
    meta.check(sink);
    let find = |words: &Words<'_>, sink: &mut Sink| {
        let found = inside(root, words.text, loader);
        if found.is_none() {
            sink.push(missing(root, words, loader));
        }
        found
    };
    let definitions = match meta.entry(sink) {
        Ok(Some(words)) => find(&words, sink),
        // TOSCA 2.0, section 17.1: without the name, the only YAML file in the root is meant.
        Ok(None) => {
            if let [only] = root_files(root, loader).as_slice() {
                Some(root.join(only))
            } else {
                sink.push(
                    Diagnostic::new(
                        &codes::NO_ENTRY,
                        Span::file(source),
                        "`Entry-Definitions` is missing",
                    )
                    .note("it names the service template of the archive")
                    .help("add `Entry-Definitions: PATH`, with the path from the root of the archive"),
                );
                None
            }
        }
        Err(()) => None,
    };
    let others = meta.others();
    let others: Vec<_> = others.iter().filter_map(|words| find(words, sink)).collect();
    Some(Entry {
        definitions: definitions?,
        others,
        is_root_form: false,
    })
}

/// The file under `root` that is called `name` there, if it is there; never one outside of it.
fn inside(root: &Utf8Path, name: &str, loader: &dyn Loader) -> Option<Utf8PathBuf> {
    let name = normal(Utf8Path::new(name.trim_start_matches('/')));
    let path = root.join(&name);
    (!name.starts_with("..") && loader.is_file(&path)).then_some(path)
}

fn missing(root: &Utf8Path, words: &Words<'_>, loader: &dyn Loader) -> Diagnostic {
    let name = words.text;
    if normal(Utf8Path::new(name)).starts_with("..") {
        return Diagnostic::new(
            &codes::BAD_TOSCA_META,
            words.span,
            format!("`{name}` leads out of the archive"),
        )
        .help("paths count from the root of the archive");
    }
    let near = near(loader, &root.join(name)).and_then(|near| Some(near.strip_prefix(root).ok()?.to_owned()));
    Diagnostic::new(
        &codes::BAD_TOSCA_META,
        words.span,
        format!("there is no file `{name}` in the archive"),
    )
    .note("paths count from the root of the archive, whatever folder `TOSCA.meta` lies in")
    .help(near.map_or_else(
        || "correct the path, or pack the file".to_owned(),
        |near| format!("did you mean `{near}`?"),
    ))
}

/// The YAML files in the root itself.
fn root_files(root: &Utf8Path, loader: &dyn Loader) -> Vec<String> {
    let is_yaml = |name: &str| matches!(Utf8Path::new(name).extension(), Some("yaml" | "yml"));
    let mut names = loader.entries(root);
    names.retain(|name| is_yaml(name) && loader.is_file(&root.join(name)));
    names
}

/// The only YAML file in the root of an archive without `TOSCA.meta`.
fn only(
    root: &Utf8Path,
    name: &Utf8Path,
    loader: &dyn Loader,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Entry> {
    let files = root_files(root, loader);
    if let [only] = files.as_slice() {
        return Some(Entry {
            definitions: root.join(only),
            others: Vec::new(),
            is_root_form: true,
        });
    }
    let message = if files.is_empty() {
        "no service template in this archive".to_owned()
    } else {
        format!("{} service templates in the root of this archive", files.len())
    };
    let found = files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>();
    let place = Span::file(sources.add(name, ""));
    let mut fault = Diagnostic::new(&codes::NO_ENTRY, place, message)
        .note(if files.is_empty() {
            "it has neither `TOSCA-Metadata/TOSCA.meta` nor a YAML file in its root".to_owned()
        } else {
            format!(
                "without `TOSCA-Metadata/TOSCA.meta` there must be one; here are {}",
                found.join(", ")
            )
        })
        .help(
            "add `TOSCA-Metadata/TOSCA.meta` with `Entry-Definitions: PATH`, or leave one YAML file in the root",
        );
    let entries = loader.entries(root);
    if let [folder] = entries.as_slice()
        && is_entered(&root.join(folder), loader)
    {
        fault = fault.help(format!(
            "pack what is in the folder `{folder}`, not the folder: `cd {folder} && zip -r ../app.csar .`"
        ));
    } else {
        let places = PLACES.iter().filter_map(|place| {
            let path = near(loader, &root.join(place))?;
            loader
                .is_file(&path)
                .then(|| path.strip_prefix(root).map(Utf8Path::to_owned))?
                .ok()
        });
        if let Some(wrong) = places.into_iter().next() {
            fault = fault.help(format!(
                "rename `{wrong}` to `{}`",
                PLACES[usize::from(!wrong.as_str().contains('/'))]
            ));
        }
    }
    sink.push(fault);
    None
}

/// Checks that the service template in the root of an archive without `TOSCA.meta` names itself.
pub fn check_root_form(tree: &Tree, sink: &mut Sink) {
    const REQUIRED: [&str; 2] = ["template_name", "template_version"];
    let Some(root) = View::root(tree).filter(|root| root.is_map()) else {
        return;
    };
    let metadata = root.get("metadata");
    let has = |key: &str| {
        // Version 1.0 has them as keynames of the template.
        metadata.is_some_and(|metadata| metadata.key(key).is_some()) || root.key(key).is_some()
    };
    let missing: Vec<_> = REQUIRED.into_iter().filter(|key| !has(key)).collect();
    if missing.is_empty() {
        return;
    }
    let names = missing
        .iter()
        .map(|key| format!("`{key}`"))
        .collect::<Vec<_>>()
        .join(" and ");
    let be = if missing.len() == 1 { "is" } else { "are" };
    let place = root
        .key("metadata")
        .map_or_else(|| Span::file(root.source()), View::span);
    let given: Vec<&str> = metadata
        .into_iter()
        .flat_map(View::entries)
        .map(|(_, key, _)| key)
        .collect();
    let near = missing
        .iter()
        .find_map(|key| did_you_mean(key, given.iter().copied()).map(|_| *key));
    let mut fault = Diagnostic::new(
        &codes::MISSING_METADATA,
        place,
        format!("{names} {be} missing in the metadata"),
    )
    .note(
        "an archive without `TOSCA-Metadata/TOSCA.meta` is described by the metadata of its service template",
    )
    .help(format!(
        "add {names} to `metadata`, or pack a `TOSCA-Metadata/TOSCA.meta`"
    ));
    if let Some(near) = near {
        fault = fault.help(format!("did you mean `{near}`?"));
    }
    sink.push(fault);
}
