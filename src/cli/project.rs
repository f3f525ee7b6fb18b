//! What lies around a file and says how it is to be read: `khor.toml` and `khor.lock`.

use std::collections::HashMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::config::{Config, nearest};
use super::disk::DiskLoader;
use super::import_map::ImportMap;
use super::lock;
use super::remote::Remote;
use crate::diagnostic::{Diagnostic, Sink};
use crate::lint::Selection;
use crate::source::SourceMap;

/// Whether what is behind URLs may be fetched.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct FetchArgs {
    /// Fetch imports by URL that are neither in khor.toml nor in khor.lock; later runs need no network
    #[arg(long)]
    pub fetch: bool,
}

/// The settings for a file.
#[derive(Debug)]
pub struct Project {
    /// Severities of rules; what the command line says is in it.
    pub lint: Selection,
    /// What URLs in imports mean.
    pub imports: ImportMap,
    /// What lies behind the others.
    pub remote: Remote,
}

/// What was found in a `khor.toml`, with the text it was found in.
#[derive(Debug, Default)]
pub struct Faults {
    /// The texts.
    pub sources: SourceMap,
    /// The faults, sorted.
    pub diagnostics: Vec<Diagnostic>,
}

/// The projects of all files of a run, each read once.
#[derive(Debug)]
pub struct Projects {
    here: Utf8PathBuf,
    command_line: Selection,
    fetch: bool,
    /// By `khor.toml`, and the folder of `khor.lock`.
    known: HashMap<(Option<Utf8PathBuf>, Utf8PathBuf), Arc<Project>>,
    by_folder: HashMap<Utf8PathBuf, Arc<Project>>,
}

impl Projects {
    /// No projects yet. What `command_line` says comes before what their files say; `fetch`: whether URLs may be fetched.
    pub fn new(command_line: Selection, fetch: bool) -> Self {
        let here = std::env::current_dir().ok();
        let here = here.and_then(|here| Utf8PathBuf::from_path_buf(here).ok());
        Self {
            here: here.unwrap_or_default(),
            command_line,
            fetch,
            known: HashMap::new(),
            by_folder: HashMap::new(),
        }
    }

    /// The project of `file`, with the faults of its files if they are read now.
    pub fn of(&mut self, file: &Utf8Path) -> (Arc<Project>, Faults) {
        let mut faults = Faults::default();
        let folder = match file.parent() {
            Some(parent) if !file.is_dir() => parent,
            _ => file,
        };
        if let Some(known) = self.by_folder.get(folder) {
            return (Arc::clone(known), faults);
        }
        let loader = DiskLoader::default();
        let path = Config::find(file, &self.here, &loader);
        // The lock file lies beside the settings; without these, where it is, or else beside the file itself.
        let beside = match &path {
            Some(path) => path.parent().map(Utf8Path::to_owned),
            None => nearest(lock::NAME, file, &self.here, &loader)
                .and_then(|path| path.parent().map(Utf8Path::to_owned)),
        };
        let key = (path, beside.unwrap_or_else(|| folder.to_owned()));
        let fetch = self.fetch;
        let project = self.known.entry(key).or_insert_with_key(|(path, beside)| {
            let mut sink = Sink::new();
            let config = path.as_ref().map_or_else(Config::default, |path| {
                Config::read(path, &loader, &mut faults.sources, &mut sink)
            });
            let remote = Remote::read(beside, fetch, &loader, &mut faults.sources, &mut sink);
            let lint = config.lint.overridden_by(&self.command_line);
            faults.diagnostics = sink.into_sorted();
            Arc::new(Project {
                lint,
                imports: config.imports,
                remote,
            })
        });
        self.by_folder.insert(folder.to_owned(), Arc::clone(project));
        (Arc::clone(project), faults)
    }
}
