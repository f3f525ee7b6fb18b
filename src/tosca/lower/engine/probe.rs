//! Arguments of the engines that look at what answers on the network.

use serde_json::Value;

use super::{Arguments, plain};
use crate::diagnostic::Sink;
use crate::topology::{HttpAction, HttpMethod, TcpAction};

/// The codes that an answer can have.
const CODES: std::ops::RangeInclusive<u16> = 100..=599;

impl Arguments<'_> {
    pub(super) fn tcp(&self, sink: &mut Sink) -> Option<TcpAction> {
        let host = self.text("host", sink).unwrap_or_else(|| "localhost".to_owned());
        let is_host = !host.is_empty() && !host.contains(['/', '[', ']']) && is_plain(&host);
        if !is_host {
            self.wrong(
                "host",
                "it is a name or an address, without a port",
                "write it as in `host: 10.0.0.1`, and the port under `port`",
                sink,
            );
        }
        let port = self.given("port").and_then(Value::as_u64);
        let port = port
            .and_then(|port| u16::try_from(port).ok())
            .filter(|&port| port > 0);
        if port.is_none() {
            self.wrong(
                "port",
                "it is a number from 1 to 65535",
                "write that number",
                sink,
            );
        }
        let timeout_ms = self.time("timeout", sink);
        let port = port.filter(|_| is_host)?;
        Some(TcpAction {
            host,
            port,
            timeout_ms,
        })
    }

    pub(super) fn http(&self, sink: &mut Sink) -> Option<HttpAction> {
        let url = self.text("url", sink)?;
        let is_url = is_url(&url);
        if !is_url {
            self.wrong(
                "url",
                "it begins with `http://` or `https://` and a host, and has no blanks",
                "write it as in `http://localhost:8080/health`",
                sink,
            );
        }
        let method = match self.text("method", sink).as_deref() {
            None | Some("GET" | "get") => HttpMethod::Get,
            Some("HEAD" | "head") => HttpMethod::Head,
            Some(_) => {
                let why = "it is `GET` or `HEAD`: a check must not change anything";
                self.wrong("method", why, "write one of these", sink);
                HttpMethod::Get
            }
        };
        let contains = self.text("contains", sink).filter(|text| !text.is_empty());
        if contains.is_some() && method == HttpMethod::Head {
            let why = "the answer to `HEAD` has no body";
            self.wrong("contains", why, "remove it, or write `method: GET`", sink);
        }
        let headers = self.map("headers", sink);
        let is_header = |(name, value): (&String, &String)| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
                && value
                    .bytes()
                    .all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
        };
        let are_headers = headers.iter().all(is_header);
        if !are_headers {
            self.wrong(
                "headers",
                "names have letters, digits and `-`, values are one line of ASCII",
                "write them as in `{ Accept: text/html }`",
                sink,
            );
        }
        let action = HttpAction {
            url,
            method,
            status: self.status(sink),
            contains,
            headers,
            redirects: self.flag("redirects", sink).unwrap_or_default(),
            insecure: self.flag("insecure", sink).unwrap_or_default(),
            timeout_ms: self.time("timeout", sink),
        };
        (is_url && are_headers).then_some(action)
    }

    /// The codes that are well: one, a range, or a list of both.
    fn status(&self, sink: &mut Sink) -> Vec<(u16, u16)> {
        let Some(value) = self.given("status") else {
            return Vec::new();
        };
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let ranges: Option<Vec<_>> = items.iter().map(range).collect();
        if ranges.as_ref().is_none_or(Vec::is_empty) {
            self.wrong(
                "status",
                "it is a code from 100 to 599, a range of codes, or a list of these",
                "write it as in `200`, `200-399` or `[ 200, 301-302 ]`",
                sink,
            );
        }
        ranges.unwrap_or_default()
    }
}

fn range(value: &Value) -> Option<(u16, u16)> {
    let text = plain(value)?;
    let code = |text: &str| text.trim().parse().ok().filter(|code| CODES.contains(code));
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (code(first)?, code(last)?),
        None => (code(&text)?, code(&text)?),
    };
    (first <= last).then_some((first, last))
}

fn is_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.starts_with(['/', '?', '#', ':']) && !rest.is_empty() && is_plain(rest))
}

/// Without blanks, control characters and letters beyond ASCII.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn codes_and_ranges_are_read() {
        assert_eq!(range(&json!(200)), Some((200, 200)));
        assert_eq!(range(&json!("200 - 399")), Some((200, 399)));
        for bad in [
            json!(99),
            json!(600),
            json!("399-200"),
            json!("2xx"),
            json!(null),
            json!("200-"),
        ] {
            assert_eq!(range(&bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_no_url_is_told() {
        for good in ["http://a", "https://[::1]:8080/x?y#z", "http://u:p@h/"] {
            assert!(is_url(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "ftp://a",
            "http://",
            "http:///x",
            "http://a b",
            "http://:80",
            "http://ü",
        ] {
            assert!(!is_url(bad), "{bad}");
        }
    }
}
