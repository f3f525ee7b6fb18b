//! Whether a request is answered as it should be.

use std::io::Read;
use std::time::Duration;

use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Error};

use super::{no_host, patience, place, silent, unreachable};
use crate::engine::{Observed, trusted_roots};
use crate::topology::{HttpAction, HttpMethod};

/// How far an answer may send us, if it may at all.
const REDIRECTS: u32 = 5;
/// How much of a body is looked through, in bytes.
const MOST_BODY: u64 = 1024 * 1024;
/// What is well where nothing is said.
const WELL: (u16, u16) = (200, 399);

/// Asks once, over a connection of its own and never through a proxy. `check`: how long the check may take at most.
pub(in crate::engine) async fn http(action: &HttpAction, check: Duration) -> Observed {
    let patience = patience(action.timeout_ms, check);
    let action = action.clone();
    // Bounded by its own timeout, whoever waits for it.
    let asked = tokio::task::spawn_blocking(move || ask(&action, patience)).await;
    asked.unwrap_or_else(|error| Observed::Failed(format!("the http engine failed: {error}")))
}

fn ask(action: &HttpAction, patience: Duration) -> Observed {
    let Some((place, is_safe)) = action.url.parse().ok().as_ref().and_then(target) else {
        return Observed::Failed("its URL is not well-formed; correct it and compile again".to_owned());
    };
    let answer = match send(action, is_safe, patience) {
        Ok(answer) => answer,
        Err(error) => return of_error(&error, &place, patience),
    };
    let code = answer.status().as_u16();
    let well = match action.status.as_slice() {
        [] => &[WELL],
        given => given,
    };
    if !well.iter().any(|(first, last)| (first..=last).contains(&&code)) {
        return Observed::NotReached(format!("status {code}, not {}", codes(well)));
    }
    let Some(wanted) = &action.contains else {
        return Observed::Reached;
    };
    match has(answer.into_body(), wanted) {
        Ok(None) => Observed::Reached,
        Ok(Some(difference)) => Observed::NotReached(difference),
        Err(error) => of_error(&Error::from(error), &place, patience),
    }
}

/// Host and port that a URL means, and whether TLS protects it.
fn target(url: &Uri) -> Option<(String, bool)> {
    let is_safe = match url.scheme_str()? {
        "http" => false,
        "https" => true,
        _ => return None,
    };
    let port = url.port_u16().unwrap_or(if is_safe { 443 } else { 80 });
    Some((place(url.host()?, port), is_safe))
}

fn send(action: &HttpAction, is_safe: bool, patience: Duration) -> Result<ureq::http::Response<Body>, Error> {
    let tls = TlsConfig::builder();
    let tls = if action.insecure {
        tls.disable_verification(true)
    } else if is_safe || action.redirects {
        tls.root_certs(trusted_roots())
    } else {
        tls.root_certs(RootCerts::WebPki)
    };
    let agent: Agent = Agent::config_builder()
        .max_redirects(if action.redirects { REDIRECTS } else { 0 })
        .http_status_as_error(false)
        .timeout_global(Some(patience))
        .proxy(None)
        .tls_config(tls.build())
        .user_agent(concat!("khor/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent();
    let mut request = match action.method {
        HttpMethod::Get => agent.get(&action.url),
        HttpMethod::Head => agent.head(&action.url),
    };
    for (name, value) in &action.headers {
        request = request.header(name, value);
    }
    request.call()
}

/// How a body differs from one with `wanted` in it.
fn has(body: Body, wanted: &str) -> std::io::Result<Option<String>> {
    let mut text = Vec::new();
    body.into_reader().take(MOST_BODY).read_to_end(&mut text)?;
    let wanted_bytes = wanted.as_bytes();
    if text.windows(wanted_bytes.len()).any(|part| part == wanted_bytes) {
        return Ok(None);
    }
    let what = if text.len() as u64 == MOST_BODY {
        "the first MiB of the body does"
    } else {
        "the body does"
    };
    Ok(Some(format!("{what} not have `{wanted}` in it")))
}

fn codes(well: &[(u16, u16)]) -> String {
    let words = well.iter().map(|(first, last)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

fn of_error(error: &Error, place: &str, patience: Duration) -> Observed {
    Observed::NotReached(match error {
        Error::HostNotFound => no_host(place),
        Error::Timeout(_) => silent(place, patience),
        Error::ConnectionFailed => format!("{place} cannot be reached"),
        Error::TooManyRedirects => format!("it is sent elsewhere more than {REDIRECTS} times"),
        Error::BadUri(_) | Error::Http(_) => {
            return Observed::Failed(format!("it cannot be asked: {error}"));
        }
        Error::Io(error) => of_io(error, place),
        _ => format!("{place} does not answer in HTTP: {error}"),
    })
}

fn of_io(error: &std::io::Error, place: &str) -> String {
    let text = error.to_string();
    if let Some((_, why)) = text.split_once("invalid peer certificate: ") {
        return format!("the certificate of {place} is not trusted: {why}");
    }
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        return format!("{place} ends the connection without an answer");
    }
    unreachable(place, error)
}
