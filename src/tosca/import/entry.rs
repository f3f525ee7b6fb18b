//! What one entry of `imports` asks for, in any of its forms.

use super::super::view::View;

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
    pub(in crate::tosca) prefix: Option<&'a str>,
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
            });
        }
        if let Some((at, file)) = entry.name_of("file").or_else(|| entry.name_of("url")) {
            return Some(Self {
                file,
                at,
                repository: entry.name_of("repository"),
                prefix: entry.name_of("namespace_prefix").map(|(_, prefix)| prefix),
            });
        }
        let (_, _, value) = entry.only_entry()?;
        if value.is_map() || value.is_scalar() {
            Self::of(value)
        } else {
            None
        }
    }
}
