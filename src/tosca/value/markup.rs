//! Strings that hold documents: JSON and XML (Simple Profile 1.3, sections 5.3.2 and 5.3.3).

use serde::de::IgnoredAny;

/// What is wrong with a text that should be JSON.
pub(super) fn json(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text)
        .err()
        .map(|error| format!("it is no JSON: {error}"))
}

/// What is wrong with a text that should be XML: whether tags are closed in order. Names, attributes and entities are
/// left to who reads it.
pub(super) fn xml(text: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text.trim();
    let mut has_root = false;
    if !rest.starts_with('<') {
        return Some("it is no XML: it must begin with `<`".to_owned());
    }
    while let Some(at) = rest.find('<') {
        if open.is_empty() && !rest[..at].trim().is_empty() {
            break;
        }
        rest = &rest[at..];
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
            .into_iter()
            .find(|(begin, _)| rest.starts_with(begin));
        if let Some((begin, end)) = skipped {
            let Some(at) = rest.find(end) else {
                return Some(format!("it is no XML: `{begin}` is not closed by `{end}`"));
            };
            rest = &rest[at + end.len()..];
            continue;
        }
        let Some(end) = tag_end(rest) else {
            return Some("it is no XML: a tag is not closed by `>`".to_owned());
        };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('!') {
            continue;
        }
        let name = |tag: &'_ str| {
            tag.split(|c: char| c.is_whitespace() || c == '/')
                .next()
                .map_or(0, str::len)
        };
        if let Some(closing) = tag.strip_prefix('/') {
            let closing = closing.trim();
            match open.pop() {
                Some(opened) if opened == closing => {}
                Some(opened) => {
                    return Some(format!("it is no XML: `<{opened}>` is closed by `</{closing}>`"));
                }
                None => return Some(format!("it is no XML: `</{closing}>` closes nothing")),
            }
            continue;
        }
        has_root = true;
        if !tag.ends_with('/') {
            open.push(&tag[..name(tag)]);
        }
    }
    if let Some(opened) = open.last() {
        return Some(format!("it is no XML: `<{opened}>` is not closed"));
    }
    (!has_root).then(|| "it is no XML: it has no element".to_owned())
}

/// Where a tag ends: at the first `>` outside of quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(mark), byte) if mark == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{json, xml};

    #[test]
    fn documents_are_told_from_other_text() {
        for good in [
            "<a/>",
            "<?xml version='1.0'?>\n<a b='>'><c d=\"1\"/>text<!-- < --></a>",
            "<!DOCTYPE a><a><![CDATA[</b>]]></a>\n",
        ] {
            assert_eq!(xml(good), None, "{good}");
        }
        for bad in ["", "text", "<a>", "<a></b>", "</a>", "<a", "<!-- a", "<?xml?>"] {
            assert!(xml(bad).is_some(), "{bad}");
        }
        assert_eq!(json("{\"a\": [1, null]}"), None);
        assert!(json("{a: 1}").is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in "[<>/a!?\\-\\[\\]'\" é]{0,60}") {
            let _ = xml(&text);
        }
    }
}
