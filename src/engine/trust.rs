//! Whom this machine trusts.

use std::sync::Arc;

use ureq::tls::{Certificate, RootCerts};

/// The certificates of this machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others), or those of Mozilla where it has
/// none. They are read each time, since they change while an agent runs.
pub fn trusted_roots() -> RootCerts {
    let native = rustls_native_certs::load_native_certs().certs;
    if native.is_empty() {
        return RootCerts::WebPki;
    }
    let native = native
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned());
    RootCerts::Specific(Arc::new(native.collect()))
}
