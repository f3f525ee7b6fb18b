//! Times and counts in words.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::role::Pause;

/// Milliseconds since 1970, by this machine's clock.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A span of milliseconds with one unit: "40 ms", "3 s", "12 min", "5 h", "9 d".
pub fn ago(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{} s", ms / 1_000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        7_200_000..172_800_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} d", ms / 86_400_000),
    }
}

/// "paused by root@bsd1 for 3 min, healing goes on".
pub fn paused(pause: &Pause, now: u64) -> String {
    let by = if pause.by.is_empty() {
        String::new()
    } else {
        format!(" by {}", pause.by)
    };
    let since = if pause.at == 0 {
        String::new()
    } else {
        format!(" for {}", ago(now.saturating_sub(pause.at)))
    };
    let heal = if pause.heal { ", healing goes on" } else { "" };
    format!("paused{by}{since}{heal}")
}

/// "1 step", "2 steps".
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_one_unit_and_never_too_many_digits() {
        let spans = [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_500, "1 s"),
            (119_999, "119 s"),
            (120_000, "2 min"),
        ];
        for (ms, words) in spans
            .into_iter()
            .chain([(7_200_000, "2 h"), (172_800_000, "2 d")])
        {
            assert_eq!(ago(ms), words);
        }
        assert_eq!(
            (count(1, "step"), count(0, "step")),
            ("1 step".into(), "0 steps".into())
        );
    }
}
