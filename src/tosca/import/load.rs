//! Reads what a service template imports, and what that imports.

use std::collections::{HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::super::types::TypeKind;
use super::super::view::View;
use super::super::{Version, extension};
use super::check;
use super::declared::version_of;
use super::entry::{Asked, Repositories, Want, repositories};
use super::forest::{File, FileId, Forest, Held, Import};
use super::locate::{Found, locate, missing};
use super::profile::{self, Profile};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::grammar::Mending;
use crate::source::{Loader, ReadError, SourceMap, is_url, normal};
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
    let mending = extension::check_grammar(root, &sources.get(tree.source()).text, version, sink);
    let path = sources.get(tree.source()).name.clone();
    let mut reading = Reading {
        sources,
        loader,
        sink,
        forest: Forest::default(),
        known: HashMap::new(),
        failed: HashSet::new(),
    };
    reading.known.insert(normal(&path), FileId::ROOT);
    let id = reading.add(Held::Theirs(tree), version, path, false);
    reading.mend(id, &mending);
    let mut next = 0;
    while next < reading.forest.files.len() {
        reading.follow(FileId(u32::try_from(next).unwrap_or(u32::MAX)));
        next += 1;
    }
    let mut forest = reading.forest;
    spread_incomplete(&mut forest);
    check::collisions(&forest, sources, sink);
    check::builtins(&forest, sink);
    Some(forest)
}

struct Reading<'t, 's> {
    sources: &'s mut SourceMap,
    loader: &'s dyn Loader,
    sink: &'s mut Sink,
    forest: Forest<'t>,
    /// Every file that was read, by normal path or profile name.
    known: HashMap<Utf8PathBuf, FileId>,
    /// Files that cannot be had; that is reported.
    failed: HashSet<Utf8PathBuf>,
}

/// What became of one import.
enum Got {
    File(FileId),
    /// It is reported why not.
    Nothing,
}

impl<'t> Reading<'t, '_> {
    fn add(&mut self, tree: Held<'t>, version: Version, path: Utf8PathBuf, embedded: bool) -> FileId {
        self.forest.add(File {
            tree,
            meant: None,
            version,
            path,
            embedded,
            imports: Vec::new(),
            normative: None,
            incomplete: false,
        })
    }

    /// From here on the file is read as it is meant. Types that it may define in what could not be read are not missed.
    fn mend(&mut self, id: FileId, mending: &Mending) {
        let file = &mut self.forest.files[id.index()];
        let meant = mending.of(file.tree());
        file.mean(meant);
        let sections = TypeKind::ALL.map(TypeKind::section);
        let has_lost = file.root().is_some_and(|root| {
            let mut sections = sections.iter().chain(&["imports"]);
            sections.any(|section| root.has_lost(section))
        });
        file.incomplete |= has_lost;
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
        let mut got = Vec::new();
        let mut incomplete = false;
        for want in wants {
            match self.get(&want, &folder, &repositories, version) {
                Got::File(file) => got.push((want, file)),
                Got::Nothing => incomplete = true,
            }
        }
        check::imports(&self.forest, id, &got, self.sink);
        let imports = got.into_iter().map(|(want, file)| Import {
            file,
            prefix: want.prefix.map(|(_, prefix)| prefix),
            span: want.span,
        });
        let imports = imports.collect();
        let file = &mut self.forest.files[id.0 as usize];
        file.imports = imports;
        file.incomplete |= incomplete;
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
        match locate(want, folder, repositories, version, self.loader) {
            Ok(Found::Profile(profile)) => Got::File(self.embedded(profile)),
            Ok(Found::Path(path)) => self.file(want, path, version),
            Err(Some(fault)) => {
                self.sink.push(*fault);
                Got::Nothing
            }
            Err(None) => Got::Nothing,
        }
    }

    fn file(&mut self, want: &Want, path: Utf8PathBuf, version: Version) -> Got {
        if let Some(&id) = self.known.get(&path) {
            return Got::File(id);
        }
        if self.failed.contains(&path) {
            return Got::Nothing;
        }
        if self.forest.files.len() >= MOST_FILES {
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
        let source = match self.sources.load(self.loader, &path) {
            Ok(source) => source,
            Err(ReadError::Load(error)) => {
                self.sink.push(missing(want, &path, &error, self.loader));
                // One line in khor.toml mends a URL, wherever it stands; a path is corrected at each place.
                if is_url(path.as_str()) {
                    self.failed.insert(path);
                }
                return Got::Nothing;
            }
            Err(ReadError::NotUtf8 { place, what }) => {
                self.sink.push(
                    Diagnostic::new(&codes::NOT_UTF8, place, what)
                        .label("the first byte that cannot be read")
                        .help("save the file as UTF-8")
                        .related(want.span, "the file is imported here"),
                );
                self.failed.insert(path);
                return Got::Nothing;
            }
        };
        let before = self.sink.errors();
        let tree = yaml::parse(self.sources, source, self.sink);
        let broken = self.sink.errors() > before;
        let declared = match View::root(&tree) {
            Some(root) => version_of(root, Some(version), broken, self.sink),
            None => Some(version),
        };
        let mending = match (View::root(&tree), declared) {
            (Some(root), Some(declared)) => {
                let text = &self.sources.get(tree.source()).text;
                extension::check_grammar(root, text, declared, self.sink)
            }
            _ => Mending::default(),
        };
        let unreadable = declared.is_none() || View::root(&tree).is_none();
        let id = self.add(
            Held::Ours(Box::new(tree)),
            declared.unwrap_or(version),
            path.clone(),
            false,
        );
        self.known.insert(path, id);
        self.mend(id, &mending);
        if unreadable {
            // Nothing in it is looked at, and names that it may define are not missed.
            let file = &mut self.forest.files[id.0 as usize];
            let source = file.tree().source();
            file.tree = Held::Ours(Box::new(Tree::empty(source)));
            file.incomplete = true;
            return Got::Nothing;
        }
        Got::File(id)
    }
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
