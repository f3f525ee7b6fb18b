//! Arguments of the file engine.

use camino::Utf8PathBuf;

use super::Arguments;
use crate::diagnostic::{Sink, did_you_mean};
use crate::topology::{FileAction, FileState};

impl Arguments<'_> {
    pub(super) fn file(&self, sink: &mut Sink) -> Option<FileAction> {
        let path = self.path(sink)?;
        let target = self.text("target", sink);
        let state = match self.text("state", sink).as_deref() {
            None if target.is_some() => FileState::Symlink(target.clone()?),
            None | Some("file") => FileState::File,
            Some("directory") => FileState::Directory,
            Some("absent") => FileState::Absent,
            Some("symlink") => {
                let Some(target) = &target else {
                    let help = "add `target:` with what it points to";
                    self.wrong("state", "a symbolic link needs a target", help, sink);
                    return None;
                };
                FileState::Symlink(target.clone())
            }
            Some(other) => {
                let states = ["file", "directory", "symlink", "absent"];
                let help = did_you_mean(other, states).unwrap_or_else(|| "write one of these".to_owned());
                self.wrong(
                    "state",
                    "it is `file`, `directory`, `symlink` or `absent`",
                    &help,
                    sink,
                );
                return Some(self.rest(path, FileState::File, sink));
            }
        };
        if target.is_some() && !matches!(state, FileState::Symlink(_)) {
            self.wrong(
                "target",
                "only a symbolic link has one",
                "write `state: symlink`, or remove `target`",
                sink,
            );
        }
        let content = self.text("content", sink);
        if content.is_some() && state != FileState::File {
            self.wrong(
                "content",
                "only a file has one",
                "remove `content`, or write `state: file`",
                sink,
            );
        }
        let file = self.rest(path, state, sink);
        Some(FileAction { content, ..file })
    }

    /// The path, which must be there.
    pub(super) fn path(&self, sink: &mut Sink) -> Option<String> {
        let path = self.text("path", sink)?;
        if path.is_empty() {
            self.wrong("path", "it must not be empty", "give the path of a file", sink);
            return None;
        }
        Some(path)
    }

    /// What a file may have whatever its state.
    pub(super) fn rest(&self, path: String, state: FileState, sink: &mut Sink) -> FileAction {
        let mode = self.text("mode", sink).and_then(|text| {
            let digits = text.strip_prefix("0o").unwrap_or(&text);
            let mode = u32::from_str_radix(digits, 8).ok().filter(|&mode| mode <= 0o7777);
            if mode.is_none() {
                self.wrong(
                    "mode",
                    "it is octal, from 0000 to 7777",
                    "write it as in `mode: '0644'`",
                    sink,
                );
            }
            mode
        });
        FileAction {
            path: Utf8PathBuf::from(path),
            state,
            content: None,
            mode,
            owner: self.text("owner", sink),
            group: self.text("group", sink),
        }
    }
}
