//! A watch: listing beside the open stream, following, lost; and round again.
//!
//! Each watch has a stream of its own on the shared connection, and each of its prefixes a watcher on that stream: agents
//! that all watched one common prefix would cost the server several times as much. etcd tells each watcher its part of a
//! transaction separately, but puts all parts on the stream one behind the other. So with several prefixes the parts of one
//! revision are joined, and told when it is known that no other follows: all watchers have come so far, or a later
//! revision has come, or the answer to a request for progress, which the server puts behind them (a *fence*: one round
//! trip to the member, without disk or quorum). Should a part come later all the same (before 3.4.25 and 3.5.8 the answer
//! can overtake it, if the server is stopped at the wrong moment; four requests are made for that), it is noticed and answered by a relist. A watch of one
//! prefix needs none of this: it is atomic by itself, and the fastest.
//!
//! Streams are not asked for fragments: the client does not show which answer is the last one of a revision. An answer
//! that is too large for this client is answered by a relist, which goes page by page.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use etcd_client::{
    EventType, GetOptions, SortOrder, SortTarget, Txn, TxnOp, TxnOpResponse, WatchOptions, WatchResponse,
    WatchStream,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::fault::{Fault, Kind};
use super::link::{Connection, DEADLINE};
use super::{Etcd, PAGE_DEADLINE, Snapshot, pair_of, range};
use crate::store::check::Prefixes;
use crate::store::journal::pauses;
use crate::store::{Change, Revision, Watch, WatchEvent};

/// How long the stream of a consumer that does not keep up stays open. It holds back part of the connection's window, so
/// that some of them would stop all else on the connection.
const STALLED: Duration = Duration::from_millis(500);
/// How long a watch of several prefixes collects after it resumed: the server looks every 100 ms after watchers that have
/// to catch up, and serves one behind the other.
const SETTLING: Duration = Duration::from_millis(250);
/// How long the answer to a fence is waited for: servers of some versions give none while a watcher catches up.
const UNANSWERED: Duration = Duration::from_millis(300);
/// How many requests make a fence. Before 3.4.25 and 3.5.8 the server picks at random whether it sends an answer or an event
/// first when both are waiting, so that each further one halves the odds that a part of a transaction comes behind them.
const REQUESTS: usize = 4;
/// How soon an audit that found a difference is repeated; what was under way has come by then.
const AGAIN: Duration = Duration::from_secs(2);
/// How many revisions that come while all is listed are kept; beyond that it is listed again.
const COLLECTED: usize = 10_000;
/// How many prefixes one audit looks at (two reads each, at most 128 in a transaction).
const AUDITED: usize = 60;

pub(super) struct Follower {
    store: Etcd,
    prefixes: Prefixes,
    events: mpsc::Sender<WatchEvent>,
    /// All up to here was told; none if a relist is due.
    at: Option<Revision>,
    /// The cluster that `at` is of.
    cluster: Option<u64>,
    /// How many keys there are at `at`, if it is known.
    count: Option<i64>,
    /// An outage was told and not ended yet.
    lost: bool,
    /// The present session came as far as following.
    followed: bool,
}

/// Why a session ended.
enum End {
    /// Nobody listens any more.
    Gone,
    /// What is known is of no use: list again.
    Stale(&'static str),
    /// The consumer does not keep up.
    Stalled(WatchEvent),
    Broken(Fault),
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        match fault.kind {
            Kind::Compacted => Self::Stale("the history it needs was compacted"),
            Kind::TooLarge => Self::Stale("an answer was too large"),
            _ => Self::Broken(fault),
        }
    }
}

/// What came on the stream and was not told yet.
struct Inbox {
    /// The watchers' ids, in the order of the prefixes: they are created one behind the other.
    ids: Vec<i64>,
    /// How far each watcher is.
    seen: Vec<Revision>,
    /// Changes by revision.
    pending: BTreeMap<Revision, Vec<Change>>,
    /// Until when watchers catch up.
    settling: Option<Instant>,
    /// Up to which revision progress was asked for, and how long its answer is waited for.
    fence: Option<(Revision, Instant)>,
    /// How many requests for progress are under way.
    unanswered: usize,
    /// All parts of revisions up to here have come.
    fenced: Revision,
}

impl Inbox {
    fn new(watchers: usize, at: Revision) -> Self {
        Self {
            ids: Vec::new(),
            seen: vec![at; watchers],
            pending: BTreeMap::new(),
            settling: None,
            fence: None,
            unanswered: 0,
            fenced: 0,
        }
    }

    /// All up to `at` is known from a listing.
    fn begin_at(&mut self, at: Revision) {
        self.pending = self.pending.split_off(&(at + 1));
        for seen in &mut self.seen {
            *seen = at.max(*seen);
        }
    }

    /// An answer to a request for progress; the last one passes the fence.
    fn answer(&mut self) {
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.unanswered == 0 {
            self.pass_fence();
        }
    }

    fn pass_fence(&mut self) {
        // Those that were not answered in time may never be.
        self.unanswered = 0;
        if let Some((revision, _)) = self.fence.take() {
            self.fenced = self.fenced.max(revision);
        }
    }

    /// Up to which revision all parts have come: up to the one that all watchers have reached; below the latest one, since
    /// parts come in order; and up to the fence.
    fn proved(&self) -> Revision {
        let all = self.seen.iter().copied().min().unwrap_or_default();
        let latest = self
            .pending
            .last_key_value()
            .map_or(0, |(revision, _)| revision - 1);
        all.max(latest).max(self.fenced)
    }

    /// Asks for progress, if that is what shows that the latest revision is whole.
    async fn prove(&mut self, stream: &mut WatchStream, connection: &Connection) -> Result<(), End> {
        let latest = self.pending.last_key_value().map(|(revision, _)| *revision);
        let (Some(latest), None) = (latest, self.fence) else {
            return Ok(());
        };
        self.fence = Some((latest, Instant::now() + UNANSWERED));
        for _ in 0..REQUESTS {
            let request = stream.request_progress().await;
            request.map_err(|error| Fault::of(&error, &connection.endpoint))?;
            self.unanswered += 1;
        }
        Ok(())
    }
}

impl Follower {
    pub(super) fn new(
        store: Etcd,
        prefixes: Prefixes,
        from: Option<Revision>,
        events: mpsc::Sender<WatchEvent>,
    ) -> Self {
        Self {
            store,
            prefixes,
            events,
            at: from,
            cluster: None,
            count: None,
            lost: false,
            followed: false,
        }
    }

    /// Feeds the watch until its consumer is gone.
    pub(super) async fn run(mut self) {
        let mut waits = pauses();
        let events = self.events.clone();
        loop {
            self.followed = false;
            let end = tokio::select! {
                () = events.closed() => return,
                end = self.session() => match end {
                    Err(end) => end,
                    Ok(never) => match never {},
                },
            };
            if self.followed {
                waits = pauses();
            }
            match end {
                End::Gone => return,
                End::Stale(why) => {
                    tracing::debug!("relisting a watch of {}: {why}", self.store.link.url);
                    self.at = None;
                    if self.followed {
                        continue;
                    }
                }
                End::Stalled(event) => {
                    // Not at each free place: the consumer gets a good part of the queue empty first.
                    let Ok(mut permits) = events.reserve_many(Watch::CAPACITY / 2).await else {
                        return;
                    };
                    if let Some(permit) = permits.next() {
                        let known = self.known_after(&event);
                        permit.send(event);
                        (self.at, self.count) = known;
                    }
                    continue;
                }
                // A stream that worked may just need another connection: that is tried once in silence.
                End::Broken(_) if self.followed => {}
                End::Broken(fault) => {
                    // What ends a told outage is a Reset, also if nothing happened meanwhile.
                    self.at = None;
                    if !self.lost {
                        self.lost = true;
                        let reason = fault.into_error(&self.store.link.url).to_string();
                        if events.send(WatchEvent::Lost { reason }).await.is_err() {
                            return;
                        }
                    }
                }
            }
            tokio::select! {
                () = events.closed() => return,
                () = sleep(waits.next().unwrap_or(DEADLINE)) => {}
            }
        }
    }

    async fn session(&mut self) -> Result<Infallible, End> {
        if self.prefixes.iter().len() == 0 {
            if self.at.is_none() {
                let snapshot = self.store.snapshot(&self.prefixes).await?;
                self.reset(snapshot).await?;
            }
            return Ok(std::future::pending().await);
        }
        let link = self.store.link.clone();
        let connection = link.connection().await?;
        let opening = open(&connection, &self.prefixes, self.at, self.store.previous);
        let mut stream = link.on(&connection, DEADLINE, opening).await?;
        let mut inbox = Inbox::new(self.prefixes.iter().len(), self.at.unwrap_or_default());
        if self.at.is_none() {
            self.list_beside(&mut stream, &mut inbox, &connection).await?;
        }
        let mut audit = Instant::now() + self.store.audit.mul_f32(0.5 + fastrand::f32());
        let mut suspect = None;
        loop {
            if inbox.settling.is_none() {
                self.tell(&mut inbox).await?;
                inbox.prove(&mut stream, &connection).await?;
            }
            tokio::select! {
                message = stream.message() => self.take(message, &mut inbox, &connection)?,
                () = sleep_until(inbox.settling.unwrap_or(audit)), if inbox.settling.is_some() => {
                    inbox.settling = None;
                }
                () = sleep_until(inbox.fence.map_or(audit, |fence| fence.1)), if inbox.fence.is_some() => {
                    inbox.pass_fence();
                }
                () = sleep_until(audit), if inbox.pending.is_empty() => {
                    suspect = self.audit(suspect).await?;
                    audit = Instant::now() + if suspect.is_some() { AGAIN } else { self.store.audit };
                }
            }
        }
    }

    /// Lists while the stream, which begins now, is open already. The other way round, with a stream from the listing's
    /// revision on, whatever anybody writes in between would make the watcher one that has to catch up, and the server looks
    /// after those every 100 ms only.
    async fn list_beside(
        &mut self,
        stream: &mut WatchStream,
        inbox: &mut Inbox,
        connection: &Connection,
    ) -> Result<(), End> {
        self.cluster = None;
        let mut begun = 0;
        while inbox.ids.len() < inbox.seen.len() {
            let message = timeout(DEADLINE, stream.message()).await;
            let message =
                message.map_err(|_| Fault::new(Kind::Unsure, "the server does not begin the watch"))?;
            let header = message
                .as_ref()
                .ok()
                .and_then(|message| message.as_ref()?.header());
            begun = header.map_or(begun, |header| begun.max(header.revision().cast_unsigned()));
            self.take(message, inbox, connection)?;
        }
        // What comes meanwhile is taken off the stream: left there, it would hold back the listing on the same connection.
        let (store, prefixes) = (self.store.clone(), self.prefixes.clone());
        let mut listing = std::pin::pin!(store.snapshot(&prefixes));
        let snapshot = loop {
            tokio::select! {
                snapshot = &mut listing => break snapshot?,
                message = stream.message() => self.take(message, inbox, connection)?,
            }
            if inbox.pending.len() > COLLECTED {
                return Err(End::Stale("much was written while all was listed"));
            }
        };
        if snapshot.listing.revision < begun {
            return Err(End::Stale("its revisions went back"));
        }
        inbox.begin_at(snapshot.listing.revision);
        self.reset(snapshot).await?;
        self.followed = true;
        self.tell(inbox).await
    }

    async fn reset(&mut self, snapshot: Snapshot) -> Result<(), End> {
        self.cluster = Some(snapshot.cluster);
        self.send(WatchEvent::Reset {
            pairs: snapshot.listing.pairs,
            revision: snapshot.listing.revision,
        })
        .await
    }

    /// Sorts in what came on the stream.
    fn take(
        &mut self,
        message: Result<Option<WatchResponse>, etcd_client::Error>,
        inbox: &mut Inbox,
        connection: &Connection,
    ) -> Result<(), End> {
        let broken = |fault: Fault| {
            if fault.is_of_the_link() {
                self.store.link.failed(connection);
            }
            End::from(fault)
        };
        let message = match message {
            Ok(Some(message)) => message,
            Ok(None) => return Err(broken(Fault::new(Kind::Unsure, "the server ended the watch"))),
            Err(error) => return Err(broken(Fault::of(&error, &connection.endpoint))),
        };
        // A compacted watch is no error: without this look nothing would come for ever.
        if message.canceled() {
            if message.compact_revision() > 0 {
                return Err(End::Stale("the history it needs was compacted"));
            }
            return Err(broken(Fault::of_cancel(
                message.cancel_reason(),
                &connection.endpoint,
            )));
        }
        let at = self.at.unwrap_or_default();
        let header = message.header();
        let revision = header.map_or(0, |header| header.revision().cast_unsigned());
        if let Some(cluster) = header.map(etcd_client::ResponseHeader::cluster_id)
            && *self.cluster.get_or_insert(cluster) != cluster
        {
            return Err(End::Stale("it is another cluster"));
        }
        if message.created() {
            // Restored from an older snapshot: etcd would wait in silence for the revisions to come up to the old ones.
            if revision < at {
                return Err(End::Stale("its revisions went back"));
            }
            inbox.ids.push(message.watch_id());
            if self.at.is_some() {
                if revision > at && inbox.seen.len() > 1 {
                    inbox.settling = Some(Instant::now() + SETTLING);
                }
                self.followed |= inbox.ids.len() == inbox.seen.len();
            }
            return Ok(());
        }
        if message.watch_id() < 0 {
            // The answer to a fence, of no watcher. Its revision is not told as progress: before 3.4.25 and 3.5.8 it is
            // taken past events that are still on their way.
            inbox.answer();
            return Ok(());
        }
        let Some(watcher) = inbox.ids.iter().position(|id| *id == message.watch_id()) else {
            return Ok(());
        };
        let seen = inbox.seen[watcher];
        if message.events().is_empty() {
            // Progress of one watcher, which the server puts behind that watcher's events.
            inbox.seen[watcher] = seen.max(revision);
            return Ok(());
        }
        for event in message.events() {
            let Some(pair) = event.kv().cloned().and_then(pair_of) else {
                continue;
            };
            // Some servers go back in time after a partition.
            if pair.mod_revision <= seen {
                continue;
            }
            if pair.mod_revision <= at {
                return Err(End::Stale("a part of a transaction came late"));
            }
            inbox.seen[watcher] = inbox.seen[watcher].max(pair.mod_revision);
            let previous = event.prev_kv().map(|pair| pair.value().to_vec());
            inbox
                .pending
                .entry(pair.mod_revision)
                .or_default()
                .push(match event.event_type() {
                    EventType::Put => Change::Put { pair, previous },
                    EventType::Delete => Change::Delete {
                        key: pair.key,
                        previous,
                    },
                });
        }
        Ok(())
    }

    /// Tells what is whole.
    async fn tell(&mut self, inbox: &mut Inbox) -> Result<(), End> {
        let proved = inbox.proved();
        while let Some(next) = inbox.pending.first_entry().filter(|next| *next.key() <= proved) {
            let (revision, mut changes) = next.remove_entry();
            changes.sort_by(|one, next| one.key().cmp(next.key()));
            self.send(WatchEvent::Changes { changes, revision }).await?;
        }
        // A watcher that is told of progress has told all its events before.
        let known = inbox.seen.iter().copied().min();
        if let Some(revision) = known.filter(|known| self.at.is_some_and(|at| at < *known)) {
            self.send(WatchEvent::Progress { revision }).await?;
        }
        Ok(())
    }

    /// Hands an event to the consumer.
    async fn send(&mut self, event: WatchEvent) -> Result<(), End> {
        let permit = match self.events.try_reserve() {
            Ok(permit) => permit,
            Err(_) => match timeout(STALLED, self.events.reserve()).await {
                Ok(Ok(permit)) => permit,
                Ok(Err(_)) => return Err(End::Gone),
                Err(_) => return Err(End::Stalled(event)),
            },
        };
        let known = self.known_after(&event);
        permit.send(event);
        (self.at, self.count) = known;
        self.lost = false;
        Ok(())
    }

    /// How far is known, and how many keys there are, once `event` is told.
    fn known_after(&self, event: &WatchEvent) -> (Option<Revision>, Option<i64>) {
        match event {
            WatchEvent::Reset { pairs, revision } => (Some(*revision), i64::try_from(pairs.len()).ok()),
            WatchEvent::Changes { changes, revision } => {
                let more = changes.iter().map(|change| match change {
                    Change::Put { pair, .. } => i64::from(pair.create_revision == pair.mod_revision),
                    Change::Delete { .. } => -1,
                });
                (Some(*revision), self.count.map(|count| count + more.sum::<i64>()))
            }
            WatchEvent::Progress { revision } => (Some(*revision), self.count),
            WatchEvent::Lost { .. } => (self.at, self.count),
        }
    }

    /// Looks whether the stream lost something, as some servers did at compactions and when short of time: there must be
    /// as many keys as it told of, and none that was written later. A difference may just be under way: only one that is
    /// still there at the next audit, with nothing told in between, counts. `suspect` is where a difference was seen.
    async fn audit(&self, suspect: Option<Revision>) -> Result<Option<Revision>, End> {
        let at = self.at.unwrap_or_default();
        let (Some(count), true) = (self.count, self.prefixes.iter().len() <= AUDITED) else {
            return Err(End::Stale("it was long ago that all was listed"));
        };
        let reads = self.prefixes.iter().flat_map(|prefix| {
            let (key, end) = range(prefix);
            let all = GetOptions::new().with_range(end);
            let newest = all
                .clone()
                .with_sort(SortTarget::Mod, SortOrder::Descend)
                .with_limit(1)
                .with_keys_only();
            [
                TxnOp::get(key.clone(), Some(all.with_count_only())),
                TxnOp::get(key, Some(newest)),
            ]
        });
        let reads: Vec<_> = reads.collect();
        let read = |connection: Arc<Connection>| {
            let txn = Txn::new().and_then(reads.clone());
            async move { connection.kv.clone().txn(txn).await }
        };
        // If the store cannot be reached now, the stream will tell.
        let Ok(answer) = self.store.link.repeat(PAGE_DEADLINE, read).await else {
            return Ok(suspect);
        };
        let (mut found, mut newest) = (0, 0);
        for (index, answer) in answer.op_responses().iter().enumerate() {
            let TxnOpResponse::Get(answer) = answer else {
                continue;
            };
            if index % 2 == 0 {
                found += answer.count();
            } else {
                newest = answer
                    .kvs()
                    .iter()
                    .map(|pair| pair.mod_revision().cast_unsigned())
                    .fold(newest, Revision::max);
            }
        }
        match suspect {
            _ if found == count && newest <= at => Ok(None),
            Some(before) if before == at => Err(End::Stale("the server left out an event")),
            _ => Ok(Some(at)),
        }
    }
}

/// Opens the stream, with a watcher for each prefix: for what comes after `at`, or from now on.
async fn open(
    connection: &Connection,
    prefixes: &Prefixes,
    at: Option<Revision>,
    previous: bool,
) -> Result<WatchStream, etcd_client::Error> {
    let watcher = |prefix| {
        let (key, end) = range(prefix);
        let options = WatchOptions::new()
            .with_range(end)
            // Revision 0 is etcd's word for "from now on".
            .with_start_revision(at.map_or(0, |at| at.cast_signed() + 1))
            .with_progress_notify();
        let options = if previous {
            options.with_prev_key()
        } else {
            options
        };
        (key, Some(options))
    };
    let mut watchers = prefixes.iter().map(watcher);
    let (key, options) = watchers.next().unwrap_or_default();
    let mut stream = connection.watch.clone().watch(key, options).await?;
    for (key, options) in watchers {
        stream.watch(key, options).await?;
    }
    Ok(stream)
}
