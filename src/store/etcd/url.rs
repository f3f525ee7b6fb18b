//! What an etcd URL says.

use std::fs;

use etcd_client::{Certificate, ConnectOptions, Identity, TlsOptions};

use super::link;
use crate::diagnostic;
use crate::store::StoreError;
use crate::store::any::redacted;

/// etcd's port for clients.
const PORT: &str = "2379";
/// What may follow the `?`.
const QUERY: [&str; 3] = ["ca", "cert", "key"];

/// Members, and how to talk to them.
pub(super) struct Address {
    /// The URL without its password.
    pub shown: String,
    /// `http://HOST:PORT` or `https://HOST:PORT`, each.
    pub endpoints: Vec<String>,
    pub options: ConnectOptions,
}

impl Address {
    /// Reads a URL, and the files that it names.
    ///
    /// # Errors
    /// `BadUrl`, with the reason.
    pub(super) fn read(url: &str) -> Result<Self, StoreError> {
        let shown = redacted(url);
        parse(url, &shown).map_err(|reason| StoreError::BadUrl { url: shown, reason })
    }
}

fn parse(url: &str, shown: &str) -> Result<Address, String> {
    let (scheme, rest) = url
        .split_once("://")
        .ok_or("`//` follows the colon, as in `etcd://HOST:PORT`")?;
    let tls = matches!(scheme, "etcds" | "https");
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (rest, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !path.is_empty() {
        return Err(format!("no path follows the hosts, but `/{path}` does"));
    }
    let (user, hosts) = rest
        .rsplit_once('@')
        .map_or((None, rest), |(user, hosts)| (Some(user), hosts));
    let protocol = if tls { "https" } else { "http" };
    let endpoints = hosts
        .split(',')
        .map(|host| endpoint(protocol, host))
        .collect::<Result<_, _>>()?;
    let mut options = link::options();
    if let Some(user) = user {
        let (name, password) = user
            .split_once(':')
            .ok_or("a password follows the user, as in `USER:PASSWORD@`")?;
        options = options.with_user(decoded(name)?, decoded(password)?);
    }
    if tls {
        options = options.with_tls(tls_options(query)?);
    } else if !query.is_empty() {
        return Err("what follows `?` is about TLS, which `etcds://` asks for".into());
    }
    Ok(Address {
        shown: shown.into(),
        endpoints,
        options,
    })
}

fn endpoint(protocol: &str, host: &str) -> Result<String, String> {
    // The colons of an IPv6 address stand in brackets.
    let (name, port) = match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => (&host[..colon], &host[colon + 1..]),
        _ => (host, PORT),
    };
    if name.is_empty() || name.contains(|letter: char| letter.is_whitespace() || letter == '/') {
        return Err(format!(
            "a host is missing at `{host}`, as in `etcd://HOST:PORT,HOST:PORT`"
        ));
    }
    if port.parse::<u16>().is_err() {
        return Err(format!("`{port}` is no port; etcd's is {PORT}"));
    }
    Ok(format!("{protocol}://{name}:{port}"))
}

/// Without `?ca=` the system's own roots are trusted.
fn tls_options(query: &str) -> Result<TlsOptions, String> {
    let mut files = [const { None }; QUERY.len()];
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, path) = part
            .split_once('=')
            .ok_or_else(|| format!("`{part}` names no file, as in `ca=PATH`"))?;
        let Some(which) = QUERY.iter().position(|known| *known == name) else {
            let near = diagnostic::did_you_mean(name, QUERY)
                .unwrap_or_else(|| "there are `ca`, `cert` and `key`".into());
            return Err(format!("there is no `{name}`; {near}"));
        };
        let path = decoded(path)?;
        let text = fs::read(&path).map_err(|error| format!("`{path}` ({name}) cannot be read: {error}"))?;
        files[which] = Some(text);
    }
    let mut options = TlsOptions::new();
    options = match &files[0] {
        Some(ca) => options.ca_certificate(Certificate::from_pem(ca)),
        None => options.with_native_roots(),
    };
    match (&files[1], &files[2]) {
        (Some(cert), Some(key)) => Ok(options.identity(Identity::from_pem(cert, key))),
        (None, None) => Ok(options),
        (Some(_), None) => Err("the key of the certificate is missing, as in `&key=PATH`".into()),
        (None, Some(_)) => Err("the certificate of the key is missing, as in `&cert=PATH`".into()),
    }
}

/// Undoes `%XX`.
fn decoded(text: &str) -> Result<String, String> {
    let wrong = || "a `%` is followed by two hexadecimal digits and encodes UTF-8".to_owned();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
            return Err(wrong());
        };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| wrong())?);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read() {
        let address = Address::read("etcd://me:p%40ss@a:1,b,[::1]:3").unwrap();
        assert_eq!(
            address.endpoints,
            ["http://a:1", "http://b:2379", "http://[::1]:3"]
        );
        assert_eq!(address.shown, "etcd://me:***@a:1,b,[::1]:3");
        assert_eq!(Address::read("https://a:1/").unwrap().endpoints, ["https://a:1"]);
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_the_password() {
        for (url, says) in [
            ("etcd:a:1", "`//` follows"),
            ("etcd://", "a host is missing"),
            ("etcd://a:1,,b:1", "a host is missing"),
            ("etcd://a:port", "`port` is no port"),
            ("etcd://a:70000", "`70000` is no port"),
            ("etcd://me@a:1", "a password follows the user"),
            ("etcd://me:secret@a:1/khor", "no path follows"),
            ("etcd://me:secret@a:1?ca=x", "`etcds://` asks for"),
            ("etcds://a:1?cs=x", "did you mean `ca`?"),
            (
                "etcds://a:1?ca=/does/not/exist",
                "`/does/not/exist` (ca) cannot be read",
            ),
            ("etcd://me:%zz@a", "two hexadecimal digits"),
        ] {
            let error = Address::read(url).err().expect(url).to_string();
            assert!(error.contains(says), "{url}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
