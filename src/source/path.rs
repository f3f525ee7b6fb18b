//! One name for one file.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// The path without `.` and with `..` carried out by name, so that one file has one name.
pub fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut parts = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir
                if matches!(parts.components().next_back(), Some(Utf8Component::Normal(_))) =>
            {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts
}
