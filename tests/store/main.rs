//! What a store promises, held against each of the three: the nine promises of a watch, transactions, leases, lists;
//! then what is particular to one of them: two processes on one sqlite file, etcd members that die, freeze and forget.

#[path = "../support/mod.rs"]
mod support;

mod contract;
#[cfg(feature = "etcd")]
mod etcd;
mod sqlite;
mod world;
