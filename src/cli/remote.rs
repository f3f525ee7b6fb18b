//! Files behind URLs: from the cache beside `khor.lock`, and, with `--fetch`, over HTTPS into it.

use std::collections::HashMap;
use std::io;
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::DiskLoader;
use super::fetch::{Client, LIMIT};
use super::lock::{self, Digests};
use super::replace::replace;
use crate::diagnostic::Sink;
use crate::role::sha256_hex;
use crate::source::{LoadError, Loader, SourceMap};

/// Where fetched files are kept, beside `khor.lock`: one per digest, of which it is the name.
const CACHE: &str = ".khor/imports";

/// What was fetched for the files of one project, and what may be fetched.
#[derive(Debug)]
pub struct Remote {
    folder: Utf8PathBuf,
    fetch: bool,
    /// Held while something is fetched, so that two files of a run that want the same text get it once.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// None: `khor.lock` is there, and cannot be understood; that is reported.
    digests: Option<Digests>,
    /// What came of URLs in this run.
    tried: HashMap<String, Result<(), LoadError>>,
    client: Option<Client>,
}

impl Remote {
    /// What `khor.lock` in `folder` says; with `fetch`, what it does not know is fetched. Faults of it go to `sink`.
    pub fn read(
        folder: &Utf8Path,
        fetch: bool,
        loader: &dyn Loader,
        sources: &mut SourceMap,
        sink: &mut Sink,
    ) -> Self {
        let digests = lock::read(&folder.join(lock::NAME), loader, sources, sink);
        Self {
            folder: folder.to_owned(),
            fetch,
            state: Mutex::new(State {
                digests,
                tried: HashMap::new(),
                client: None,
            }),
        }
    }

    /// The bytes of `url`, no more than `limit`. [`LoadError::Missing`]: it was never fetched, and is not to be.
    pub fn load(&self, url: &str, limit: u64) -> Result<Vec<u8>, LoadError> {
        let bytes = self.bytes(url)?;
        let size = bytes.len() as u64;
        if size > limit {
            return Err(LoadError::TooLarge { size, limit });
        }
        Ok(bytes)
    }

    fn bytes(&self, url: &str) -> Result<Vec<u8>, LoadError> {
        // A panic elsewhere leaves nothing half done here.
        let mut state = match self.state.lock() {
            Ok(state) => state,
            Err(poisoned) => poisoned.into_inner(),
        };
        let Some(digests) = &state.digests else {
            return Err(trouble(
                "khor.lock cannot be read",
                "mend khor.lock first: another message says what is wrong with it",
            ));
        };
        let known = digests.get(url).cloned();
        let cached = known.as_ref().map(|digest| self.cached(digest));
        match cached {
            Some(Ok(bytes)) => return Ok(bytes),
            None if !self.fetch || !url.starts_with("https://") => return Err(LoadError::Missing),
            Some(Err(lost)) if !self.fetch => return Err(lost),
            _ => {}
        }
        if let Some(Err(error)) = state.tried.get(url) {
            return Err(error.clone());
        }
        let result = self.fetch(&mut state, url, known.as_deref());
        let outcome = result.as_ref().map(|_| ()).map_err(Clone::clone);
        state.tried.insert(url.to_owned(), outcome);
        result
    }

    /// The file of this digest, if it is there and still what it was.
    fn cached(&self, digest: &str) -> Result<Vec<u8>, LoadError> {
        let path = self.cache(digest);
        let bytes = match (DiskLoader { limit: LIMIT }).load(&path) {
            Ok(bytes) => bytes,
            Err(LoadError::Missing) => {
                return Err(trouble(
                    format!("khor.lock knows it, but `{path}` is not there"),
                    "add `--fetch` once to fetch it again",
                ));
            }
            Err(error) => {
                return Err(trouble(
                    format!("`{path}` cannot be read: {error}"),
                    "remove that file, and add `--fetch` once to fetch it again",
                ));
            }
        };
        if sha256_hex(&bytes) != digest {
            return Err(trouble(
                format!("`{path}` is not what was fetched: its digest differs from the one in khor.lock"),
                "somebody has changed that file: look at it, then add `--fetch` once to fetch it again",
            ));
        }
        Ok(bytes)
    }

    fn fetch(&self, state: &mut State, url: &str, known: Option<&str>) -> Result<Vec<u8>, LoadError> {
        if url["https://".len()..]
            .split('/')
            .next()
            .unwrap_or_default()
            .contains('@')
        {
            return Err(trouble(
                "it names a user, and khor.lock is no place for passwords",
                "map the URL to a file in khor.toml, under `[imports]`",
            ));
        }
        let client = match &mut state.client {
            Some(client) => client,
            none => {
                none.insert(Client::new().map_err(|why| trouble(why, "correct that variable, or unset it"))?)
            }
        };
        let bytes = client.get(url).map_err(|why| {
            trouble(
                format!("it cannot be fetched: {why}"),
                "correct the URL, or map it to a file in khor.toml, under `[imports]`",
            )
        })?;
        let digest = sha256_hex(&bytes);
        if known.is_some_and(|known| known != digest) {
            return Err(trouble(
                "the server gives another text than the one in khor.lock",
                "to take the new one, remove its line from khor.lock and add `--fetch`",
            ));
        }
        let unwritten = |path: &Utf8Path, error: &io::Error| {
            let why = error.to_string().to_lowercase();
            let why = why.split(" (os error").next().unwrap_or_default();
            trouble(
                format!("it was fetched, but `{path}` cannot be written: {why}"),
                "let khor write there, or map the URL to a file in khor.toml, under `[imports]`",
            )
        };
        let path = self.cache(&digest);
        replace(&path, &bytes).map_err(|error| unwritten(&path, &error))?;
        if known.is_none()
            && let Some(digests) = &mut state.digests
        {
            let path = self.folder.join(lock::NAME);
            // Another khor may have added to it since.
            let disk = DiskLoader::default();
            if let Some(newer) = lock::read(&path, &disk, &mut SourceMap::new(), &mut Sink::new()) {
                digests.extend(newer);
            }
            digests.insert(url.to_owned(), digest);
            lock::write(&path, digests).map_err(|error| unwritten(&path, &error))?;
        }
        Ok(bytes)
    }

    fn cache(&self, digest: &str) -> Utf8PathBuf {
        self.folder.join(CACHE).join(digest)
    }
}

fn trouble(what: impl Into<String>, help: &str) -> LoadError {
    LoadError::Remote {
        what: what.into(),
        help: help.to_owned(),
    }
}
