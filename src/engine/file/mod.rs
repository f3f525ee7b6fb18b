//! The file engine: a file, a directory, a link, or nothing at a path.
//!
//! What it does, and does not:
//! * It asks for what the action asks for, and keeps the rest: mode and owner of a file whose content is replaced stay
//!   (access control lists and extended attributes do not: a replaced file is a new file).
//! * Content is written into a temporary file beside the target, put on the disk, and renamed: a reader sees the old
//!   content or the new, also after a power cut. Empty files, links, directories and modes are not forced to the disk:
//!   after a power cut the agent looks again, and a missing one is made again.
//! * Missing parent directories are made (mode 0755, less the umask), as khoreia did; a missing parent would block else.
//! * What is in the way is not taken away when it could be somebody's data: a directory where a file is asked for, a
//!   file where a directory or a link is asked for, a socket or a device are failures that say so. A symbolic link in
//!   the way is replaced itself and never followed.
//! * `absent` removes a file or link, and a directory only if it is empty.

mod accounts;
mod apply;
mod look;
mod place;

pub(super) use accounts::Accounts;
pub(super) use apply::apply;
pub(super) use look::look;

use crate::topology::FileAction;

/// Whether bringing it about may take long (it waits for the disk), so that it is not done between other things.
pub(super) fn is_slow(action: &FileAction) -> bool {
    action.content.as_ref().is_some_and(|content| !content.is_empty())
}
