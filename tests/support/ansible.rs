//! The real Ansible: one in PATH, or the one that `make ansible` puts into `target/ansible`.

use std::path::PathBuf;

use super::say_skipped;

/// The folder of `ansible-playbook`; none: it is said, and the test has nothing to do.
pub fn ansible(test: &str) -> Option<PathBuf> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/ansible/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain([own])
        .find(|folder| folder.join("ansible-playbook").exists());
    if found.is_none() {
        say_skipped(test, "there is no ansible-playbook; `make ansible` installs it");
    }
    found
}
