//! `[imports]` of `khor.toml`: what stands in an import, and the file of this machine that it means.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::source::normal_url;

/// Names and URLs with the files they mean, and beginnings of URLs with the folders they mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportMap {
    exact: BTreeMap<String, Utf8PathBuf>,
    folders: BTreeMap<String, Utf8PathBuf>,
}

impl ImportMap {
    /// Maps `name` to `path`; a name that ends in `/` stands for all that begins with it.
    pub fn insert(&mut self, name: &str, path: Utf8PathBuf) {
        let map = if name.ends_with('/') {
            &mut self.folders
        } else {
            &mut self.exact
        };
        map.insert(normal_url(name), path);
    }

    /// The file that `name` means: by the whole name, else by the longest beginning. A query does not count for those.
    pub fn find(&self, name: &str) -> Option<Utf8PathBuf> {
        let name = normal_url(name);
        if let Some(path) = self.exact.get(&name) {
            return Some(path.clone());
        }
        if self.folders.is_empty() {
            return None;
        }
        let path = name.split('?').next().unwrap_or_default();
        let mut starts = path.match_indices('/').map(|(at, _)| &path[..=at]).rev();
        let (folder, start) = starts.find_map(|start| Some((self.folders.get(start)?, start)))?;
        let rest = Utf8Path::new(&path[start.len()..]);
        let stays = rest.components().all(|part| part.as_str() != "..");
        (stays && rest != "").then(|| folder.join(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_name_comes_first_and_then_the_longest_beginning() {
        let mut map = ImportMap::default();
        for (name, path) in [
            ("https://a/t/", "v/t/"),
            ("https://a/t/deep/", "v/deep/"),
            ("https://A/t/x.yaml", "own.yaml"),
            ("types:1.0", "types.yaml"),
            ("git@host:me/types.git/", "types/"),
        ] {
            map.insert(name, path.into());
        }
        let find = |name: &str| map.find(name).map(Utf8PathBuf::into_string);
        for (name, path) in [
            ("https://a/t/x.yaml", Some("own.yaml")),
            ("HTTPS://a/t/./x.yaml", Some("own.yaml")),
            ("https://a/t/y.yaml?ref=1", Some("v/t/y.yaml")),
            ("https://a/t/deep/z.yaml", Some("v/deep/z.yaml")),
            ("https://a/t/deep/../../../etc/passwd", None),
            ("https://a/t/", None),
            ("https://a/other.yaml", None),
            ("types:1.0", Some("types.yaml")),
            ("types:1.1", None),
            ("git@host:me/types.git/a.yaml", Some("types/a.yaml")),
            ("git@host:me/types.git/../a.yaml", None),
        ] {
            assert_eq!(find(name).as_deref(), path, "{name}");
        }
    }
}
