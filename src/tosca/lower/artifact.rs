//! Files that templates and types name: scripts of operations, artifacts.

use camino::{Utf8Path, Utf8PathBuf};

use super::super::import::{FileId, Forest};
use super::super::path;
use super::super::template::NodeAt;
use super::super::types::{TypeId, TypeKind};
use super::super::view::View;
use super::Lowering;
use super::operation::Owner;
use crate::diagnostic::{Diagnostic, Severity, Sink, codes, nearest};
use crate::source::Loader;
use crate::topology::{Artifact, Interpreter};

/// What runs artifacts of a type. No profile has the second name of playbooks; templates that are written for several
/// orchestrators declare it.
const INTERPRETERS: [(&str, Interpreter); 4] = [
    ("khor.artifacts.Ansible", Interpreter::Ansible),
    ("tosca.artifacts.Implementation.Ansible", Interpreter::Ansible),
    ("tosca.artifacts.Implementation.Bash", Interpreter::Bash),
    ("tosca.artifacts.Implementation.Python", Interpreter::Python),
];
/// The engine artifact type of khor's profile.
const ENGINE: &str = "khor.artifacts.Engine";

/// What an implementation or a dependency names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named<'a> {
    /// An engine of khor, by name.
    Engine(View<'a>, &'a str),
    /// A file, as written.
    File(View<'a>, &'a str),
    /// Something that is no local file: it lies in a repository, or behind a URL.
    Remote(View<'a>, &'a str),
}

/// What became of the search for a file. Many operations name the same one, so each name is looked for once per folder.
#[derive(Clone, Debug)]
pub(super) enum Looked {
    Found(Utf8PathBuf),
    /// There is nothing at this path; perhaps the other one is meant.
    Missing(Utf8PathBuf, Option<Utf8PathBuf>),
}

impl<'a> Lowering<'_, 'a> {
    /// What `view` names: an artifact of the template or of its type, an artifact written in place, or a path.
    pub(super) fn named(
        &self,
        view: View<'a>,
        of: Option<TypeId>,
        template: Option<View<'a>>,
    ) -> Option<Named<'a>> {
        if view.is_map() {
            return self.artifact(view);
        }
        let name = view.name()?;
        match self.artifact_called(name, of, template) {
            Some(artifact) => self.artifact(artifact),
            None => Some(file_or_url(view, name)),
        }
    }

    /// The artifact of this name, of the template or of its type.
    pub(super) fn artifact_called(
        &self,
        name: &str,
        of: Option<TypeId>,
        template: Option<View<'a>>,
    ) -> Option<View<'a>> {
        let own = template.and_then(|body| body.get("artifacts")?.get(name));
        own.or_else(|| self.service.types.artifact(of?, name))
    }

    /// What runs the artifact that `view` names, or is, as far as its type says.
    pub(super) fn interpreter(&self, view: View<'a>, owner: Owner<'a>) -> Option<Interpreter> {
        let artifact = if view.is_map() {
            view
        } else {
            self.artifact_called(view.name()?, Some(owner.of), owner.body)?
        };
        let types = &self.service.types;
        let (at, name) = artifact.name_of("type")?;
        let of = types
            .scopes
            .find(types.forest.file_of(at), TypeKind::Artifact, name)?;
        INTERPRETERS
            .iter()
            .find(|(full, _)| types.is_named(of, full))
            .map(|(_, interpreter)| *interpreter)
    }

    /// What an artifact names; none where it has no file.
    pub(super) fn artifact(&self, artifact: View<'a>) -> Option<Named<'a>> {
        if let Some(name) = artifact.name() {
            return Some(file_or_url(artifact, name));
        }
        let (view, file) = artifact.name_of("file")?;
        let types = &self.service.types;
        let is_engine = artifact.name_of("type").is_some_and(|(at, name)| {
            let found = types
                .scopes
                .find(types.forest.file_of(at), TypeKind::Artifact, name);
            found.is_some_and(|found| types.is_named(found, ENGINE))
        });
        if is_engine {
            return Some(Named::Engine(view, file));
        }
        if artifact.get("repository").is_some() {
            return Some(Named::Remote(view, file));
        }
        Some(file_or_url(view, file))
    }

    /// The file a name stands for; reported if it is not there: as an error when compiling and in an archive, which is
    /// complete or broken, and as a warning else. Where an operation names it, one of the artifacts of its owner may be
    /// meant.
    pub(super) fn local(
        &mut self,
        view: View<'a>,
        name: &str,
        owner: Option<Owner<'a>>,
        sink: &mut Sink,
    ) -> Artifact {
        let forest = &self.service.types.forest;
        let of = forest.file_of(view);
        let known = self.files.entry(of).or_default();
        if !known.contains_key(name) {
            known.insert(name.to_owned(), look(self.loader, forest, of, name));
        }
        let path = match known[name].clone() {
            Looked::Found(path) => path,
            Looked::Missing(path, near) => {
                let mut fault = missing(view, name, &path, near.as_deref());
                if let Some(near) = owner.and_then(|owner| nearest(name, self.artifact_names(owner))) {
                    fault = fault.help(format!("did you mean the artifact `{near}`?"));
                }
                if !self.options.require_inputs && self.loader.root().is_none() {
                    fault.severity = Severity::Warning;
                }
                sink.push(fault);
                path
            }
        };
        Artifact {
            name: name.to_owned(),
            path,
            ..Artifact::default()
        }
    }

    /// A file that travels with the choreography lies elsewhere: a fault when compiling.
    pub(super) fn report_remote(&self, view: View<'a>, name: &str, sink: &mut Sink) {
        if !self.options.require_inputs {
            return;
        }
        sink.push(
            Diagnostic::new(
                &codes::MISSING_FILE,
                view.span(),
                format!("`{name}` is not a file on this machine"),
            )
            .note("khor fetches nothing over the network when it compiles")
            .help("put the file beside the template and name its path"),
        );
    }

    /// Whether this stands in a file that is part of khor.
    pub(super) fn is_embedded(&self, view: View<'a>) -> bool {
        let forest = &self.service.types.forest;
        forest.file(forest.file_of(view)).embedded
    }

    /// Looks at the files of the artifacts that a node template brings itself.
    pub(super) fn check_artifacts(&mut self, at: NodeAt, sink: &mut Sink) {
        let node = self.service.node(at);
        for (_, _, artifact) in node.body.entries_of("artifacts") {
            // Images and the like are not files of ours; a path that ends in a script's name is.
            if let Some(Named::File(view, name)) = self.artifact(artifact)
                && self.is_script(artifact)
            {
                self.local(view, name, None, sink);
            }
        }
    }

    /// The artifacts that an operation may name: those of the template and of its type.
    fn artifact_names(&self, owner: Owner<'a>) -> Vec<&'a str> {
        let own = owner
            .body
            .into_iter()
            .flat_map(|body| body.entries_of("artifacts"));
        let inherited = self.service.types.all(owner.of, |of| &of.artifacts);
        own.map(|(_, name, _)| name)
            .chain(inherited.into_iter().map(|(name, _)| name))
            .collect()
    }

    fn is_script(&self, artifact: View<'a>) -> bool {
        let types = &self.service.types;
        artifact.name_of("type").is_some_and(|(at, name)| {
            let found = types
                .scopes
                .find(types.forest.file_of(at), TypeKind::Artifact, name);
            found.is_some_and(|found| types.is_named(found, "tosca.artifacts.Implementation"))
        })
    }
}

/// Looks for the file that file `of` calls `name`.
fn look(loader: &dyn Loader, forest: &Forest<'_>, of: FileId, name: &str) -> Looked {
    let wanted = loader.resolve(forest.file(of).folder(), name);
    // Archives name files from their root, whatever folder the definition lies in.
    let from_root = loader.resolve(forest.file(FileId::ROOT).folder(), name);
    let there = [&wanted, &from_root]
        .into_iter()
        .find(|path| loader.is_file(path));
    if let Some(path) = there {
        return Looked::Found(path.clone());
    }
    let near = path::near_as_written(loader, &wanted, name);
    Looked::Missing(wanted, near)
}

fn file_or_url<'a>(view: View<'a>, name: &'a str) -> Named<'a> {
    if name.contains("://") {
        Named::Remote(view, name)
    } else {
        Named::File(view, name)
    }
}

fn missing(view: View<'_>, name: &str, wanted: &Utf8Path, near: Option<&Utf8Path>) -> Diagnostic {
    let fault = Diagnostic::new(
        &codes::MISSING_FILE,
        view.span(),
        format!("there is no file `{name}`"),
    )
    .help(near.map_or_else(
        || "correct the path, or put the file there".to_owned(),
        |near| format!("did you mean `{near}`?"),
    ));
    if wanted == Utf8Path::new(name) {
        return fault;
    }
    fault.note(format!("looked for `{wanted}`"))
}
