//! The store that a URL names.

use std::time::Duration;

#[cfg(feature = "etcd")]
use super::Etcd;
use super::{
    Commit, Lease, LeaseId, Listing, Memory, Pair, Revision, Sqlite, Store, StoreError, Transaction, Watch,
};
use crate::diagnostic;

/// One of the stores, chosen by its URL.
#[derive(Clone, Debug)]
pub enum AnyStore {
    /// `memory:`
    Memory(Memory),
    /// `sqlite:PATH`
    Sqlite(Sqlite),
    /// `etcd://HOST:PORT`
    #[cfg(feature = "etcd")]
    Etcd(Etcd),
}

/// The schemes, and a form that shows each.
const FORMS: [(&str, &str); 6] = [
    ("sqlite", "sqlite:PATH"),
    ("memory", "memory:"),
    ("etcd", "etcd://HOST:PORT,HOST:PORT"),
    ("etcds", "etcds://HOST:PORT"),
    ("http", "http://HOST:PORT"),
    ("https", "https://HOST:PORT"),
];

impl AnyStore {
    /// Opens the store that `url` names: `sqlite:PATH` (made if it is missing), `memory:` (a new one, empty),
    /// `etcd://HOST:PORT,HOST:PORT` (`http://` is taken for it), `etcds://` or `https://` (TLS). A user and a password may
    /// stand before the hosts, as in `etcd://USER:PASSWORD@HOST:PORT`. TLS takes `?ca=PATH&cert=PATH&key=PATH`.
    ///
    /// Opening etcd connects when the first call is made and not before; [`AnyStore::check`] asks whether it answers.
    ///
    /// # Errors
    /// `BadUrl` for what is no such URL, `Unavailable` or `Refused` for a database that cannot be opened.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(bad_url(url, url));
        };
        match scheme {
            "memory" if rest.is_empty() => Ok(Self::Memory(Memory::new())),
            "memory" => Err(StoreError::BadUrl {
                url: url.into(),
                reason: "nothing follows `memory:`".into(),
            }),
            "sqlite" => Ok(Self::Sqlite(Sqlite::open(rest).await?)),
            #[cfg(feature = "etcd")]
            "etcd" | "etcds" | "http" | "https" => Ok(Self::Etcd(Etcd::open(url)?)),
            #[cfg(not(feature = "etcd"))]
            "etcd" | "etcds" | "http" | "https" => Err(StoreError::BadUrl {
                url: redacted(url),
                reason: "this khor was built without etcd (`cargo build --features etcd` builds it in)"
                    .into(),
            }),
            _ => Err(bad_url(url, scheme)),
        }
    }

    /// The same store for those who have no use for the values before a change: on etcd they cost the server a read for
    /// every event and every watcher. The other stores have them at hand.
    #[must_use]
    pub fn without_previous(self) -> Self {
        match self {
            #[cfg(feature = "etcd")]
            Self::Etcd(etcd) => Self::Etcd(etcd.without_previous()),
            store => store,
        }
    }

    /// Whether the store answers, by one cheap read.
    ///
    /// # Errors
    /// Says why it does not.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.get("/khor/v1/").await.map(drop)
    }
}

fn bad_url(url: &str, scheme: &str) -> StoreError {
    let near = diagnostic::nearest(scheme, FORMS.iter().map(|(name, _)| *name));
    let forms = FORMS.iter().map(|(_, form)| format!("`{form}`")).take(4);
    let forms = forms.collect::<Vec<_>>().join(", ");
    let reason = match near.and_then(|near| FORMS.iter().find(|(name, _)| *name == near)) {
        Some((_, form)) => format!("did you mean `{form}`? A store is one of {forms}"),
        None => format!("a store is one of {forms}"),
    };
    StoreError::BadUrl {
        url: redacted(url),
        reason,
    }
}

/// `url` with `***` in place of a password.
pub(super) fn redacted(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?']).map_or(url.len(), |at| start + at);
    let Some(at) = url[start..end].rfind('@').map(|at| start + at) else {
        return url.to_owned();
    };
    match url[start..at].find(':') {
        Some(colon) => format!("{}:***{}", &url[..start + colon], &url[at..]),
        None => url.to_owned(),
    }
}

/// Calls the same method of whichever store it is.
macro_rules! each {
    ($any:expr, $store:ident => $call:expr) => {
        match $any {
            Self::Memory($store) => $call,
            Self::Sqlite($store) => $call,
            #[cfg(feature = "etcd")]
            Self::Etcd($store) => $call,
        }
    };
}

impl Store for AnyStore {
    fn url(&self) -> &str {
        each!(self, store => store.url())
    }

    async fn list(&self, prefix: &str) -> Result<Listing, StoreError> {
        each!(self, store => store.list(prefix).await)
    }

    async fn get(&self, key: &str) -> Result<Option<Pair>, StoreError> {
        each!(self, store => store.get(key).await)
    }

    fn watch(&self, prefixes: Vec<String>, from: Option<Revision>) -> Watch {
        each!(self, store => store.watch(prefixes, from))
    }

    async fn commit(&self, transaction: Transaction) -> Result<Commit, StoreError> {
        each!(self, store => store.commit(transaction).await)
    }

    async fn lease(&self, ttl: Duration) -> Result<Lease, StoreError> {
        each!(self, store => store.lease(ttl).await)
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        each!(self, store => store.revoke(lease).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hidden() {
        for (url, shown) in [
            ("etcd://me:s3:cr@t@h:1,g:2?ca=x", "etcd://me:***@h:1,g:2?ca=x"),
            ("etcd://h:1", "etcd://h:1"),
            ("sqlite:/a@b:c", "sqlite:/a@b:c"),
            ("etc://me:secret@h", "etc://me:***@h"),
        ] {
            assert_eq!(redacted(url), shown);
        }
    }

    #[tokio::test]
    async fn a_url_of_no_store_names_the_forms_and_the_near_miss() {
        for (url, says) in [
            ("sqlit:x", "did you mean `sqlite:PATH`?"),
            ("etdc://h:1", "did you mean `etcd://HOST:PORT"),
            ("postgres://h", "a store is one of `sqlite:PATH`"),
            ("/some/path", "a store is one of"),
            ("memory:x", "nothing follows"),
        ] {
            let error = AnyStore::open(url).await.unwrap_err();
            assert!(matches!(error, StoreError::BadUrl { .. }));
            assert!(error.to_string().contains(says), "{error}");
        }
        assert_eq!(AnyStore::open("memory:").await.unwrap().url(), "memory:");
    }
}
