//! The connection to one member at a time, with its own failover.
//!
//! A client that is given three endpoints keeps sending to one that is dead or frozen. So each client here has one, and
//! the next one is taken when calls to it fail.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use etcd_client::{Client, ConnectOptions, Error, KvClient, LeaseClient, WatchClient};
use tokio::time::{Instant, sleep, timeout};

use super::fault::{Fault, Kind};
use super::url::Address;

/// How long a call may take. A put in flight while the leader dies would hang 7 s, with a new leader there after 1.7.
pub(super) const DEADLINE: Duration = Duration::from_secs(1);
/// How long the first call of a connection may take: it connects, shakes hands, and has its user checked (bcrypt).
pub(super) const FIRST: Duration = Duration::from_secs(3);
/// How long calls that may be repeated are repeated: longer than an election takes.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(100);
/// The largest answer that is taken. The client's own limit is 4 MiB, less than some transactions with previous values.
const LARGEST: usize = 16 << 20;

/// What every connection is made with.
pub(super) fn options() -> ConnectOptions {
    ConnectOptions::new()
        // Without it nothing tells of a frozen or cut server for many seconds. Not oftener: a server with default
        // settings bans clients that ping more than every 5 s.
        .with_keep_alive(Duration::from_secs(5), Duration::from_secs(3))
        .with_keep_alive_while_idle(true)
        .with_connect_timeout(Duration::from_secs(2))
        // A member that is cut off from the others says so, instead of keeping streams silent.
        .with_require_leader(true)
        // Tokens of users end after 5 minutes, and at restarts.
        .with_auto_token_refresh(true)
}

/// A connection to one member.
pub(super) struct Connection {
    pub kv: KvClient,
    pub watch: WatchClient,
    pub lease: LeaseClient,
    pub endpoint: String,
    /// Counts connections, so that two who find the same one failed drop it once.
    number: u64,
    /// A call went through.
    proven: AtomicBool,
}

/// The connection that is used now, and the members it may go to.
pub(super) struct Link {
    pub url: String,
    endpoints: Vec<String>,
    options: ConnectOptions,
    state: Mutex<State>,
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    connection: Option<Arc<Connection>>,
    /// The endpoint to try next, modulo their number.
    next: usize,
    number: u64,
}

impl Link {
    pub(super) fn new(address: Address) -> Self {
        // Agents start at different members, so that one is not asked by all.
        let next = fastrand::usize(..address.endpoints.len().max(1));
        Self {
            url: address.shown,
            endpoints: address.endpoints,
            options: address.options,
            state: Mutex::new(State {
                next,
                ..State::default()
            }),
            connecting: tokio::sync::Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection in use, or a new one.
    pub(super) async fn connection(&self) -> Result<Arc<Connection>, Fault> {
        let present = self.state().connection.clone();
        if let Some(connection) = present {
            return Ok(connection);
        }
        let _one_at_a_time = self.connecting.lock().await;
        let (index, number) = {
            let mut state = self.state();
            if let Some(connection) = &state.connection {
                return Ok(connection.clone());
            }
            state.number += 1;
            (state.next % self.endpoints.len(), state.number)
        };
        let endpoint = &self.endpoints[index];
        // Without a user this sends nothing yet: it connects with the first call.
        // Boxed: it is large, and would make every call's future as large.
        let connect = Box::pin(Client::connect([endpoint], Some(self.options.clone())));
        let connected = match timeout(FIRST, connect).await {
            Ok(Ok(client)) => Ok(client),
            Ok(Err(error)) => Err(Fault::of(&error, endpoint)),
            Err(_) => Err(Fault::new(Kind::Unreached, Fault::late(endpoint, FIRST).reason)),
        };
        let client = connected.inspect_err(|_| self.state().next += 1)?;
        let connection = Arc::new(Connection {
            kv: client.kv_client().max_decoding_message_size(LARGEST),
            watch: client.watch_client().max_decoding_message_size(LARGEST),
            lease: client.lease_client(),
            endpoint: endpoint.clone(),
            number,
            proven: AtomicBool::new(false),
        });
        self.state().connection = Some(connection.clone());
        Ok(connection)
    }

    /// Takes the next member from now on, unless another caller saw to it already.
    pub(super) fn failed(&self, connection: &Connection) {
        let mut state = self.state();
        if state
            .connection
            .as_ref()
            .is_some_and(|present| present.number == connection.number)
        {
            state.connection = None;
            state.next += 1;
        }
    }

    /// One call on `connection`, within its deadline.
    pub(super) async fn on<T>(
        &self,
        connection: &Connection,
        deadline: Duration,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Fault> {
        let deadline = if connection.proven.load(Ordering::Relaxed) {
            deadline
        } else {
            deadline.max(FIRST)
        };
        let fault = match timeout(deadline, call).await {
            Ok(Ok(answer)) => {
                connection.proven.store(true, Ordering::Relaxed);
                return Ok(answer);
            }
            Ok(Err(error)) => Fault::of(&error, &connection.endpoint),
            Err(_) => Fault::late(&connection.endpoint, deadline),
        };
        if fault.is_of_the_link() {
            self.failed(connection);
        }
        Err(fault)
    }

    /// One attempt at a call, on the present connection.
    pub(super) async fn attempt<T, F: Future<Output = Result<T, Error>>>(
        &self,
        deadline: Duration,
        call: impl FnOnce(Arc<Connection>) -> F,
    ) -> Result<T, Fault> {
        let connection = self.connection().await?;
        self.on(&connection, deadline, call(connection.clone())).await
    }

    /// A call that may be made twice, with as many attempts as make sense.
    pub(super) async fn repeat<T, F: Future<Output = Result<T, Error>>>(
        &self,
        deadline: Duration,
        call: impl Fn(Arc<Connection>) -> F,
    ) -> Result<T, Fault> {
        let mut attempts = self.attempts();
        loop {
            match self.attempt(deadline, &call).await {
                Err(fault) if attempts.another(&fault).await => {}
                result => return result,
            }
        }
    }

    /// A fresh count of attempts.
    pub(super) fn attempts(&self) -> Attempts {
        Attempts {
            members: self.endpoints.len(),
            unreached: 0,
            until: Instant::now() + PATIENCE,
        }
    }
}

/// How long to go on.
pub(super) struct Attempts {
    members: usize,
    unreached: usize,
    until: Instant,
}

impl Attempts {
    /// Whether to try again after `fault`; waits a moment where that helps.
    pub(super) async fn another(&mut self, fault: &Fault) -> bool {
        match fault.kind {
            // Each member once: a person who mistyped a port is told at once, and an agent tries again by itself.
            Kind::Unreached => {
                self.unreached += 1;
                self.unreached < self.members
            }
            Kind::NotNow | Kind::Unsure if Instant::now() < self.until => {
                self.unreached = 0;
                sleep(PAUSE).await;
                true
            }
            _ => false,
        }
    }
}
