//! Where the file of an import is: in a repository, at a URL, mapped elsewhere by the user, or part of khor.

use camino::{Utf8Path, Utf8PathBuf};

use super::super::{Version, path};
use super::entry::{Repositories, Want};
use super::profile::{self, Profile};
use crate::diagnostic::{Diagnostic, Severity, codes, did_you_mean};
use crate::source::{LoadError, Loader, is_url, normal, normal_url};

/// What an import means.
pub(super) enum Found {
    Profile(&'static Profile),
    Path(Utf8PathBuf),
}

/// What `want`, an import in the folder `folder`, means. An error is the fault to report; none, if that is done.
pub(super) fn locate(
    want: &Want,
    folder: &Utf8Path,
    repositories: &Repositories,
    version: Version,
    loader: &dyn Loader,
) -> Result<Found, Option<Box<Diagnostic>>> {
    let name = in_repository(want, repositories)?;
    // What the user says comes before what khor knows.
    if let Some(path) = loader.mapped(&name) {
        return Ok(Found::Path(normal(&path)));
    }
    if let Some(profile) = profile::named(&name, version) {
        return Ok(Found::Profile(profile));
    }
    let path = match file_url(&name) {
        Some(local) => loader.resolve(folder, &local),
        None => loader.resolve(folder, &name),
    };
    // A relative name in a file that came from a URL.
    if is_url(path.as_str()) && path.as_str() != name {
        if let Some(path) = loader.mapped(path.as_str()) {
            return Ok(Found::Path(normal(&path)));
        }
        if let Some(profile) = profile::named(path.as_str(), version) {
            return Ok(Found::Profile(profile));
        }
    }
    Ok(Found::Path(path))
}

/// The name of the file, with the URL of its repository before it (Simple Profile 1.3, section 3.6.8).
fn in_repository(want: &Want, repositories: &Repositories) -> Result<String, Option<Box<Diagnostic>>> {
    let Some((span, repository)) = &want.repository else {
        return Ok(want.file.clone());
    };
    let Some((_, url)) = repositories.iter().find(|(known, _)| known == repository) else {
        let known = repositories.iter().map(|(known, _)| known.as_str());
        let help = did_you_mean(repository, known);
        return Err(Some(Box::new(
            Diagnostic::new(
                &codes::IMPORT_NOT_FOUND,
                *span,
                format!("the repository `{repository}` is not declared"),
            )
            .help("declare it under `repositories` in this file")
            .maybe_help(help),
        )));
    };
    // That a repository has no URL is the grammar's to say.
    let url = url.as_ref().ok_or(None)?;
    if is_url(&want.file) {
        return Ok(want.file.clone());
    }
    let joined = format!(
        "{}/{}",
        url.trim_end_matches('/'),
        want.file.trim_start_matches('/')
    );
    Ok(if is_url(&joined) {
        normal_url(&joined)
    } else {
        joined
    })
}

/// The path that a `file:` URL names (RFC 8089; `file://relative/path` is no such URL, but is written).
fn file_url(name: &str) -> Option<String> {
    let rest = name.strip_prefix("file:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let path = match path.strip_prefix("localhost/") {
        Some(local) => format!("/{local}"),
        None => path.to_owned(),
    };
    Some(decoded(&path).unwrap_or(path))
}

/// The text with `%20` and the like carried out; none, where it would not be text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| std::str::from_utf8(after.get(..2)?).ok());
        let code = code.flatten().and_then(|code| u8::from_str_radix(code, 16).ok());
        rest = if code.is_some() { &after[2..] } else { after };
        bytes.push(code.unwrap_or(byte));
    }
    String::from_utf8(bytes).ok()
}

/// The fault of an import whose file at `path` cannot be had.
pub(super) fn missing(want: &Want, path: &Utf8Path, error: &LoadError, loader: &dyn Loader) -> Diagnostic {
    if *error == LoadError::Missing && is_url(path.as_str()) {
        return not_fetched(want, path.as_str());
    }
    let mut fault = Diagnostic::new(
        &codes::IMPORT_NOT_FOUND,
        want.span,
        format!("cannot import `{}`: {error}", want.file),
    )
    .help("correct the path, or put the file there");
    if let LoadError::Remote { help, .. } = error {
        return fault.help(help);
    }
    fault = fault.maybe_help(if want.file.contains(':') {
        did_you_mean(&want.file, profile::names())
    } else {
        let near = path::near_as_written(loader, path, &want.file);
        near.map(|near| format!("did you mean `{near}`?"))
    });
    let is_inside = loader.root().is_none_or(|root| normal(path).starts_with(root));
    if is_url(&want.file) && file_url(&want.file).is_none() {
        return fault
            .note(format!("`[imports]` in khor.toml says that it is `{path}`"))
            .help("put the file there, or correct khor.toml");
    }
    if path != Utf8Path::new(&want.file) && is_inside {
        fault = fault.note(format!("looked for `{path}`"));
    }
    fault
}

fn not_fetched(want: &Want, url: &str) -> Diagnostic {
    let file = url.split(['?', '#']).next().unwrap_or_default();
    let file = file.rsplit('/').find(|part| !part.is_empty());
    let line = format!("{} = \"vendor/{}\"", quoted(url), file.unwrap_or("types.yaml"));
    let mut fault = Diagnostic::new(
        &codes::IMPORT_NOT_FETCHED,
        want.span,
        format!("`{url}` is not on this machine"),
    );
    if url.starts_with("https://") {
        // It is not known to be wrong; what needs it, as compiling does, makes it an error again.
        fault.severity = Severity::Warning;
        fault
            .note("imports are fetched only when asked for, so that a file means the same everywhere")
            .help(format!(
                "add `--fetch` once: khor.lock keeps what was fetched; or save the file, and say in khor.toml \
                 where:\n[imports]\n{line}"
            ))
    } else {
        fault
            .note("imports are fetched over HTTPS only, and only with `--fetch`")
            .help(format!(
                "save the file, and say in khor.toml where:\n[imports]\n{line}"
            ))
    }
}

/// As TOML writes a string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_urls_are_paths() {
        for (url, path) in [
            ("file:///a/b%20c.yaml", "/a/b c.yaml"),
            ("file://localhost/a.yaml", "/a.yaml"),
            ("file:/a.yaml", "/a.yaml"),
            ("file:a.yaml", "a.yaml"),
            ("file://a/b.yaml", "a/b.yaml"),
            ("file:100%.yaml", "100%.yaml"),
            ("file:%ff.yaml", "%ff.yaml"),
        ] {
            assert_eq!(file_url(url).as_deref(), Some(path), "{url}");
        }
        assert_eq!(file_url("files/a.yaml"), None);
    }
}
