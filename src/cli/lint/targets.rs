//! From what is named on the command line to the files that are linted.

use std::collections::HashSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::cli::disk::DiskLoader;
use crate::cli::glob;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::{Loader, SourceMap, Span, normal};
use crate::tosca::csar;

/// What stands for standard input among the files, and the name it has in messages.
pub const STDIN: (&str, &str) = ("-", "<stdin>");

/// The files to lint, and what was named and is nothing.
#[derive(Debug, Default)]
pub struct Targets {
    /// Each once, in the order they were named.
    pub files: Vec<Utf8PathBuf>,
    /// The texts that the faults are placed in: empty ones.
    pub sources: SourceMap,
    /// Patterns that nothing fits, directories without a topology.
    pub faults: Vec<Diagnostic>,
}

impl Targets {
    /// What `named` means: files, directories, patterns, standard input. With `skip` YAML files are left out that say
    /// nothing of TOSCA.
    pub fn of(named: &[Utf8PathBuf], skip: bool) -> Self {
        let loader = DiskLoader::default();
        let mut targets = Self::default();
        let mut known = HashSet::new();
        for path in named {
            let found = if path == STDIN.0 {
                vec![STDIN.1.into()]
            } else if path.is_dir() && csar::meta(path, &loader).is_none() {
                topologies(path, &loader)
            } else if path.exists() || !glob::is_pattern(path.as_str()) {
                vec![path.clone()]
            } else {
                glob::expand(path.as_str(), &loader)
            };
            if found.is_empty() {
                targets.nothing(path);
            }
            let mut found: Vec<_> = (found.into_iter())
                .filter(|file| known.insert(normal(file)))
                .collect();
            found.retain(|file| !skip || !is_yaml(file) || is_topology(file, &loader));
            targets.files.append(&mut found);
        }
        targets
    }

    fn nothing(&mut self, path: &Utf8Path) {
        let place = Span::file(self.sources.add(path, ""));
        let fault = if path.is_dir() {
            Diagnostic::new(&codes::UNREADABLE_FILE, place, format!("there is no topology in `{path}`"))
                .note("in a directory those count: archives (.csar), and YAML files with `tosca_definitions_version`")
                .help("name another directory, or the files themselves")
        } else {
            Diagnostic::new(&codes::UNREADABLE_FILE, place, format!("no file fits `{path}`"))
                .note("`*` stands for a part of one name, `**` for any folders")
                .help("correct the pattern; it counts from the working directory")
        };
        self.faults.push(fault);
    }
}

/// The topologies in `directory` and below, sorted: archives (`.csar`, and directories laid out like one), and YAML files
/// that say so themselves. Other YAML lies beside templates often enough, and is not ours to judge. Hidden directories
/// are left out, links to directories too.
fn topologies(directory: &Utf8Path, loader: &dyn Loader) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for name in loader.entries(&directory) {
            // Code hosts know files by their names in the repository, without `./`.
            let path = match directory.as_str() {
                "." => Utf8PathBuf::from(&name),
                _ => directory.join(&name),
            };
            if path.is_dir() {
                if name.starts_with('.') || path.is_symlink() {
                    continue;
                }
                if csar::meta(&path, loader).is_some() {
                    found.push(path);
                } else {
                    open.push(path);
                }
            } else if path.extension() == Some("csar") || is_yaml(&path) && is_topology(&path, loader) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_yaml(path: &Utf8Path) -> bool {
    matches!(path.extension(), Some("yaml" | "yml"))
}

fn is_topology(path: &Utf8Path, loader: &dyn Loader) -> bool {
    let Ok(bytes) = loader.load(path) else {
        // Said to be YAML and unreadable: that is worth saying.
        return true;
    };
    let holds = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    let list = || {
        let first = bytes
            .split(|&byte| byte == b'\n')
            .find(|line| !matches!(line.first(), None | Some(b'#' | b'\r')));
        first.is_some_and(|line| line.starts_with(b"- ")) && holds("interfaces:") && holds("target:")
    };
    holds("tosca_definitions_version") || list()
}
