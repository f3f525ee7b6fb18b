//! Timestamps, as YAML's timestamp type writes them (Simple Profile 1.3, section 3.3.1): a date, or a date with a time
//! and, it may be, a zone; without one it is UTC.

/// Nanoseconds since 1970, or what is wrong.
pub(super) fn nanoseconds(text: &str) -> Result<i128, String> {
    let shape = || "it must be a date, or a date with a time".to_owned();
    let mut rest = text.trim();
    let year = digits(&mut rest, 4..=4).ok_or_else(shape)?;
    literal(&mut rest, "-").ok_or_else(shape)?;
    let month = digits(&mut rest, 1..=2).ok_or_else(shape)?;
    literal(&mut rest, "-").ok_or_else(shape)?;
    let day = digits(&mut rest, 1..=2).ok_or_else(shape)?;
    if !(1..=12).contains(&month) {
        return Err(format!("there is no month {month}"));
    }
    if !(1..=days_in(year, month)).contains(&day) {
        return Err(format!("there is no day {day} in month {month} of {year}"));
    }
    let days = days_since_1970(year, month, day);
    if rest.is_empty() {
        return Ok(i128::from(days) * 86_400_000_000_000);
    }
    let blank = rest.trim_start();
    rest = match rest.strip_prefix(['T', 't']) {
        Some(after) => after,
        None if blank.len() < rest.len() => blank,
        None => return Err(shape()),
    };
    let hour = digits(&mut rest, 1..=2).ok_or_else(shape)?;
    literal(&mut rest, ":").ok_or_else(shape)?;
    let minute = digits(&mut rest, 2..=2).ok_or_else(shape)?;
    // ISO 8601 may leave out the seconds.
    let second = match literal(&mut rest, ":") {
        Some(()) => digits(&mut rest, 2..=2).ok_or_else(shape)?,
        None => 0,
    };
    if hour > 23 || minute > 59 || second > 60 {
        return Err(format!("there is no time {hour}:{minute:02}:{second:02}"));
    }
    let mut fraction = 0_i64;
    if literal(&mut rest, ".").is_some() {
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        fraction = format!("{:0<9}", &rest[..count.min(9)])
            .parse()
            .map_err(|_| shape())?;
        rest = &rest[count..];
    }
    let zone = zone(rest.trim_start())
        .ok_or_else(|| "its zone must be `Z`, or hours and minutes as in `+02:00`".to_owned())?;
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - zone * 60;
    Ok(i128::from(seconds) * 1_000_000_000 + i128::from(fraction))
}

/// Minutes east of UTC.
fn zone(mut rest: &str) -> Option<i64> {
    if matches!(rest, "" | "Z" | "z") {
        return Some(0);
    }
    let sign = match rest.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    rest = &rest[1..];
    let hours = digits(&mut rest, 1..=2)?;
    let colon = literal(&mut rest, ":").is_some();
    let minutes = match digits(&mut rest, 2..=2) {
        Some(minutes) => minutes,
        None if colon => return None,
        None => 0,
    };
    (rest.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn digits(rest: &mut &str, count: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let have = rest
        .bytes()
        .take(*count.end())
        .take_while(u8::is_ascii_digit)
        .count();
    let (number, after) = count.contains(&have).then(|| rest.split_at(have))?;
    *rest = after;
    number.parse().ok()
}

fn literal(rest: &mut &str, text: &str) -> Option<()> {
    *rest = rest.strip_prefix(text)?;
    Some(())
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && year % 100 != 0 || year % 400 == 0
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years are counted from March, so that the leap day is a year's last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::nanoseconds;

    #[test]
    fn all_ways_to_write_one_moment() {
        let moment = nanoseconds("2001-12-15T02:59:43.1Z");
        assert_eq!(moment, Ok(1_008_385_183_100_000_000));
        for text in [
            "2001-12-14t21:59:43.10-05:00",
            "2001-12-14 21:59:43.10 -5",
            "2001-12-15 2:59:43.10",
            "2001-12-15T02:59:43.100+0000",
        ] {
            assert_eq!(nanoseconds(text), moment, "{text}");
        }
        assert_eq!(nanoseconds("1970-01-01"), Ok(0));
        assert_eq!(nanoseconds("2000-02-29"), Ok(951_782_400_000_000_000));
    }

    #[test]
    fn what_is_no_timestamp() {
        for (text, why) in [
            ("2001-13-01", "there is no month 13"),
            ("2001-02-29", "there is no day 29 in month 2 of 2001"),
            ("2001-02-01T25:00:00Z", "there is no time 25:00:00"),
            (
                "2001-02-01T20:00:00+xx",
                "its zone must be `Z`, or hours and minutes as in `+02:00`",
            ),
            ("yesterday", "it must be a date, or a date with a time"),
            ("2001-02-01é", "it must be a date, or a date with a time"),
        ] {
            assert_eq!(nanoseconds(text), Err(why.to_owned()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn later_is_more(one in any::<(u16, u8, u8)>(), two in any::<(u16, u8, u8)>()) {
            let date = |(year, month, day): (u16, u8, u8)| (year % 9999, month % 12 + 1, day % 28 + 1);
            let (one, two) = (date(one), date(two));
            let at = |(year, month, day): (u16, u8, u8)| nanoseconds(&format!("{year:04}-{month:02}-{day:02}"));
            prop_assert_eq!(at(one).unwrap().cmp(&at(two).unwrap()), one.cmp(&two));
        }

        #[test]
        fn any_text_is_judged(text in "[0-9Tt:.+ Zé-]{0,40}") {
            let _ = nanoseconds(&text);
        }
    }
}
