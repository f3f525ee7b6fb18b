//! Files that are there whole or not at all.

use std::io;

use camino::Utf8Path;

/// Writes a file beside `path` and renames it, so that nobody ever reads half of it. Folders that are missing are made.
pub fn replace(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_file_name(format!(
        ".{}.{}-{:x}",
        path.file_name().unwrap_or("new"),
        std::process::id(),
        fastrand::u64(..)
    ));
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}
