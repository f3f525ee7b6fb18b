//! Looks at what answers on the network: checks only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Arguments of the tcp engine: whether something listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpAction {
    /// A name or an address; a name that has several addresses is reached if one of them answers.
    #[serde(default = "localhost", skip_serializing_if = "is_localhost")]
    pub host: String,
    /// The port.
    pub port: u16,
    /// How long it may take, in milliseconds; none: the agent's default of 5 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// Arguments of the http engine: whether a request is answered as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAction {
    /// Where it goes: `http://` or `https://`.
    pub url: String,
    /// What it asks.
    #[serde(default)]
    pub method: HttpMethod,
    /// The codes that are well: ranges, both ends included; none: 200 to 399.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<(u16, u16)>,
    /// A text that the body must have in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// Headers that are sent along.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Whether to go where the answer sends us; else that answer is the one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub redirects: bool,
    /// Whether any certificate will do, also one that nobody vouches for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub insecure: bool,
    /// How long it may take, in milliseconds; none: the agent's default of 5 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

impl Default for HttpAction {
    fn default() -> Self {
        Self {
            url: "http://localhost/".to_owned(),
            method: HttpMethod::Get,
            status: Vec::new(),
            contains: None,
            headers: BTreeMap::new(),
            redirects: false,
            insecure: false,
            timeout_ms: None,
        }
    }
}

/// The method of a request. A check must not change anything, so those that do are not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// The whole answer.
    #[default]
    Get,
    /// The answer without its body.
    Head,
}

fn localhost() -> String {
    "localhost".to_owned()
}

fn is_localhost(host: &str) -> bool {
    host == "localhost"
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_false(flag: &bool) -> bool {
    !flag
}
