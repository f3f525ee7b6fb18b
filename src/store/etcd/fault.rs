//! What went wrong with a call, and what may be done about it.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use etcd_client::Error;

use crate::store::StoreError;

/// What a failed call means for the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No connection came about: nothing was sent.
    Unreached,
    /// The server said that it cannot do it now, before it did anything.
    NotNow,
    /// The connection or the server failed in the middle: it may have been done.
    Unsure,
    /// The server will not do it, ever.
    Refused,
    /// The answer is larger than this client takes at once.
    TooLarge,
    /// The revision asked for is forgotten.
    Compacted,
    /// The lease has ended.
    NoLease,
}

/// A failed call.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub kind: Kind,
    /// In words.
    pub reason: String,
}

// Codes of gRPC (its specification, "Status codes and their use in gRPC").
const INVALID_ARGUMENT: i32 = 3;
const DEADLINE_EXCEEDED: i32 = 4;
const NOT_FOUND: i32 = 5;
const PERMISSION_DENIED: i32 = 7;
const RESOURCE_EXHAUSTED: i32 = 8;
const FAILED_PRECONDITION: i32 = 9;
const OUT_OF_RANGE: i32 = 11;
const UNAUTHENTICATED: i32 = 16;

impl Fault {
    pub(super) fn new(kind: Kind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
        }
    }

    /// No answer from `endpoint` within `deadline`.
    pub(super) fn late(endpoint: &str, deadline: Duration) -> Self {
        let seconds = deadline.as_secs_f32();
        Self::new(
            Kind::Unsure,
            format!("{} does not answer within {seconds:.1} s", host(endpoint)),
        )
    }

    /// What the client's error means, that came from `endpoint`.
    pub(super) fn of(error: &Error, endpoint: &str) -> Self {
        match error {
            Error::GRpcStatus(status) => {
                if let Some(fault) = unreached(status.source(), endpoint) {
                    return fault;
                }
                said(status.code() as i32, status.message(), endpoint)
            }
            Error::TransportError(error) => {
                unreached(Some(error), endpoint).unwrap_or_else(|| broken(endpoint))
            }
            Error::LeaseKeepAliveError(text) if text.contains("not found") => {
                Self::new(Kind::NoLease, "the lease has ended")
            }
            Error::InvalidArgs(text) => Self::new(Kind::Refused, text.clone()),
            Error::InvalidUri(error) => Self::new(Kind::Refused, error.to_string()),
            _ => broken(endpoint),
        }
    }

    /// Why the server ended a watch.
    pub(super) fn of_cancel(reason: &str, endpoint: &str) -> Self {
        if reason.contains("permission denied") || reason.contains("PermissionDenied") {
            return Self::new(Kind::Refused, "the user has no permission to read these keys");
        }
        said(0, reason, endpoint)
    }

    /// Whether another member, or a new connection, may do better.
    pub(super) fn is_of_the_link(&self) -> bool {
        matches!(self.kind, Kind::Unreached | Kind::NotNow | Kind::Unsure)
    }

    /// As callers of the store see it.
    pub(super) fn into_error(self, url: &str) -> StoreError {
        let url = url.to_owned();
        let reason = self.reason;
        match self.kind {
            Kind::Refused | Kind::TooLarge | Kind::NoLease => StoreError::Refused { url, reason },
            _ => StoreError::Unavailable { url, reason },
        }
    }
}

/// `HOST:PORT`.
fn host(endpoint: &str) -> &str {
    endpoint.split_once("://").map_or(endpoint, |(_, host)| host)
}

fn broken(endpoint: &str) -> Fault {
    Fault::new(
        Kind::Unsure,
        format!("the connection to {} broke", host(endpoint)),
    )
}

/// If no connection came about: why.
fn unreached(error: Option<&(dyn std::error::Error + 'static)>, endpoint: &str) -> Option<Fault> {
    let mut chain = Vec::new();
    let mut next = error;
    while let Some(error) = next {
        chain.push(error);
        next = error.source();
    }
    let host = host(endpoint);
    let io = chain.iter().find_map(|error| error.downcast_ref::<io::Error>());
    if let Some(io) = io {
        let reason = match io.kind() {
            io::ErrorKind::ConnectionRefused => {
                format!("connection refused by {host}; is etcd running there?")
            }
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                format!("there is no route to {host}")
            }
            io::ErrorKind::AddrNotAvailable => format!("{host} is no address that can be connected to"),
            _ => String::new(),
        };
        if !reason.is_empty() {
            return Some(Fault::new(Kind::Unreached, reason));
        }
    }
    // The connector names its step at the head of the chain; what follows is the system's or the TLS library's word.
    let words: Vec<_> = chain.iter().map(ToString::to_string).collect();
    let last = words.last().cloned().unwrap_or_default();
    if words.iter().any(|word| word.contains("dns error")) {
        return Some(Fault::new(
            Kind::Unreached,
            format!("the name of {host} cannot be resolved: {last}"),
        ));
    }
    let tls = [
        "certificate",
        "tls",
        "handshake",
        "HandshakeFailure",
        "InvalidContentType",
        "alert",
    ];
    if words
        .iter()
        .any(|word| tls.iter().any(|mark| word.contains(mark)))
    {
        return Some(Fault::new(
            Kind::Unreached,
            format!("no TLS connection to {host}: {last}"),
        ));
    }
    let connecting = words
        .iter()
        .any(|word| word.contains("connect error") || word.contains("connection timed out"));
    connecting.then(|| Fault::new(Kind::Unreached, format!("no connection to {host}: {last}")))
}

/// What the server said.
fn said(code: i32, message: &str, endpoint: &str) -> Fault {
    let words = message
        .trim_start_matches("etcdserver: ")
        .trim_start_matches("mvcc: ");
    let refused = |reason: &str| Fault::new(Kind::Refused, reason);
    if message.contains("required revision has been compacted") {
        return Fault::new(Kind::Compacted, "the revision is forgotten");
    }
    if message.contains("future revision") {
        return Fault::new(Kind::Compacted, "the revision is not there yet");
    }
    if message.contains("requested lease not found") {
        return Fault::new(Kind::NoLease, "the lease of a put has ended");
    }
    if message.contains("no leader") {
        return Fault::new(
            Kind::NotNow,
            "the cluster has no leader: most of its members cannot be reached",
        );
    }
    if message.contains("too many requests") {
        return Fault::new(Kind::NotNow, "the cluster is overloaded (too many requests)");
    }
    if message.contains("database space exceeded") {
        return Fault::new(
            Kind::NotNow,
            "the cluster's space is used up; compact and defragment it, then `etcdctl alarm disarm`",
        );
    }
    match code {
        // Length errors of the client itself; the server has none with this code but those above.
        OUT_OF_RANGE => Fault::new(Kind::TooLarge, "an answer is too large"),
        INVALID_ARGUMENT if message.contains("authentication failed") => {
            refused("the user or the password is wrong")
        }
        INVALID_ARGUMENT if message.contains("user name is empty") => {
            refused("it asks for a user and a password")
        }
        FAILED_PRECONDITION if message.contains("authentication is not enabled") => {
            refused("it knows no users (authentication is not enabled), but the URL names one")
        }
        PERMISSION_DENIED => refused("the user has no permission for these keys"),
        UNAUTHENTICATED => Fault::new(Kind::NotNow, "the session of the user has ended"),
        INVALID_ARGUMENT | NOT_FOUND | FAILED_PRECONDITION | RESOURCE_EXHAUSTED => refused(words),
        DEADLINE_EXCEEDED => Fault::new(
            Kind::Unsure,
            format!("{} does not answer in time", host(endpoint)),
        ),
        // "request timed out", "leader changed", "server stopped": it may have been done.
        _ if message.starts_with("etcdserver: ") => Fault::new(Kind::Unsure, words),
        _ => broken(endpoint),
    }
}
