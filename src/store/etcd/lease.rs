//! Leases: taking one, and renewing it on a stream of its own that is opened again whenever it breaks.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use etcd_client::{LeaseKeepAliveStream, LeaseKeeper};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::fault::{Fault, Kind};
use super::link::{Connection, DEADLINE, Link};
use crate::store::journal::pauses;
use crate::store::{Lease, LeaseId};

/// Takes a lease and has it renewed until the answer is dropped.
pub(super) async fn take(link: &Arc<Link>, ttl: Duration) -> Result<Lease, Fault> {
    // Whole seconds; the server itself rounds 1 up to 2. A grant whose answer was lost is repeated: the first one
    // ends by itself, and holds no key.
    let seconds = i64::try_from(ttl.as_millis().div_ceil(1000)).unwrap_or(i64::MAX);
    let asked = Instant::now();
    let grant =
        |connection: Arc<Connection>| async move { connection.lease.clone().grant(seconds, None).await };
    let granted = link.repeat(DEADLINE, grant).await?;
    let (lost, receiver) = watch::channel(false);
    let held = CancellationToken::new();
    let renewal = Renewal {
        link: link.clone(),
        id: granted.id(),
        ttl: Duration::from_secs(granted.ttl().max(1).cast_unsigned()),
        confirmed: asked,
    };
    tokio::spawn(held.clone().run_until_cancelled_owned(renewal.run(lost)));
    Ok(Lease {
        id: LeaseId(granted.id()),
        lost: receiver,
        _renewal: held.drop_guard(),
    })
}

struct Renewal {
    link: Arc<Link>,
    id: i64,
    /// As granted, which may be more than was asked for.
    ttl: Duration,
    /// When the last renewal that was answered was *asked* for: the server counts from no earlier moment.
    confirmed: Instant,
}

impl Renewal {
    /// Renews until the lease is lost: the server says that it is gone, or its whole time to live went by unconfirmed. A
    /// broken connection alone loses nothing: leases survive restarts and changes of the leader.
    async fn run(mut self, lost: watch::Sender<bool>) {
        let mut pauses_left = pauses();
        // The stream's opening is a renewal already.
        sleep(self.pause()).await;
        loop {
            let before = self.confirmed;
            let fault = match self.stream().await {
                Err(fault) => fault,
                Ok(never) => match never {},
            };
            if fault.kind == Kind::NoLease {
                break;
            }
            tracing::debug!(
                "renewing a lease of {} goes on after: {}",
                self.link.url,
                fault.reason
            );
            if self.confirmed != before {
                pauses_left = pauses();
            }
            let pause = pauses_left.next().unwrap_or(DEADLINE);
            sleep(pause.min(self.pause()).min(self.left())).await;
        }
        lost.send_replace(true);
    }

    fn pause(&self) -> Duration {
        self.ttl / 3
    }

    fn left(&self) -> Duration {
        self.ttl.saturating_sub(self.confirmed.elapsed())
    }

    /// What `step` gives, if it comes while the lease lives.
    async fn in_time<T>(&self, step: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let lapsed = |_| Fault::new(Kind::NoLease, "the lease was not confirmed for its time to live");
        timeout(self.left(), step).await.map_err(lapsed)?
    }

    /// Renews on one stream until it breaks, or tells that the lease is gone.
    async fn stream(&mut self) -> Result<Infallible, Fault> {
        let link = self.link.clone();
        let connection = self.in_time(link.connection()).await?;
        let asked = Instant::now();
        let open = {
            let mut client = connection.lease.clone();
            let id = self.id;
            async move { client.keep_alive(id).await }
        };
        let (mut keeper, mut answers) = self.in_time(link.on(&connection, DEADLINE, open)).await?;
        self.confirmed = asked;
        loop {
            sleep(self.pause()).await;
            let asked = Instant::now();
            let renewed = link.on(&connection, DEADLINE, once(&mut keeper, &mut answers));
            if self.in_time(renewed).await? <= 0 {
                return Err(Fault::new(Kind::NoLease, "the lease has ended"));
            }
            self.confirmed = asked;
        }
    }
}

/// One renewal; the time to live that the server answers, 0 if the lease is gone.
async fn once(
    keeper: &mut LeaseKeeper,
    answers: &mut LeaseKeepAliveStream,
) -> Result<i64, etcd_client::Error> {
    keeper.keep_alive().await?;
    match answers.message().await? {
        Some(answer) => Ok(answer.ttl()),
        None => Err(etcd_client::Error::LeaseKeepAliveError("the stream ended".into())),
    }
}
