//! Paths of the files that a template names.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::diagnostic::nearest;
use crate::source::Loader;

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
