//! Looks at what answers on the network. They only look, at an interval: nothing tells of a change there.
//!
//! What does not answer is not reached, and why is told in words: a service that is down is what they are for. Only what
//! cannot be asked at all is a failure of the check.

mod http;
mod tcp;

use std::time::Duration;

pub(super) use http::http;
pub(super) use tcp::tcp;

/// How long a probe may take unless its action says so.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it may take: as its action says, and no longer than the check as a whole.
fn patience(own: Option<u64>, check: Duration) -> Duration {
    own.map_or(PATIENCE, Duration::from_millis).min(check)
}

/// A host and a port, as one writes them.
fn place(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        return format!("[{host}]:{port}");
    }
    format!("{host}:{port}")
}

/// That nobody answered, in time.
fn silent(place: &str, patience: Duration) -> String {
    format!(
        "{place} does not answer within {}",
        super::words::of_time(patience)
    )
}

/// Why `place` cannot be reached.
fn unreachable(place: &str, error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::ConnectionRefused {
        return format!("nothing listens on {place}");
    }
    let text = error.to_string().to_lowercase();
    let text = text.split(" (os error").next().unwrap_or_default();
    if text.contains("lookup address") {
        return no_host(place);
    }
    format!("{place} cannot be reached: {text}")
}

/// That the name means no address, for this host, now.
fn no_host(place: &str) -> String {
    let host = place.rsplit_once(':').map_or(place, |(host, _)| host);
    format!("the name `{host}` is not known on this host")
}
