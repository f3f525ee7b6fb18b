//! What one entry of `imports` asks for, in any of its forms.

use super::super::view::View;
use crate::source::Span;

/// Keynames of an import beside the one that names the file.
const KEYNAMES: [&str; 3] = ["repository", "namespace_prefix", "namespace_uri"];

/// One entry of `imports` (Simple Profile 1.3, section 3.6.8).
#[derive(Clone, Copy, Debug)]
pub(in crate::tosca) struct Asked<'a> {
    /// The file, URL or profile name.
    pub(in crate::tosca) file: &'a str,
    /// Where that stands.
    pub(in crate::tosca) at: View<'a>,
    /// The repository it is in.
    pub(in crate::tosca) repository: Option<(View<'a>, &'a str)>,
    /// The prefix its names get.
    pub(in crate::tosca) prefix: Option<(View<'a>, &'a str)>,
    /// The namespace it is said to have.
    pub(in crate::tosca) namespace: Option<(View<'a>, &'a str)>,
}

impl<'a> Asked<'a> {
    /// Everything a document imports.
    pub(in crate::tosca) fn all(root: View<'a>) -> Vec<Self> {
        let Some(imports) = root.get("imports") else {
            return Vec::new();
        };
        if imports.is_map() {
            return imports
                .entries()
                .filter_map(|(_, _, value)| Self::of(value))
                .collect();
        }
        imports.items().filter_map(Self::of).collect()
    }

    /// `name.yaml`, `file: name.yaml` and more, `label: name.yaml`, or `label: {file: name.yaml}`.
    fn of(entry: View<'a>) -> Option<Self> {
        if let Some(file) = entry.name() {
            return Some(Self {
                file,
                at: entry,
                repository: None,
                prefix: None,
                namespace: None,
            });
        }
        if let Some((at, file)) = entry.name_of("file").or_else(|| entry.name_of("url")) {
            return Some(Self {
                file,
                at,
                repository: entry.name_of("repository"),
                prefix: entry.name_of("namespace_prefix"),
                namespace: entry.name_of("namespace_uri"),
            });
        }
        let (_, name, value) = entry.only_entry()?;
        // A keyname alone names no file.
        if KEYNAMES.contains(&name) {
            return None;
        }
        if value.is_map() || value.is_scalar() {
            Self::of(value)
        } else {
            None
        }
    }
}

/// An import, detached from the tree it stands in.
#[derive(Clone, Debug)]
pub(super) struct Want {
    pub(super) file: String,
    pub(super) span: Span,
    pub(super) repository: Option<(Span, String)>,
    pub(super) prefix: Option<(Span, String)>,
    pub(super) namespace: Option<(Span, String)>,
}

impl Want {
    pub(super) fn of(asked: Asked<'_>) -> Self {
        let detach = |named: Option<(View<'_>, &str)>| named.map(|(at, name)| (at.span(), name.to_owned()));
        Self {
            file: asked.file.to_owned(),
            span: asked.at.span(),
            repository: detach(asked.repository),
            prefix: detach(asked.prefix),
            namespace: detach(asked.namespace),
        }
    }
}

/// Names of repositories, with their URLs.
pub(super) type Repositories = [(String, Option<String>)];

/// The repositories a file declares, with their URLs (short and long form).
pub(super) fn repositories(root: Option<View<'_>>) -> Vec<(String, Option<String>)> {
    let entries = root.into_iter().flat_map(|root| root.entries_of("repositories"));
    entries
        .map(|(_, name, value)| {
            let url = value.name().or_else(|| value.name_of("url").map(|(_, url)| url));
            (name.to_owned(), url.map(str::to_owned))
        })
        .collect()
}
