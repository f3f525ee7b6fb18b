//! Numbers and booleans as text.

/// The whole number that `text` writes: decimal with an optional sign, `0x` hexadecimal or `0o` octal (YAML 1.2, core
/// schema). None for anything else, and for numbers outside of 64 bits.
pub fn integer(text: &str) -> Option<i64> {
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'x', ..] => (16, &text[2..]),
        [b'0', b'o', ..] => (8, &text[2..]),
        _ => (10, text),
    };
    if radix != 10 && !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    i64::from_str_radix(digits, radix).ok()
}

/// The boolean that `text` writes. Beside `true` and `false` also YAML 1.1's `yes`, `no`, `on` and `off`, which most
/// readers of TOSCA still take, in the three cases these are written in.
pub fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}
