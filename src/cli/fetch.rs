//! One file over HTTPS.

use std::io::Read;
use std::time::Duration;

use ureq::tls::TlsConfig;
use ureq::{Agent, Error, Timeout};

use crate::engine::trusted_roots;

/// The largest file that is fetched, in bytes.
pub const LIMIT: u64 = 64 << 20;
/// How long one file may take in all, from the look-up of the host's name to the last byte, unless [`VARIABLE`] says it.
const TIME: Duration = Duration::from_mins(1);
/// How long a host may take to answer at all, and no longer than the whole.
const CONNECT: Duration = Duration::from_secs(15);
/// Seconds that one file may take: for slow lines, and for CI that would rather fail early.
const VARIABLE: &str = "KHOR_FETCH_TIMEOUT";
/// How many times a host may send us elsewhere.
const REDIRECTS: u32 = 5;

/// Fetches files. Hosts are trusted by the certificates of this machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others),
/// or by those of Mozilla where it has none; `HTTPS_PROXY` and `NO_PROXY` are followed.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    limits: Limits,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    whole: Duration,
    connect: Duration,
}

impl Limits {
    /// As the environment says. An error says what is wrong with that.
    fn read() -> Result<Self, String> {
        let whole = match std::env::var(VARIABLE) {
            Ok(text) => match text.parse() {
                Ok(seconds @ 1..) => Duration::from_secs(seconds),
                _ => return Err(format!("`{VARIABLE}` is `{text}`, and not a number of seconds")),
            },
            Err(_) => TIME,
        };
        Ok(Self {
            whole,
            connect: CONNECT.min(whole),
        })
    }
}

impl Client {
    /// A client that is not connected to anything yet. An error says what is wrong with the settings.
    pub fn new() -> Result<Self, String> {
        let limits = Limits::read()?;
        let config = Agent::config_builder()
            .https_only(true)
            .max_redirects(REDIRECTS)
            .max_redirects_will_error(true)
            .timeout_global(Some(limits.whole))
            .timeout_connect(Some(limits.connect))
            .tls_config(TlsConfig::builder().root_certs(trusted_roots()).build())
            .user_agent(concat!("khor/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            agent: config.new_agent(),
            limits,
        })
    }

    /// The bytes at `url`. An error says in plain words why there are none: "the server says 404".
    pub fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        let response = self.agent.get(url).call().map_err(|error| self.words(&error))?;
        let mut bytes = Vec::new();
        let mut body = response.into_body().into_reader().take(LIMIT + 1);
        body.read_to_end(&mut bytes)
            .map_err(|error| self.words(&Error::from(error)))?;
        if bytes.len() as u64 > LIMIT {
            return Err(format!(
                "it has more than the {} MiB that are fetched",
                LIMIT >> 20
            ));
        }
        Ok(bytes)
    }

    /// An error in plain words.
    fn words(&self, error: &Error) -> String {
        match error {
            Error::StatusCode(404 | 410) => "there is nothing under this URL (404)".to_owned(),
            Error::StatusCode(code @ (401 | 403)) => {
                format!("the server does not let everybody read it ({code})")
            }
            Error::StatusCode(code) => format!("the server answers with {code}"),
            Error::RequireHttpsOnly(url) => format!("the server sends us to `{url}`, which is not HTTPS"),
            Error::TooManyRedirects => format!("the server sends us elsewhere more than {REDIRECTS} times"),
            Error::HostNotFound => "its host is not known".to_owned(),
            Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                format!(
                    "its host does not answer within {} s",
                    self.limits.connect.as_secs()
                )
            }
            Error::ConnectProxyFailed(why) => {
                format!("the proxy does not let us through: {}", why.to_lowercase())
            }
            Error::InvalidProxyUrl => "the URL of the proxy is not well-formed".to_owned(),
            Error::Timeout(_) => format!("it takes more than {} s", self.limits.whole.as_secs()),
            Error::Io(error) => io_words(error),
            Error::BadUri(_) | Error::Http(_) => "it is not a well-formed URL".to_owned(),
            other => other.to_string(),
        }
    }
}

fn io_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    if text.contains("invalid peer certificate") {
        let why = text.rsplit("certificate: ").next().unwrap_or_default();
        return format!("the certificate of its host is not trusted: {why}");
    }
    if text.contains("lookup address") {
        return "its host is not known, or there is no network".to_owned();
    }
    format!("its host cannot be reached: {}", text.to_lowercase())
}
