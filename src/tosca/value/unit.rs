//! Numbers with units (Simple Profile 1.3, section 3.3.6).

use super::Builtin;
use crate::diagnostic::nearest;

const SIZE: [(&str, f64); 9] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("KiB", 1024.0),
    ("MB", 1e6),
    ("MiB", 1_048_576.0),
    ("GB", 1e9),
    ("GiB", 1_073_741_824.0),
    ("TB", 1e12),
    ("TiB", 1_099_511_627_776.0),
];
const TIME: [(&str, f64); 7] = [
    ("d", 86_400.0),
    ("h", 3_600.0),
    ("m", 60.0),
    ("s", 1.0),
    ("ms", 1e-3),
    ("us", 1e-6),
    ("ns", 1e-9),
];
const FREQUENCY: [(&str, f64); 4] = [("Hz", 1.0), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)];
const BITRATE: [(&str, f64); 18] = [
    ("bps", 1.0),
    ("Kbps", 1e3),
    ("Kibps", 1024.0),
    ("Mbps", 1e6),
    ("Mibps", 1_048_576.0),
    ("Gbps", 1e9),
    ("Gibps", 1_073_741_824.0),
    ("Tbps", 1e12),
    ("Tibps", 1_099_511_627_776.0),
    ("Bps", 8.0),
    ("KBps", 8e3),
    ("KiBps", 8_192.0),
    ("MBps", 8e6),
    ("MiBps", 8_388_608.0),
    ("GBps", 8e9),
    ("GiBps", 8_589_934_592.0),
    ("TBps", 8e12),
    ("TiBps", 8_796_093_022_208.0),
];

/// The units of a scalar-unit type, each with its factor to the base unit (bytes, seconds, hertz, bits per second).
pub(super) fn units(of: Builtin) -> &'static [(&'static str, f64)] {
    match of {
        Builtin::Size => &SIZE,
        Builtin::Time => &TIME,
        Builtin::Frequency => &FREQUENCY,
        Builtin::Bitrate => &BITRATE,
        _ => &[],
    }
}

/// A unit by its name. The standard takes units in any letter case; only bits and bytes per second differ by the case
/// of their `b`, so there that one counts.
fn unit(name: &str, of: Builtin) -> Option<f64> {
    let b = |name: &str| {
        name.len()
            .checked_sub(3)
            .and_then(|at| name.as_bytes().get(at).copied())
    };
    let mut units = units(of).iter();
    let found = units.find(|(known, _)| {
        known.eq_ignore_ascii_case(name) && (of != Builtin::Bitrate || b(known) == b(name))
    });
    found.map(|(_, factor)| *factor)
}

/// The number and the unit of a text, whatever they are; blanks between them are free.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let bytes = text.as_bytes();
    let at = (0..bytes.len()).find(|&at| {
        let exponent = matches!(bytes[at], b'e' | b'E')
            && bytes[..at]
                .last()
                .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.')
            && bytes[at + 1..]
                .first()
                .is_some_and(|next| next.is_ascii_digit() || matches!(next, b'+' | b'-'));
        !exponent && !matches!(bytes[at], b'0'..=b'9' | b'+' | b'-' | b'.')
    });
    let (number, unit) = text.split_at(at.unwrap_or(text.len()));
    (number, unit.trim_start())
}

/// The value in the base unit; none if `text` is no number followed by a unit of this type.
pub(in crate::tosca) fn magnitude(text: &str, of: Builtin) -> Option<f64> {
    let (number, name) = split(text);
    let number: f64 = number.parse().ok()?;
    Some(number * unit(name, of)?).filter(|value| value.is_finite())
}

/// Why a text is no number with a unit.
pub(super) fn why_not(text: &str, of: Builtin) -> String {
    let (number, name) = split(text);
    let all: Vec<_> = units(of).iter().map(|(unit, _)| *unit).collect();
    let listed = || format!("the units are {}", all.join(", "));
    if number.parse::<f64>().is_err() {
        return format!("it must be a number with a unit; {}", listed());
    }
    if name.is_empty() {
        return format!("its unit is missing; {}", listed());
    }
    match nearest(name, all.iter().copied()) {
        Some(near) => format!("`{name}` is no unit of it, `{near}` is; {}", listed()),
        None => format!("`{name}` is no unit of it; {}", listed()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Builtin, magnitude, units, why_not};

    #[test]
    fn units_are_taken_in_any_case_but_bits_are_no_bytes() {
        for (text, of, value) in [
            ("10 MB", Builtin::Size, Some(1e7)),
            ("10MB", Builtin::Size, Some(1e7)),
            ("10   mib", Builtin::Size, Some(10_485_760.0)),
            ("1.5e3 kb", Builtin::Size, Some(1.5e6)),
            ("2 H", Builtin::Time, Some(7200.0)),
            ("0.1 GHz", Builtin::Frequency, Some(1e8)),
            ("1 mbps", Builtin::Bitrate, Some(1e6)),
            ("1 MBPS", Builtin::Bitrate, Some(8e6)),
            ("1 kBps", Builtin::Bitrate, Some(8e3)),
            ("1 Bps", Builtin::Bitrate, Some(8.0)),
            ("10", Builtin::Size, None),
            ("MB", Builtin::Size, None),
            ("10 MBB", Builtin::Size, None),
            ("1 2 MB", Builtin::Size, None),
            ("10 s", Builtin::Size, None),
            ("inf s", Builtin::Time, None),
            ("1e999 s", Builtin::Time, None),
            ("", Builtin::Time, None),
        ] {
            assert_eq!(magnitude(text, of), value, "{text}");
        }
        assert_eq!(
            why_not("10 GBB", Builtin::Size).split(';').next(),
            Some("`GBB` is no unit of it, `GB` is")
        );
        assert!(why_not("10", Builtin::Time).starts_with("its unit is missing"));
    }

    proptest! {
        #[test]
        fn every_number_with_every_unit_is_read(number in -1e6..1e6_f64, which in 0..64_usize, blanks in 0..4_usize) {
            for of in [Builtin::Size, Builtin::Time, Builtin::Frequency, Builtin::Bitrate] {
                let (unit, factor) = units(of)[which % units(of).len()];
                let text = format!("{number}{}{unit}", " ".repeat(blanks));
                prop_assert_eq!(magnitude(&text, of), Some(number * factor));
            }
        }

        #[test]
        fn any_text_is_judged(text in ".*") {
            for of in [Builtin::Size, Builtin::Bitrate] {
                if magnitude(&text, of).is_none() {
                    prop_assert!(!why_not(&text, of).is_empty());
                }
            }
        }
    }
}
