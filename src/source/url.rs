//! URLs where paths may stand: told apart, joined, and brought to one spelling (RFC 3986, sections 5.2 and 6.2.2).

/// Whether `name` is a URL and no path: `scheme://…`, or `user@host:…` as git writes it.
pub fn is_url(name: &str) -> bool {
    split(name).is_some() || is_scp(name)
}

/// The URL in its one spelling: scheme and host in lower case, `.` and `..` carried out, without a fragment. What is no
/// URL stays as it is.
pub fn normal_url(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let Some((scheme, host, path)) = split(url) else {
        return url.to_owned();
    };
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if path.ends_with("/.") || path.ends_with("/..") {
        parts.push("");
    }
    // Names and passwords before the host keep their case.
    let (user, host) = host.split_at(host.rfind('@').map_or(0, |at| at + 1));
    format!(
        "{}://{user}{}/{}{query}",
        scheme.to_ascii_lowercase(),
        host.to_ascii_lowercase(),
        parts.join("/")
    )
}

/// The URL of the file `name` in the folder `folder`, a URL; `name` may itself be one.
pub fn join_url(folder: &str, name: &str) -> String {
    if is_url(name) {
        return normal_url(name);
    }
    match (split(folder), name.strip_prefix('/')) {
        (Some((scheme, host, _)), Some(rooted)) => normal_url(&format!("{scheme}://{host}/{rooted}")),
        _ => normal_url(&format!("{}/{name}", folder.trim_end_matches('/'))),
    }
}

/// The folder that a URL's file lies in, without a slash at its end.
pub fn url_folder(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    match (split(path), path.rfind('/')) {
        (Some((scheme, host, rest)), Some(slash)) if !rest.is_empty() => {
            &path[..slash.max(scheme.len() + "://".len() + host.len())]
        }
        _ => path,
    }
}

/// Scheme, authority and the rest, which begins with a slash unless it is empty or a query.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    is_scheme.then_some((scheme, host, path))
}

fn is_scp(name: &str) -> bool {
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    name.split_once('@')
        .and_then(|(user, rest)| Some((user, rest.split_once(':')?.0)))
        .is_some_and(|(user, host)| plain(user) && plain(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_paths() {
        for url in [
            "https://a/b",
            "HTTP://a",
            "git+ssh://x/y",
            "git@host.example:a/b.git",
        ] {
            assert!(is_url(url), "{url}");
        }
        for path in [
            "a/b.yaml", "khor:1.0", "/a://b", "://a", "a b://c", "file:/a", "a@b/c:d",
        ] {
            assert!(!is_url(path), "{path}");
        }
    }

    #[test]
    fn one_url_has_one_spelling() {
        for (written, normal) in [
            (
                "HTTPS://Example.COM/A/./b/../c.yaml#x",
                "https://example.com/A/c.yaml",
            ),
            ("https://example.com", "https://example.com/"),
            ("https://a/../../b", "https://a/b"),
            ("https://a/b/..", "https://a/"),
            ("https://Me:PW@A/b?q=../x", "https://Me:PW@a/b?q=../x"),
            ("git@host:a/b.git", "git@host:a/b.git"),
        ] {
            assert_eq!(normal_url(written), normal);
            assert_eq!(normal_url(normal), normal, "it is its own spelling");
        }
    }

    #[test]
    fn names_count_from_the_folder_of_the_file_that_has_them() {
        for (file, name, joined) in [
            ("https://a/b/c.yaml", "d.yaml", "https://a/b/d.yaml"),
            ("https://a/b/c.yaml", "../d.yaml", "https://a/d.yaml"),
            ("https://a/b/c.yaml", "/d.yaml", "https://a/d.yaml"),
            ("https://a/b/c.yaml?r=x/y", "d.yaml?r=z", "https://a/b/d.yaml?r=z"),
            ("https://a/b/c.yaml", "https://x/y", "https://x/y"),
            ("https://a/c.yaml", "d.yaml", "https://a/d.yaml"),
            ("https://a", "d.yaml", "https://a/d.yaml"),
        ] {
            assert_eq!(join_url(url_folder(file), name), joined, "{name} in {file}");
        }
    }
}
