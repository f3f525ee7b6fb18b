//! Patterns for files: `templates/**/*.yaml`, expanded by khor itself, so that they mean the same in every shell and CI.
//!
//! `*` and `?` stand for characters of one name, `[a-z]` and `[!a]` for one of them, `**` for any folders, `{a,b}` for
//! either. What begins with a dot fits only a pattern that says so; links to folders are not followed by `**`.

use camino::{Utf8Path, Utf8PathBuf};

use crate::source::Loader;

/// How many patterns one pattern with braces may become.
const MOST: usize = 1_000;

/// Whether `name` is a pattern.
pub fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '[', '{'])
}

/// The files that fit `pattern`, sorted; folders do not.
pub fn expand(pattern: &str, loader: &dyn Loader) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    for pattern in braces(pattern) {
        let (root, rest) = match pattern.strip_prefix('/') {
            Some(rest) => ("/", rest),
            None => ("", pattern.as_str()),
        };
        let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
        descend(Utf8Path::new(root), &parts, loader, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

fn descend(folder: &Utf8Path, parts: &[&str], loader: &dyn Loader, found: &mut Vec<Utf8PathBuf>) {
    let Some((first, rest)) = parts.split_first() else {
        return;
    };
    if *first == "**" {
        // Several in a row mean the same as one.
        let rest = &rest[rest.iter().take_while(|part| **part == "**").count()..];
        let rest = if rest.is_empty() { &["*"] } else { rest };
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            descend(&folder, rest, loader, found);
            for name in names(&folder, loader).filter(|name| !name.starts_with('.')) {
                let path = folder.join(name);
                if path.is_dir() && !path.is_symlink() {
                    open.push(path);
                }
            }
        }
        return;
    }
    if !is_pattern(first) {
        step(folder.join(first), rest, loader, found);
        return;
    }
    for name in names(folder, loader) {
        if fits(first, &name) {
            step(folder.join(name), rest, loader, found);
        }
    }
}

fn step(path: Utf8PathBuf, rest: &[&str], loader: &dyn Loader, found: &mut Vec<Utf8PathBuf>) {
    if !rest.is_empty() {
        descend(&path, rest, loader, found);
    } else if loader.is_file(&path) {
        found.push(path);
    }
}

fn names(folder: &Utf8Path, loader: &dyn Loader) -> impl Iterator<Item = String> {
    let here = Utf8Path::new(".");
    let folder = if folder.as_str().is_empty() { here } else { folder };
    loader.entries(folder).into_iter()
}

/// Whether one name fits one part of a pattern.
fn fits(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut of) = (0, 0);
    // The last `*`, and how far the name is when it takes one character more: enough to try all that can fit.
    let mut star: Option<(usize, usize)> = None;
    while of < name.len() {
        let next = match pattern.get(at) {
            Some('*') => {
                star = Some((at, of));
                at += 1;
                continue;
            }
            Some('?') => Some(at + 1),
            Some('[') => set(&pattern[at..], name[of]).and_then(|(length, fits)| fits.then_some(at + length)),
            Some(&same) if same == name[of] => Some(at + 1),
            _ => None,
        };
        // A bracket that is never closed stands for itself.
        let literal = || {
            (pattern.get(at) == Some(&'[') && set(&pattern[at..], name[of]).is_none() && name[of] == '[')
                .then_some(at + 1)
        };
        if let Some(next) = next.or_else(literal) {
            (at, of) = (next, of + 1);
        } else if let Some((back, taken)) = star {
            star = Some((back, taken + 1));
            (at, of) = (back + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

/// The length of the set that `pattern` begins with, and whether `one` is in it; none, if it is never closed.
fn set(pattern: &[char], one: char) -> Option<(usize, bool)> {
    let negated = matches!(pattern.get(1), Some('!' | '^'));
    let start = 1 + usize::from(negated);
    // A `]` that comes first belongs to the set.
    let end = (start + 1..pattern.len()).find(|&at| pattern[at] == ']')?;
    let (mut at, mut is_in) = (start, false);
    while at < end {
        if at + 2 < end && pattern[at + 1] == '-' {
            is_in |= (pattern[at]..=pattern[at + 2]).contains(&one);
            at += 3;
        } else {
            is_in |= pattern[at] == one;
            at += 1;
        }
    }
    Some((end + 1, is_in != negated))
}

/// The patterns that a pattern with `{a,b}` stands for.
fn braces(pattern: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        let inner = pattern.rfind('{').and_then(|start| {
            let length = pattern[start..].find('}')?;
            Some((start, start + length))
        });
        let Some((start, end)) = inner.filter(|_| open.len() + done.len() < MOST) else {
            done.push(pattern);
            continue;
        };
        let choices = pattern[start + 1..end].split(',').rev();
        open.extend(choices.map(|choice| format!("{}{choice}{}", &pattern[..start], &pattern[end + 1..])));
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemoryLoader;

    #[test]
    fn names_fit_patterns() {
        for (pattern, name, expected) in [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "a.yml", false),
            ("*.yaml", ".a.yaml", false),
            (".*.yaml", ".a.yaml", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("?.yaml", "ä.yaml", true),
            ("[a-c]?.yml", "bx.yml", true),
            ("[!a-c]?.yml", "bx.yml", false),
            ("[]x]", "]", true),
            ("[x", "[x", true),
            ("*", "", true),
            ("**a", "bca", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
        let long = "a".repeat(10_000);
        assert!(!fits("*a*a*a*a*a*a*a*a*b", &long), "and it ends");
    }

    #[test]
    fn braces_stand_for_each_choice() {
        assert_eq!(braces("a.{yaml,yml}"), ["a.yaml", "a.yml"]);
        assert_eq!(braces("{a,{b,c}}d"), ["ad", "bd", "ad", "cd"]);
        assert_eq!(braces("a{b"), ["a{b"]);
        assert!(braces(&"{a,b}".repeat(64)).len() <= 2 * MOST, "and it ends");
    }

    #[test]
    fn files_are_found_below_folders() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for name in [
            "a.yaml",
            "x/b.yaml",
            "x/y/c.yaml",
            "x/y/d.yml",
            ".git/e.yaml",
            "x/.f.yaml",
        ] {
            std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            std::fs::write(root.join(name), "").unwrap();
        }
        std::os::unix::fs::symlink(root, root.join("x/loop")).unwrap();
        let loader = crate::cli::disk::DiskLoader::default();
        let found = |pattern: &str| -> Vec<String> {
            let found = expand(&format!("{root}/{pattern}"), &loader);
            let names = found
                .iter()
                .map(|path| path.strip_prefix(root).unwrap().to_string());
            names.collect()
        };
        assert_eq!(found("**/*.yaml"), ["a.yaml", "x/b.yaml", "x/y/c.yaml"]);
        assert_eq!(
            found("x/**/*.{yaml,yml}"),
            ["x/b.yaml", "x/y/c.yaml", "x/y/d.yml"]
        );
        assert_eq!(found("*/*.yaml"), ["x/b.yaml"]);
        assert_eq!(found("**"), ["a.yaml", "x/b.yaml", "x/y/c.yaml", "x/y/d.yml"]);
        assert_eq!(found("x/?/c.*"), ["x/y/c.yaml"]);
        assert_eq!(found(".git/*"), [".git/e.yaml"]);
        assert_eq!(found("nothing/*.yaml"), [""; 0]);
        assert!(expand("*.yaml", &MemoryLoader::new()).is_empty());
    }
}
