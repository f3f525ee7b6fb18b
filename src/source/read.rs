//! From bytes to text.

use camino::Utf8Path;
use thiserror::Error;

use super::{LoadError, Loader, SourceId, SourceMap, Span};

/// Why a file did not become a text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// It could not be had.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It is not text in UTF-8.
    #[error("{what}")]
    NotUtf8 {
        /// The place of the first bad byte: the end of the text before it, which is what the source holds.
        place: Span,
        /// What it looks like instead, in plain words.
        what: &'static str,
    },
}

impl SourceMap {
    /// Reads the file at `path` through `loader` and adds its text, without a byte order mark.
    ///
    /// Of a file that is not UTF-8 the text before the first bad byte is added, so that a message can show the place.
    pub fn load(&mut self, loader: &dyn Loader, path: &Utf8Path) -> Result<SourceId, ReadError> {
        let bytes = loader.load(path)?;
        match decode(bytes) {
            Ok(text) => Ok(self.add(path, text)),
            Err((before, what)) => {
                let offset = u32::try_from(before.len()).unwrap_or(u32::MAX);
                let source = self.add(path, before);
                let place = Span::new(source, offset, offset);
                Err(ReadError::NotUtf8 { place, what })
            }
        }
    }
}

/// The bytes as text without its byte order mark; else the text before the first bad byte, and what the file is.
fn decode(bytes: Vec<u8>) -> Result<String, (String, &'static str)> {
    let zeros = |from: usize| bytes.iter().take(64).skip(from).step_by(2).all(|&byte| byte == 0);
    let has_nul = bytes.contains(&0);
    let what = match bytes.as_slice() {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "this is text in UTF-16, not in UTF-8",
        [_, _, ..] if zeros(0) || zeros(1) => "this is text in UTF-16, not in UTF-8",
        _ if has_nul => "this is a binary file: it has a NUL byte",
        _ => "this is not text in UTF-8",
    };
    let nul = has_nul
        .then(|| bytes.iter().position(|&byte| byte == 0))
        .flatten();
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if let Some(nul) = nul {
                text.truncate(nul);
                return Err((text, what));
            }
            if text.starts_with('\u{FEFF}') {
                text.drain(..'\u{FEFF}'.len_utf8());
            }
            Ok(text)
        }
        Err(error) => {
            let valid = error.utf8_error().valid_up_to().min(nul.unwrap_or(usize::MAX));
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            Err((String::from_utf8(bytes).unwrap_or_default(), what))
        }
    }
}
