//! Whether something listens.

use std::io;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{patience, place, silent, unreachable};
use crate::engine::Observed;
use crate::topology::TcpAction;

/// More addresses of one name are not tried.
const MOST_ADDRESSES: usize = 16;

/// Connects, and lets go at once. `check`: how long the check may take at most.
pub(in crate::engine) async fn tcp(action: &TcpAction, check: Duration) -> Observed {
    let patience = patience(action.timeout_ms, check);
    let place = place(&action.host, action.port);
    match timeout(patience, connect(&action.host, action.port)).await {
        Ok(Ok(())) => Observed::Reached,
        Ok(Err(error)) => Observed::NotReached(unreachable(&place, &error)),
        Err(_) => Observed::NotReached(silent(&place, patience)),
    }
}

/// All addresses at once: one that never answers does not hold up the others.
async fn connect(host: &str, port: u16) -> io::Result<()> {
    let mut tries = JoinSet::new();
    for address in lookup_host((host, port)).await?.take(MOST_ADDRESSES) {
        tries.spawn(async move { TcpStream::connect(address).await.map(drop) });
    }
    let mut last = io::Error::other("it has no address");
    while let Some(tried) = tries.join_next().await {
        match tried {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => last = error,
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}
