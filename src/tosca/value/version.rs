//! Versions: `major.minor[.fix[.qualifier[-build]]]` (Simple Profile 1.3, section 3.3.2).

use std::cmp::Ordering;

/// One version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Release<'t> {
    numbers: [u64; 3],
    qualifier: Option<&'t str>,
    build: u64,
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl<'t> Release<'t> {
    /// The version that `text` writes. A major number alone is taken too: `version: 2` is written by many.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        let mut numbers = [0; 3];
        numbers[0] = number(parts.next()?)?;
        let mut tail = None;
        for (at, part) in (1..).zip(parts) {
            match (at, number(part)) {
                (1, None) => return None,
                (1 | 2, Some(known)) => numbers[at] = known,
                (2, None) if part.is_empty() => return None,
                // Not by the letter, but common: `1.0.0-SNAPSHOT` and `1.0.rc1`.
                (2, None) => {
                    let digits = part.bytes().take_while(u8::is_ascii_digit).count();
                    numbers[2] = number(&part[..digits]).unwrap_or(0);
                    tail = Some(part[digits..].trim_start_matches('-')).filter(|_| digits < part.len());
                }
                _ => tail = Some(part),
            }
        }
        let Some(tail) = tail else {
            return Some(Self {
                numbers,
                qualifier: None,
                build: 0,
            });
        };
        let word = |text: &str| {
            !text.is_empty()
                && !text.ends_with(['-', '.'])
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+'))
        };
        let (qualifier, build) = match tail.rsplit_once('-') {
            Some((qualifier, build)) if number(build).is_some() => (qualifier, number(build)?),
            _ => (tail, 0),
        };
        word(qualifier).then_some(Self {
            numbers,
            qualifier: Some(qualifier),
            build,
        })
    }

    /// Which is older. One with a qualifier is older than one without; different qualifiers have no order.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        let numbers = self.numbers.cmp(&other.numbers);
        if numbers != Ordering::Equal {
            return Some(numbers);
        }
        match (self.qualifier, other.qualifier) {
            (None, None) => Some(Ordering::Equal),
            (Some(_), None) => Some(Ordering::Less),
            (None, Some(_)) => Some(Ordering::Greater),
            (Some(one), Some(two)) => (one == two).then(|| self.build.cmp(&other.build)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::Release;

    #[test]
    fn versions_have_an_order() {
        let order = |one, two| Release::read(one).unwrap().order(&Release::read(two).unwrap());
        assert_eq!(order("1.9", "1.10"), Some(Ordering::Less));
        assert_eq!(order("2.0", "2.0.0"), Some(Ordering::Equal));
        assert_eq!(order("2.0.0.beta", "2.0.0"), Some(Ordering::Less));
        assert_eq!(order("2.0.0.beta-2", "2.0.0.beta-10"), Some(Ordering::Less));
        assert_eq!(order("2.0.0.alpha", "2.0.0.beta"), None);
        assert_eq!(order("2.0.1.alpha", "2.0.0.beta"), Some(Ordering::Greater));
    }

    #[test]
    fn what_is_no_version() {
        for text in [
            "",
            "one",
            "1.x",
            "1.",
            ".1",
            "1..2",
            "-1.0",
            "1.0.0.",
            "1.0.0.a b",
            "v1.0",
            "1.0.0-",
            "1.2.",
            "1.2.3.build-",
        ] {
            assert_eq!(Release::read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_numbers(one in any::<(u8, u8, u8)>(), two in any::<(u8, u8, u8)>()) {
            let text = |(major, minor, fix): (u8, u8, u8)| format!("{major}.{minor}.{fix}");
            let (first, second) = (text(one), text(two));
            let order = Release::read(&first).unwrap().order(&Release::read(&second).unwrap());
            prop_assert_eq!(order, Some(one.cmp(&two)));
        }

        #[test]
        fn any_text_is_judged(text in "[0-9a-z.\\-é]{0,20}") {
            let _ = Release::read(&text);
        }
    }
}
