//! `khor.lock`: which URLs were fetched, and the digest of what came.
//!
//! ```toml
//! [imports]
//! "https://example.org/types.yaml" = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

use camino::Utf8Path;
use toml::de::DeTable;

use super::replace::replace;
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::{Loader, SourceMap, Span};

/// The file's name.
pub const NAME: &str = "khor.lock";

const HEAD: &str =
    "# Written by `khor --fetch`: what was fetched for imports, by digest. Keep it with the templates.\n";
const KIND: &str = "sha256:";

/// Digests in hexadecimal, by URL.
pub type Digests = BTreeMap<String, String>;

/// Reads the lock file at `path`; empty, where there is none. None, if it cannot be understood: the faults, with their
/// places, are in `sink`.
pub fn read(
    path: &Utf8Path,
    loader: &dyn Loader,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Digests> {
    if !loader.is_file(path) {
        return Some(Digests::new());
    }
    let Ok(source) = sources.load(loader, path) else {
        let place = Span::file(sources.add(path, ""));
        sink.push(bad(place, format!("`{path}` cannot be read")));
        return None;
    };
    let text = Arc::clone(&sources.get(source).text);
    let place = |range: std::ops::Range<usize>| {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(source, narrow(range.start), narrow(range.end))
    };
    let root = match DeTable::parse(&text) {
        Ok(root) => root,
        Err(error) => {
            let span = error.span().map_or(Span::file(source), place);
            sink.push(bad(span, format!("this is not TOML: {}", error.message())));
            return None;
        }
    };
    let mut digests = Digests::new();
    let Some(imports) = root.get_ref().get("imports") else {
        return Some(digests);
    };
    let Some(imports) = imports.get_ref().as_table() else {
        sink.push(bad(place(imports.span()), "`imports` is a table".to_owned()));
        return None;
    };
    let mut is_sound = true;
    for (url, value) in imports {
        let digest = value.get_ref().as_str().and_then(|text| text.strip_prefix(KIND));
        let digest = digest.filter(|digest| {
            digest.len() == 64
                && digest
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        });
        if let Some(digest) = digest {
            digests.insert(url.get_ref().to_string(), digest.to_owned());
        } else {
            is_sound = false;
            sink.push(bad(
                place(value.span()),
                format!("this is no digest: `{KIND}` and 64 hexadecimal digits"),
            ));
        }
    }
    is_sound.then_some(digests)
}

fn bad(place: Span, message: String) -> Diagnostic {
    Diagnostic::new(&codes::BAD_LOCK, place, message)
        .note("khor writes this file; it says what each fetched import has to be")
        .help("take it back from version control; or remove it, and run once with `--fetch`")
}

/// Writes the lock file, in one piece.
pub fn write(path: &Utf8Path, digests: &Digests) -> io::Result<()> {
    let mut text = format!("{HEAD}\n[imports]\n");
    for (url, digest) in digests {
        let _ = writeln!(text, "{} = \"{KIND}{digest}\"", quoted(url));
    }
    replace(path, text.as_bytes())
}

/// As TOML writes a string (TOML 1.0, "String").
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemoryLoader;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join(NAME);
        let urls = ["https://a/b.yaml", "https://a/\"q\\\u{1}\"?x=ü"];
        let digests: Digests = urls.map(|url| (url.to_owned(), "0f".repeat(32))).into();
        write(&path, &digests).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let loader = MemoryLoader::new().with(NAME, text);
        let mut sink = Sink::new();
        let again = read(NAME.into(), &loader, &mut SourceMap::new(), &mut sink);
        assert_eq!(again, Some(digests), "{sink:?}");
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for bad in [
            "[imports",
            "imports = 1",
            "[imports]\n\"https://a\" = \"sha256:00\"",
            "[imports]\nx = 1",
        ] {
            let loader = MemoryLoader::new().with(NAME, bad);
            let mut sink = Sink::new();
            let read = read(NAME.into(), &loader, &mut SourceMap::new(), &mut sink);
            assert!(read.is_none() && sink.has_errors(), "{bad}");
        }
    }
}
