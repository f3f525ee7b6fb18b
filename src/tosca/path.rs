//! Paths of the files that a template names.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::diagnostic::nearest;
use crate::source::Loader;

/// What is closest to `path`, which a template calls `written`: in the same words, where that can be said.
pub(super) fn near_as_written(loader: &dyn Loader, path: &Utf8Path, written: &str) -> Option<Utf8PathBuf> {
    let near = near(loader, path)?;
    let folder = path.as_str().strip_suffix(written).map(Utf8Path::new);
    let below = folder.and_then(|folder| near.strip_prefix(folder).ok());
    Some(below.map_or_else(|| near.clone(), Utf8Path::to_owned))
}

/// The name closest to the first part of `path` that is not there, with what is before it.
pub(super) fn near(loader: &dyn Loader, path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut folder = Utf8PathBuf::new();
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        let names = entries(loader, &folder);
        let is_there = names.iter().any(|name| name == part.as_str());
        let passable = matches!(part, Utf8Component::Normal(_));
        if passable && !is_there && (!names.is_empty() || parts.peek().is_none()) {
            let near = nearest(part.as_str(), names.iter().map(String::as_str))?;
            let rest: Utf8PathBuf = parts.collect();
            let found = folder.join(near);
            return Some(if rest.as_str().is_empty() {
                found
            } else {
                found.join(rest)
            });
        }
        folder.push(part);
    }
    None
}

fn entries(loader: &dyn Loader, folder: &Utf8Path) -> Vec<String> {
    let names = loader.entries(folder);
    if names.is_empty() && folder.as_str().is_empty() {
        return loader.entries(Utf8Path::new("."));
    }
    names
}
