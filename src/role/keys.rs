//! Where everything lies in the store. Names of applications, hosts and steps are escaped, so any name fits a key.

use std::fmt::Write as _;

/// What all keys begin with.
pub const ROOT: &str = "/khor/v1/";

/// `name` as one segment of a key: all but `A-Z a-z 0-9 . _ -` becomes `%XX`, byte by byte; so do `.` and `..` alone.
pub fn escape(name: &str) -> String {
    let mut segment = String::with_capacity(name.len());
    let only_dots = name.bytes().all(|byte| byte == b'.');
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => segment.push(byte.into()),
            b'.' if !only_dots => segment.push('.'),
            _ => {
                let _ = write!(segment, "%{byte:02X}");
            }
        }
    }
    segment
}

/// The name that [`escape`] made `segment` of; none if it made no such segment.
pub fn unescape(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Below it lies all of every application.
pub fn applications() -> String {
    format!("{ROOT}apps/")
}

/// Below it lies all of one application.
pub fn application(app: &str) -> String {
    format!("{ROOT}apps/{}/", escape(app))
}

/// The pointer to the generation that is played. With it as a prefix an agent watches all that an application asks of it:
/// what people ask for besides lies below it.
pub fn current(app: &str) -> String {
    format!("{}current", application(app))
}

/// The wish that all steps of an application that are in trouble start anew.
pub fn retry_all(app: &str) -> String {
    format!("{}/retry", current(app))
}

/// Below it lie the wishes that single steps start anew.
pub fn retries(app: &str) -> String {
    format!("{}/", retry_all(app))
}

/// The wish that one step starts anew.
pub fn retry(app: &str, step: &str) -> String {
    format!("{}{}", retries(app), escape(step))
}

/// That nothing new starts of an application.
pub fn pause(app: &str) -> String {
    format!("{}/pause", current(app))
}

/// Below it lie the documents of one generation.
pub fn generation(app: &str, generation: u64) -> String {
    format!("{}gen/{generation}/", application(app))
}

/// Below it lies one record per generation (`GenerationRecord`), by number.
pub fn generation_records(app: &str) -> String {
    format!("{}generations/", application(app))
}

/// The record of one generation.
pub fn generation_record(app: &str, generation: u64) -> String {
    format!("{}{generation}", generation_records(app))
}

/// The last number of a generation that a publisher took, in decimal. Every publisher writes it before anything else.
pub fn last_generation(app: &str) -> String {
    format!("{}last", application(app))
}

/// Below it lie the roles of one generation.
pub fn roles(app: &str, generation: u64) -> String {
    format!("{}roles/", self::generation(app, generation))
}

/// Below it lie the chunks (`0`, `1`, …) of one host's role.
pub fn role(app: &str, generation: u64, host: &str) -> String {
    format!("{}{}/", roles(app, generation), escape(host))
}

/// Below it lie the chunks (`0`, `1`, …) of one artifact.
pub fn blob(app: &str, sha256: &str) -> String {
    format!("{}blobs/{sha256}/", application(app))
}

/// Below it lie all states of an application.
pub fn states(app: &str) -> String {
    format!("{}state/", application(app))
}

/// Below it lie the states that one host writes for an application.
pub fn host_states(app: &str, host: &str) -> String {
    format!("{}{}/", states(app), escape(host))
}

/// The state of one step.
pub fn state(app: &str, host: &str, step: &str) -> String {
    format!("{}{}", host_states(app, host), escape(step))
}

/// The key of one step's state below [`states`], as states name each other.
pub fn below_states(host: &str, step: &str) -> String {
    format!("{}/{}", escape(host), escape(step))
}

/// Host and step of [`below_states`].
pub fn parts_below_states(key: &str) -> Option<(String, String)> {
    let (host, step) = key.split_once('/')?;
    Some((unescape(host)?, unescape(step)?))
}

/// Below it lies what hosts say that have nothing left of an application that is to be gone.
pub fn gone_hosts(app: &str) -> String {
    format!("{}gone/", application(app))
}

/// That nothing of an application is left on one host.
pub fn gone(app: &str, host: &str) -> String {
    format!("{}{}", gone_hosts(app), escape(host))
}

/// Below it lies what concerns hosts rather than applications.
pub fn hosts() -> String {
    format!("{ROOT}hosts/")
}

/// Below it lies what concerns one host: its agent's record and its assignments.
pub fn host(host: &str) -> String {
    format!("{ROOT}hosts/{}/", escape(host))
}

/// The record of a host's agent, under its lease.
pub fn agent(host: &str) -> String {
    format!("{ROOT}hosts/{}/agent", escape(host))
}

/// That nothing new starts on a host.
pub fn host_pause(host: &str) -> String {
    format!("{ROOT}hosts/{}/pause", escape(host))
}

/// Below it lie the assignments of one host: which applications it has a role in.
pub fn assignments(host: &str) -> String {
    format!("{ROOT}hosts/{}/apps/", escape(host))
}

/// The assignment of one application to one host.
pub fn assignment(host: &str, app: &str) -> String {
    format!("{}{}", assignments(host), escape(app))
}

/// The host that a `key` below [`hosts`] is about.
pub fn host_of(key: &str) -> Option<String> {
    let (segment, _) = key.strip_prefix(&hosts())?.split_once('/')?;
    unescape(segment)
}

/// The application that an assignment's `key` names.
pub fn assigned_application(key: &str) -> Option<String> {
    let (_, segment) = key.strip_prefix(&hosts())?.split_once("/apps/")?;
    unescape(segment)
}

/// Host and step that a state's `key` names.
pub fn state_parts(app: &str, key: &str) -> Option<(String, String)> {
    parts_below_states(key.strip_prefix(&states(app))?)
}

/// Whether `key` is that of a wish that steps start anew, and of which step; none in it: of all.
pub fn wished_step(app: &str, key: &str) -> Option<Option<String>> {
    if key == retry_all(app) {
        return Some(None);
    }
    Some(Some(unescape(key.strip_prefix(&retries(app))?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_fits_a_key_and_comes_back() {
        for name in ["a", "web server/1", "..", ".", "ü", "%41", "a.b-c_d", ""] {
            let segment = escape(name);
            assert!(!segment.contains('/') && segment != "..", "{segment}");
            assert_eq!(unescape(&segment).as_deref(), Some(name));
        }
        assert_eq!(
            state_parts("x", &state("x", "h/1", "a.create")),
            Some(("h/1".into(), "a.create".into()))
        );
        assert_eq!(
            assigned_application(&assignment("h", "a/b")).as_deref(),
            Some("a/b")
        );
        assert_eq!(wished_step("x", &retry("x", "a/b.c")), Some(Some("a/b.c".into())));
        assert_eq!(wished_step("x", &retry_all("x")), Some(None));
        assert_eq!(wished_step("x", &current("x")), None);
    }
}
