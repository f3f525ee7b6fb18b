//! Keys with watches, leases and transactions: memory, sqlite (embedded, the default), etcd (many hosts).

mod model;
mod watch;

pub use model::{
    Commit, Compare, Lease, LeaseId, Listing, Operation, Pair, Revision, Store, StoreError, Target,
    Transaction,
};
pub use watch::{Change, Watch, WatchEvent};
