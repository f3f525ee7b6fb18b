//! The store that a verb talks to: `--store`, `KHOR_STORE`, or the embedded one in the state directory.

use camino::Utf8PathBuf;
use clap::Args;

/// Options of every verb that talks to a store.
#[derive(Clone, Debug, Args)]
pub struct StoreArgs {
    /// The store: sqlite:PATH, etcd://HOST:PORT[,HOST:PORT…] or etcds://… [default: sqlite in the state directory]
    #[arg(long, env = "KHOR_STORE", value_name = "URL")]
    pub store: Option<String>,
}

impl StoreArgs {
    /// The URL to open. The embedded store of this user where nothing else is said.
    pub fn url(&self) -> String {
        match &self.store {
            Some(url) => url.clone(),
            None => format!("sqlite:{}", state_directory().join("store.db")),
        }
    }
}

/// Where khor keeps what it must remember on this machine: `KHOR_STATE`, else `/var/lib/khor` for root, else
/// `$XDG_STATE_HOME/khor`, else `~/.local/state/khor`.
pub fn state_directory() -> Utf8PathBuf {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(folder) = variable("KHOR_STATE") {
        return folder.into();
    }
    if rustix::process::geteuid().is_root() {
        return "/var/lib/khor".into();
    }
    if let Some(folder) = variable("XDG_STATE_HOME") {
        return Utf8PathBuf::from(folder).join("khor");
    }
    Utf8PathBuf::from(variable("HOME").unwrap_or_else(|| ".".into())).join(".local/state/khor")
}
