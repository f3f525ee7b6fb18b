//! Numbers with units.

use super::Builtin;

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

/// The value in the base unit; none if `text` is no number followed by a unit of this type. Letter case counts only
/// where two units differ by nothing else (`Bps`, `bps`).
pub(in crate::tosca) fn magnitude(text: &str, of: Builtin) -> Option<f64> {
    let text = text.trim();
    let split = text.find(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E'))?;
    let (number, unit) = text.split_at(split);
    let number: f64 = number.trim().parse().ok()?;
    let units = units(of);
    let exact = units.iter().find(|(name, _)| *name == unit);
    let found = exact.or_else(|| units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)));
    found
        .map(|(_, factor)| number * factor)
        .filter(|value| value.is_finite())
}
