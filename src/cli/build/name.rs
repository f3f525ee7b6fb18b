//! Names of applications.

/// The longest name of an application in bytes.
const NAME_LIMIT: usize = 128;

/// A name given with `--app`: taken as it is, or not at all.
pub(super) fn application_name(name: &str) -> Result<String, String> {
    match name {
        "" => Err("a name has at least one character".to_owned()),
        _ if name.len() > NAME_LIMIT => Err(format!("a name has at most {NAME_LIMIT} bytes")),
        _ if tidy(name) != name => Err(format!(
            "a name has no blanks at its ends, no control characters and no `/`: try `{}`",
            tidy(name)
        )),
        _ => Ok(name.to_owned()),
    }
}

/// The nearest name that can be given to an application.
pub(super) fn tidy(name: &str) -> String {
    let mut tidy: String = name
        .trim()
        .trim_start_matches('-')
        .chars()
        .map(|c| if c == '/' || c.is_control() { '-' } else { c })
        .collect();
    while tidy.len() > NAME_LIMIT {
        tidy.pop();
    }
    let tidy = tidy.trim_end();
    if tidy.is_empty() {
        "app".to_owned()
    } else {
        tidy.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_or_mended() {
        assert_eq!(application_name("my app.1").as_deref(), Ok("my app.1"));
        for (bad, mended) in [
            (" a", "a"),
            ("a/b", "a-b"),
            ("a\nb", "a-b"),
            ("--x", "x"),
            ("/", "-"),
        ] {
            assert!(application_name(bad).is_err(), "{bad:?}");
            assert_eq!(tidy(bad), mended);
        }
        assert!(application_name(&"ü".repeat(65)).is_err());
        assert_eq!(tidy(&"ü".repeat(65)).len(), 128);
        assert_eq!(tidy(" "), "app");
    }
}
