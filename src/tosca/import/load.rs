//! Reads what a service template imports, and what that imports.

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::view::View;
use super::super::{Version, extension, path};
use super::entry::Asked;
use super::forest::{File, FileId, Forest, Held, Import};
use super::profile::{self, Profile};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::source::{Loader, SourceMap, Span, normal};
use crate::yaml::{self, Tree};

/// More files than any real service has; a graph beyond it is refused rather than read for ever.
const MOST_FILES: usize = 10_000;

/// Reads all files of the service template in `tree`. None where its version cannot be read; that is reported, unless
/// the text is `broken`, so that the version may only have been lost.
pub(in crate::tosca) fn load<'t>(
    tree: &'t Tree,
    sources: &mut SourceMap,
    loader: &dyn Loader,
    broken: bool,
    sink: &mut Sink,
) -> Option<Forest<'t>> {
    let root = View::root(tree)?;
    let version = version_of(root, None, broken, sink)?;
    extension::check_grammar(root, &sources.get(tree.source()).text, version, sink);
    let path = sources.get(tree.source()).name.clone();
    let mut reading = Reading {
        sources,
        loader,
        sink,
        forest: Forest::default(),
        known: HashMap::new(),
    };
    reading.known.insert(normal(&path), FileId::ROOT);
    reading.add(Held::Theirs(tree), version, path, false);
    let mut next = 0;
    while next < reading.forest.files.len() {
        reading.follow(FileId(u32::try_from(next).unwrap_or(u32::MAX)));
        next += 1;
    }
    let mut forest = reading.forest;
    spread_incomplete(&mut forest);
    Some(forest)
}

/// The version a document declares, or `inherited` where it declares none; none if it is one khor does not read.
fn version_of(root: View<'_>, inherited: Option<Version>, broken: bool, sink: &mut Sink) -> Option<Version> {
    let Some((at, text)) = root.name_of("tosca_definitions_version") else {
        if root.is_map() && !broken && root.key("tosca_definitions_version").is_none() {
            sink.push(
                Diagnostic::new(
                    &codes::MISSING_KEYNAME,
                    Span::file(root.source()),
                    "`tosca_definitions_version` is missing",
                )
                .note("every TOSCA file says which version of the language it is written in")
                .help("add `tosca_definitions_version: tosca_simple_yaml_1_3` as the first line"),
            );
        }
        return inherited;
    };
    check_first(root, sink);
    match Version::of(text) {
        Some(Version::Tosca20) => {
            sink.push(
                Diagnostic::new(
                    &codes::UNSUPPORTED_VERSION,
                    at.span(),
                    "TOSCA 2.0 is not read yet",
                )
                .note("this khor reads `tosca_simple_yaml_1_0` to `tosca_simple_yaml_1_3`")
                .help("write the file in `tosca_simple_yaml_1_3`, or wait for a khor that reads `tosca_2_0`"),
            );
            None
        }
        Some(version) => Some(version),
        None => {
            // The newest of those that are close, so that nobody is led back to 1.0.
            let known = Version::ALL.iter().rev().skip(1).map(|version| version.as_str());
            let near = known.min_by_key(|known| strsim::osa_distance(text, known));
            let near = near.filter(|known| did_you_mean(text, [*known]).is_some());
            let help = match (near, dialect(text)) {
                (_, Some(dialect)) => format!("declare one of these versions; this one is {dialect}"),
                (Some(near), None) => format!("did you mean `{near}`?"),
                (None, None) => "declare one of these versions".to_owned(),
            };
            sink.push(
                Diagnostic::new(
                    &codes::UNSUPPORTED_VERSION,
                    at.span(),
                    format!("`{text}` is not a version of TOSCA that khor reads"),
                )
                .note("khor reads `tosca_simple_yaml_1_0` to `tosca_simple_yaml_1_3`")
                .help(help),
            );
            None
        }
    }
}

/// The version must be the first thing in a file (Simple Profile 1.3, section 3.1.2).
fn check_first(root: View<'_>, sink: &mut Sink) {
    const KEYNAME: &str = "tosca_definitions_version";
    let Some(key) = root.key(KEYNAME) else { return };
    let Some((first, name, _)) = root.entries().next().filter(|(_, name, _)| *name != KEYNAME) else {
        return;
    };
    sink.push(
        Diagnostic::new(
            &codes::VERSION_NOT_FIRST,
            key.span(),
            format!("`{KEYNAME}` is not the first line"),
        )
        .note("it says how the rest of the file is to be read")
        .help("move it to the top; only comments may stand before it")
        .related(first.span(), format!("`{name}` stands before it")),
    );
}

/// What is known of other dialects.
fn dialect(text: &str) -> Option<&'static str> {
    const DIALECTS: [(&str, &str); 4] = [
        ("cloudify", "Cloudify's own language"),
        ("alien", "Alien4Cloud's own language"),
        ("unfurl", "Unfurl's own language"),
        ("nfv", "the NFV profile, which is not built in"),
    ];
    DIALECTS
        .iter()
        .find(|(part, _)| text.contains(part))
        .map(|&(_, words)| words)
}

struct Reading<'t, 's> {
    sources: &'s mut SourceMap,
    loader: &'s dyn Loader,
    sink: &'s mut Sink,
    forest: Forest<'t>,
    /// Every file that was tried, by normal path or profile name; a failed one is remembered as none.
    known: HashMap<Utf8PathBuf, FileId>,
}

/// What became of one import.
enum Got {
    File(FileId),
    /// It is reported why not.
    Nothing,
}

impl<'t> Reading<'t, '_> {
    fn add(&mut self, tree: Held<'t>, version: Version, path: Utf8PathBuf, embedded: bool) -> FileId {
        let id = FileId(u32::try_from(self.forest.files.len()).unwrap_or(u32::MAX));
        let file = File {
            tree,
            expanded: None,
            version,
            path,
            embedded,
            imports: Vec::new(),
            normative: None,
            incomplete: false,
        };
        self.forest.by_source.insert(file.tree().source(), id);
        self.forest.files.push(file);
        id
    }

    /// Carries out the imports of one file.
    fn follow(&mut self, id: FileId) {
        let version = self.forest.file(id).version;
        if let Some(profile) = profile::normative(version) {
            let normative = self.embedded(profile);
            self.forest.files[id.0 as usize].normative = Some(normative).filter(|&normative| normative != id);
        }
        // Detached first, because carrying one out changes the forest they are borrowed from.
        let file = self.forest.file(id);
        let folder = file.folder().to_owned();
        let repositories = repositories(file.root());
        let wants: Vec<Want> = file
            .root()
            .map(Asked::all)
            .unwrap_or_default()
            .into_iter()
            .map(Want::of)
            .collect();
        let mut imports = Vec::new();
        let mut incomplete = false;
        for want in wants {
            match self.get(&want, &folder, &repositories, version) {
                Got::File(file) => imports.push(Import {
                    file,
                    prefix: want.prefix,
                    span: want.span,
                }),
                Got::Nothing => incomplete = true,
            }
        }
        let file = &mut self.forest.files[id.0 as usize];
        file.imports = imports;
        file.incomplete = incomplete;
    }

    fn embedded(&mut self, profile: &'static Profile) -> FileId {
        if let Some(&id) = self.known.get(Utf8Path::new(profile.name)) {
            return id;
        }
        let source = self.sources.add(profile.name, profile.text);
        // khor's own tests hold the profiles to be free of faults.
        let tree = yaml::parse(self.sources, source, &mut Sink::new());
        let id = self.add(
            Held::Ours(Box::new(tree)),
            profile.version,
            Utf8PathBuf::new(),
            true,
        );
        self.known.insert(profile.name.into(), id);
        id
    }

    fn get(&mut self, want: &Want, folder: &Utf8Path, repositories: &Repositories, version: Version) -> Got {
        let mut name = want.file.clone();
        if let Some(found) = profile::named(&name) {
            return Got::File(self.embedded(found));
        }
        if let Some((span, repository)) = &want.repository {
            let Some((_, url)) = repositories.iter().find(|(known, _)| known == repository) else {
                let known = repositories.iter().map(|(known, _)| known.as_str());
                self.sink.push(
                    Diagnostic::new(
                        &codes::IMPORT_NOT_FOUND,
                        *span,
                        format!("the repository `{repository}` is not declared"),
                    )
                    .help(
                        did_you_mean(repository, known)
                            .unwrap_or_else(|| "declare it under `repositories` in this file".to_owned()),
                    ),
                );
                return Got::Nothing;
            };
            if let Some(url) = url {
                name = format!("{}/{name}", url.trim_end_matches('/'));
            }
        }
        if let Some(local) = name
            .strip_prefix("file://")
            .or_else(|| name.strip_prefix("file:"))
        {
            name = local.to_owned();
        } else if name.contains("://") {
            self.sink.push(
                Diagnostic::new(
                    &codes::IMPORT_NOT_FOUND,
                    want.span,
                    format!("`{}` is not on this machine", want.file),
                )
                .note("imports are not fetched over the network, so that a file means the same everywhere")
                .help("save the file beside this one and import it by its path"),
            );
            return Got::Nothing;
        }
        self.file(want, self.loader.resolve(folder, &name), version)
    }

    fn file(&mut self, want: &Want, path: Utf8PathBuf, version: Version) -> Got {
        if let Some(&id) = self.known.get(&path) {
            return Got::File(id);
        }
        let bytes = match self.loader.load(&path) {
            Ok(bytes) if self.forest.files.len() < MOST_FILES => bytes,
            Ok(_) => {
                self.sink.push(
                    Diagnostic::new(
                        &codes::IMPORT_NOT_FOUND,
                        want.span,
                        format!("`{}` is one import too many", want.file),
                    )
                    .note(format!("a service template may consist of {MOST_FILES} files"))
                    .help("import fewer files"),
                );
                return Got::Nothing;
            }
            Err(error) => {
                let help = if want.file.contains(':') {
                    did_you_mean(&want.file, profile::names())
                } else {
                    path::near(self.loader, &path).map(|near| format!("did you mean `{near}`?"))
                };
                let mut fault = Diagnostic::new(
                    &codes::IMPORT_NOT_FOUND,
                    want.span,
                    format!("cannot import `{}`: {error}", want.file),
                )
                .help("correct the path, or put the file there")
                .maybe_help(help);
                let is_inside = self.loader.root().is_none_or(|root| path.starts_with(root));
                if path != Utf8Path::new(&want.file) && is_inside {
                    fault = fault.note(format!("looked for `{path}`"));
                }
                self.sink.push(fault);
                return Got::Nothing;
            }
        };
        let Ok(text) = String::from_utf8(bytes) else {
            self.sink.push(
                Diagnostic::new(
                    &codes::NOT_UTF8,
                    want.span,
                    format!("cannot import `{}`: it is not text in UTF-8", want.file),
                )
                .help("save the file as UTF-8"),
            );
            return Got::Nothing;
        };
        let source = self.sources.add(path.clone(), text);
        let before = self.sink.errors();
        let tree = yaml::parse(self.sources, source, self.sink);
        let broken = self.sink.errors() > before;
        let declared = match View::root(&tree) {
            Some(root) => version_of(root, Some(version), broken, self.sink),
            None => Some(version),
        };
        if let (Some(root), Some(declared)) = (View::root(&tree), declared) {
            let text = &self.sources.get(tree.source()).text;
            extension::check_grammar(root, text, declared, self.sink);
        }
        let unreadable = declared.is_none() || View::root(&tree).is_none();
        let id = self.add(
            Held::Ours(Box::new(tree)),
            declared.unwrap_or(version),
            path.clone(),
            false,
        );
        self.known.insert(path, id);
        if unreadable {
            // Nothing in it is looked at, and names that it may define are not missed.
            let file = &mut self.forest.files[id.0 as usize];
            let source = file.tree().source();
            file.tree = Held::Ours(Box::new(Tree::empty(source)));
            return Got::Nothing;
        }
        Got::File(id)
    }
}

/// An import, detached from the tree it stands in.
struct Want {
    file: String,
    span: Span,
    repository: Option<(Span, String)>,
    prefix: Option<String>,
}

impl Want {
    fn of(asked: Asked<'_>) -> Self {
        Self {
            file: asked.file.to_owned(),
            span: asked.at.span(),
            repository: asked.repository.map(|(at, name)| (at.span(), name.to_owned())),
            prefix: asked.prefix.map(str::to_owned),
        }
    }
}

/// Names of repositories, with their URLs.
type Repositories = [(String, Option<String>)];

/// The repositories a file declares, with their URLs (short and long form).
fn repositories(root: Option<View<'_>>) -> Vec<(String, Option<String>)> {
    let entries = root.into_iter().flat_map(|root| root.entries_of("repositories"));
    entries
        .map(|(_, name, value)| {
            let url = value.name().or_else(|| value.name_of("url").map(|(_, url)| url));
            (name.to_owned(), url.map(str::to_owned))
        })
        .collect()
}

/// A file that imports an incomplete one is incomplete itself.
fn spread_incomplete(forest: &mut Forest<'_>) {
    let mut askers: Vec<Vec<usize>> = vec![Vec::new(); forest.files.len()];
    for (at, file) in forest.files.iter().enumerate() {
        for import in &file.imports {
            askers[import.file.0 as usize].push(at);
        }
    }
    let mut open: Vec<usize> = (0..forest.files.len())
        .filter(|&at| forest.files[at].incomplete)
        .collect();
    while let Some(at) = open.pop() {
        for &asker in &askers[at] {
            if !std::mem::replace(&mut forest.files[asker].incomplete, true) {
                open.push(asker);
            }
        }
    }
}
