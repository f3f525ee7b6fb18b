//! Where the files of one topology come from: the disk or an archive, and what its project says of URLs.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::DiskLoader;
use super::project::Project;
use crate::source::{Archive, LoadError, Loader, is_url};

/// Gives the files of one topology.
///
/// The files of an archive see only each other, and what `khor.toml` maps URLs to; mapped files lie on the disk.
#[derive(Clone, Debug)]
pub struct Files {
    disk: DiskLoader,
    archive: Option<Archive>,
    project: Arc<Project>,
}

impl Files {
    /// Files of this machine.
    pub fn on_disk(project: Arc<Project>) -> Self {
        Self {
            disk: DiskLoader::default(),
            archive: None,
            project,
        }
    }

    /// Files of an archive.
    pub fn in_archive(archive: Archive, project: Arc<Project>) -> Self {
        Self {
            archive: Some(archive),
            ..Self::on_disk(project)
        }
    }

    /// The same files, of which those with more than `limit` bytes are refused.
    #[must_use]
    pub fn limited(&self, limit: u64) -> Self {
        Self {
            disk: DiskLoader { limit },
            archive: self.archive.as_ref().map(|archive| archive.with_limit(limit)),
            project: Arc::clone(&self.project),
        }
    }

    /// Whether the files are those of a packed archive.
    pub fn is_archive(&self) -> bool {
        self.archive.is_some()
    }

    /// What has the file at `path`, which is no URL.
    fn holder(&self, path: &Utf8Path) -> &dyn Loader {
        match &self.archive {
            Some(archive) if is_below(archive, path) => archive,
            _ => &self.disk,
        }
    }
}

fn is_below(archive: &Archive, path: &Utf8Path) -> bool {
    archive.root().is_some_and(|root| path.starts_with(root))
}

impl Loader for Files {
    fn load(&self, path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
        if is_url(path.as_str()) {
            return self.project.remote.load(path.as_str(), self.disk.limit);
        }
        self.holder(path).load(path)
    }

    fn head(&self, path: &Utf8Path, most: usize) -> Result<Vec<u8>, LoadError> {
        if is_url(path.as_str()) {
            let mut bytes = self.load(path)?;
            bytes.truncate(most);
            return Ok(bytes);
        }
        self.holder(path).head(path, most)
    }

    fn is_executable(&self, path: &Utf8Path) -> Option<bool> {
        if is_url(path.as_str()) {
            return None;
        }
        self.holder(path).is_executable(path)
    }

    fn is_file(&self, path: &Utf8Path) -> bool {
        if is_url(path.as_str()) {
            return self.load(path).is_ok();
        }
        self.holder(path).is_file(path)
    }

    fn entries(&self, path: &Utf8Path) -> Vec<String> {
        match &self.archive {
            // Of what lies around an archive nothing is named in its messages.
            Some(archive) => archive.entries(path),
            None => self.disk.entries(path),
        }
    }

    fn root(&self) -> Option<&Utf8Path> {
        self.archive.as_ref().and_then(Loader::root)
    }

    fn mapped(&self, name: &str) -> Option<Utf8PathBuf> {
        self.project.imports.find(name)
    }

    fn resolve(&self, folder: &Utf8Path, name: &str) -> Utf8PathBuf {
        let Some(archive) = self.archive.as_ref().filter(|archive| is_below(archive, folder)) else {
            return self.disk.resolve(folder, name);
        };
        let path = archive.resolve(folder, name);
        if is_below(archive, &path) || is_url(path.as_str()) {
            return path;
        }
        // Left as it is written: below the archive by its name, so that the archive refuses it.
        folder.join(name)
    }
}
