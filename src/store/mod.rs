//! Keys with watches, leases and transactions: memory, sqlite (embedded, the default), etcd (many hosts).

mod any;
mod before;
mod check;
#[cfg(feature = "etcd")]
mod etcd;
mod farewell;
mod journal;
mod memory;
mod model;
mod publish;
mod sqlite;
mod watch;
mod wish;

pub use any::AnyStore;
pub use before::{Before, read_roles};
#[cfg(feature = "etcd")]
pub use etcd::Etcd;
pub use farewell::{Asked, Farewell, Speaker, ask, leave, unassign};
pub use memory::Memory;
pub use model::{
    Commit, Compare, Lease, LeaseId, Listing, Operation, Pair, Revision, Store, StoreError, Target,
    Transaction,
};
pub use publish::{
    Publication, PublishError, Published, ReadError, generations, publish, read_blob, read_current, read_role,
};
pub use sqlite::Sqlite;
pub use watch::{Change, Watch, WatchEvent};
pub use wish::{Paused, Scope, pause, retry};
