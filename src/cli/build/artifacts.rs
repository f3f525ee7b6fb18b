//! The files that travel with an application.

use std::collections::{BTreeMap, HashMap};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::role::sha256_hex;
use crate::source::{LoadError, Loader, Span};
use crate::topology::Topology;

/// The largest artifact in bytes: it goes through the store in chunks and is held in memory on its way.
pub(super) const ARTIFACT_LIMIT: u64 = 64 << 20;
/// The most bytes of all artifacts of an application together.
const ARTIFACTS_LIMIT: u64 = 512 << 20;

/// Reads every artifact of `topology` and fills in digest and size.
pub(super) fn gather(
    topology: &mut Topology,
    file: &Utf8Path,
    loader: &dyn Loader,
    sink: &mut Sink,
) -> BTreeMap<String, Vec<u8>> {
    let mut blobs = BTreeMap::new();
    let mut known: HashMap<Utf8PathBuf, Option<(String, u64)>> = HashMap::new();
    let mut total = 0;
    let mut told_total = false;
    for (span, artifact) in topology.artifacts_mut() {
        let path = if artifact.path.as_str().is_empty() {
            file.parent().unwrap_or(Utf8Path::new("")).join(&artifact.name)
        } else {
            artifact.path.clone()
        };
        let found = known
            .entry(path)
            .or_insert_with_key(|path| match loader.load(path) {
                Ok(bytes) => {
                    let (sha256, size) = (sha256_hex(&bytes), bytes.len() as u64);
                    total += size;
                    if total <= ARTIFACTS_LIMIT {
                        blobs.insert(sha256.clone(), bytes);
                    } else if !std::mem::replace(&mut told_total, true) {
                        sink.push(too_much(span));
                    }
                    Some((sha256, size))
                }
                Err(error) => {
                    sink.push(unreadable(&artifact.name, path, span, &error));
                    None
                }
            });
        if let Some((sha256, size)) = found {
            artifact.sha256.clone_from(sha256);
            artifact.size = *size;
        }
    }
    blobs
}

fn unreadable(name: &str, path: &Utf8Path, span: Span, error: &LoadError) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        &codes::UNREADABLE_ARTIFACT,
        span,
        format!("the artifact `{name}` cannot be read: {error}"),
    )
    .label("needed here")
    .note(format!("it was looked for at `{path}`"));
    match error {
        LoadError::Missing => diagnostic.help("paths of artifacts are relative to the file that names them"),
        LoadError::TooLarge { .. } => {
            diagnostic.help("let the script fetch what is large; what travels with an application is small")
        }
        LoadError::Remote { help, .. } => diagnostic.help(help),
        LoadError::NotAFile(_) | LoadError::Other(_) => diagnostic,
    }
}

fn too_much(span: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::UNREADABLE_ARTIFACT,
        span,
        format!(
            "the artifacts have more than {} MiB together",
            ARTIFACTS_LIMIT >> 20
        ),
    )
    .label("this one is too much")
    .help("let the scripts fetch what is large; what travels with an application is small")
}
