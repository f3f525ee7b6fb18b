//! Stamps: how a step without a check knows that it was done.
//!
//! A stamp is a small file in the state directory that holds the digest the step was done with. It is written only
//! after a successful do, and written whole: through a temporary file that is on the disk before it gets its name. So a
//! crash or a power cut can lose a stamp (the work is done again) but never leaves one for work that was not done.

use std::fs;
use std::io::{self, ErrorKind, Write};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Context, Observed};
use crate::role::{RoleStep, keys};

/// Longer stamps are not ours.
const MOST: usize = 256;

/// Where the stamp of the step of this name lies.
pub(super) fn path(context: &Context, name: &str) -> Utf8PathBuf {
    context.state.join("stamps").join(short(&keys::escape(name)))
}

/// `name` if it may be a file's name; else its beginning and a digest of it. Names of files end at 255 bytes.
pub(super) fn short(name: &str) -> String {
    use sha2::{Digest, Sha256};
    if name.len() <= 200 {
        return name.to_owned();
    }
    // Escaped names are ASCII, so every byte is a boundary.
    let digest = Sha256::digest(name);
    format!("{}~{}", &name[..180], super::hex(&digest[..8]))
}

/// Whether the step was done with its present digest.
pub(super) fn look(context: &Context, step: &RoleStep) -> Observed {
    match fs::read(path(context, &step.name)) {
        Ok(found) if found == step.digest.as_bytes() => Observed::Reached,
        Ok(found) if found.len() > MOST => Observed::NotReached("its stamp is damaged".to_owned()),
        Ok(_) => Observed::NotReached("it was done with other inputs or another implementation".to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Observed::NotReached("it was not done here yet".to_owned())
        }
        Err(error) => Observed::Failed(format!("cannot read its stamp: {error}")),
    }
}

/// Whether what the step notices is what it noticed last. What it is at first is only noted: nothing has changed yet.
pub(super) fn notice(context: &Context, step: &RoleStep) -> Observed {
    match path(context, &step.name).try_exists() {
        Ok(false) => match write(context, step) {
            Ok(()) => Observed::Reached,
            Err(error) => Observed::Failed(format!("cannot note what it notices: {error}")),
        },
        _ => match look(context, step) {
            Observed::NotReached(_) => Observed::NotReached("what it notices has changed".to_owned()),
            seen => seen,
        },
    }
}

/// Notes that the step was done.
pub(super) fn write(context: &Context, step: &RoleStep) -> io::Result<()> {
    write_atomic(&path(context, &step.name), step.digest.as_bytes(), true)
}

/// Forgets that the step of this name was done.
pub(super) fn remove(context: &Context, name: &str) -> io::Result<()> {
    match fs::remove_file(path(context, name)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes a file of the state directory whole or not at all. `durable`: it also outlasts a power cut.
pub(super) fn write_atomic(path: &Utf8Path, content: &[u8], durable: bool) -> io::Result<()> {
    // A name of its own: a look and a do may write the same record at the same time.
    let temporary = Utf8PathBuf::from(format!("{path}.{:08x}.new", fastrand::u32(..)));
    let mut file = fs::File::create(&temporary)?;
    file.write_all(content)?;
    if durable {
        file.sync_all()?;
    }
    drop(file);
    fs::rename(&temporary, path)?;
    if durable && let Some(parent) = path.parent() {
        fs::File::open(parent)?.sync_all()?;
    }
    Ok(())
}
