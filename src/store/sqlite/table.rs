//! The statements: everything that reads or writes the tables.

use std::collections::BTreeMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, Row, TransactionBehavior, params};
use rustix::time::{ClockId, clock_gettime};

use crate::store::check::end_of_prefix;
use crate::store::journal::{HISTORY, HISTORY_BYTES};
use crate::store::{Change, Listing, Operation, Pair, Revision, Transaction};

/// Behind every key: no UTF-8 has such a byte.
const BEHIND_ALL: &[u8] = &[0xff];

/// What a write did.
pub(super) enum Written {
    /// A comparison did not hold.
    Conflict,
    /// A put names a lease that has ended.
    NoLease,
    /// These changes, at this revision (the present one if there are none).
    Done(Revision, Vec<Change>),
}

/// The machine's monotonic clock in ms: the same for all processes, it never jumps, it begins anew with a boot.
pub(super) fn now() -> i64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

fn revision_of(row: &Row<'_>, column: usize) -> Result<Revision> {
    Ok(row.get::<_, i64>(column)?.cast_unsigned())
}

fn pair_of(row: &Row<'_>) -> Result<Pair> {
    Ok(Pair {
        key: row.get(0)?,
        value: row.get(1)?,
        create_revision: revision_of(row, 2)?,
        mod_revision: revision_of(row, 3)?,
    })
}

/// The last revision.
pub(super) fn revision(connection: &Connection) -> Result<Revision> {
    connection
        .prepare_cached("SELECT revision FROM clock")?
        .query_row([], |row| revision_of(row, 0))
}

/// All pairs below the prefixes.
pub(super) fn list<'a>(
    connection: &mut Connection,
    prefixes: impl Iterator<Item = &'a str>,
) -> Result<Listing> {
    // One read transaction, so that pairs and revision are of the same moment.
    let transaction = connection.transaction()?;
    let mut listing = Listing {
        revision: revision(&transaction)?,
        ..Listing::default()
    };
    for prefix in prefixes {
        let mut select = transaction.prepare_cached(
            "SELECT key, value, created, modified FROM pairs
             WHERE key >= ?1 AND key < CAST(?2 AS TEXT) ORDER BY key",
        )?;
        let end = end_of_prefix(prefix);
        let rows = select.query_map(params![prefix, end.as_deref().unwrap_or(BEHIND_ALL)], pair_of)?;
        for pair in rows {
            listing.pairs.push(pair?);
        }
    }
    Ok(listing)
}

/// The pair of exactly this key.
pub(super) fn get(connection: &Connection, key: &str) -> Result<Option<Pair>> {
    connection
        .prepare_cached("SELECT key, value, created, modified FROM pairs WHERE key = ?1")?
        .query_row([key], pair_of)
        .optional()
}

/// A piece of the log: transactions, and the revision up to which these are all.
pub(super) type Page = (BTreeMap<Revision, Vec<Change>>, Revision);

/// Transactions of the log after `at`, the oldest first, and the revision they reach to. None if the log has forgotten
/// some of them, or if `at` lies in the future. At most about `limit` changes; a transaction is never cut.
pub(super) fn log(connection: &mut Connection, at: Revision, limit: usize) -> Result<Option<Page>> {
    let transaction = connection.transaction()?;
    let (latest, forgotten) = transaction
        .prepare_cached("SELECT revision, forgotten FROM clock")?
        .query_row([], |row| Ok((revision_of(row, 0)?, revision_of(row, 1)?)))?;
    if at < forgotten || at > latest {
        return Ok(None);
    }
    let mut past: BTreeMap<Revision, Vec<Change>> = BTreeMap::new();
    if at == latest {
        return Ok(Some((past, latest)));
    }
    let mut select = transaction.prepare_cached(
        "SELECT revision, key, value, created, previous FROM changes WHERE revision > ?1 ORDER BY revision, key",
    )?;
    let mut rows = select.query([at.cast_signed()])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let revision = revision_of(row, 0)?;
        if count >= limit && !past.contains_key(&revision) {
            return Ok(Some((past, revision - 1)));
        }
        count += 1;
        past.entry(revision).or_default().push(change_of(row, revision)?);
    }
    Ok(Some((past, latest)))
}

fn change_of(row: &Row<'_>, revision: Revision) -> Result<Change> {
    let key = row.get(1)?;
    let previous = row.get(4)?;
    Ok(match row.get(2)? {
        Some(value) => Change::Put {
            pair: Pair {
                key,
                value,
                create_revision: revision_of(row, 3)?,
                mod_revision: revision,
            },
            previous,
        },
        None => Change::Delete { key, previous },
    })
}

/// Carries out a transaction.
pub(super) fn commit(connection: &mut Connection, wanted: &Transaction) -> Result<Written> {
    // Immediate: a transaction that read first and then asked for the lock could be refused without waiting.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for compare in &wanted.compares {
        let found = transaction
            .prepare_cached("SELECT created, modified FROM pairs WHERE key = ?1")?
            .query_row([&compare.key], |row| {
                Ok((revision_of(row, 0)?, revision_of(row, 1)?))
            })
            .optional()?;
        if compare.target.of(found) != compare.equals {
            return Ok(Written::Conflict);
        }
    }
    let mut write = Write::begin(&transaction)?;
    for operation in &wanted.operations {
        match operation {
            Operation::Put { key, value, lease } => {
                let lease = lease.map(|lease| lease.0);
                if let Some(lease) = lease
                    && !has_lease(&transaction, lease)?
                {
                    return Ok(Written::NoLease);
                }
                write.put(key, value, lease)?;
            }
            Operation::Delete { key } => write.delete(
                "DELETE FROM pairs WHERE key = ?1 RETURNING key, value",
                params![key],
            )?,
            Operation::DeletePrefix { prefix } => {
                let end = end_of_prefix(prefix);
                write.delete(
                    "DELETE FROM pairs WHERE key >= ?1 AND key < CAST(?2 AS TEXT) RETURNING key, value",
                    params![prefix, end.as_deref().unwrap_or(BEHIND_ALL)],
                )?;
            }
        }
    }
    let (revision, changes) = write.conclude()?;
    transaction.commit()?;
    Ok(Written::Done(revision, changes))
}

fn has_lease(connection: &Connection, lease: i64) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM leases WHERE id = ?1")?
        .exists([lease])
}

/// The changes of one transaction, on their way into the tables and the log.
struct Write<'a> {
    connection: &'a Connection,
    revision: Revision,
    changes: Vec<Change>,
}

impl<'a> Write<'a> {
    fn begin(connection: &'a Connection) -> Result<Self> {
        Ok(Self {
            connection,
            revision: revision(connection)? + 1,
            changes: Vec::new(),
        })
    }

    fn statement(&self, text: &str) -> Result<CachedStatement<'a>> {
        self.connection.prepare_cached(text)
    }

    fn put(&mut self, key: &str, value: &[u8], lease: Option<i64>) -> Result<()> {
        let before = get(self.connection, key)?;
        let create_revision = before.as_ref().map_or(self.revision, |pair| pair.create_revision);
        self.statement(
            "INSERT INTO pairs (key, value, created, modified, lease) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (key) DO UPDATE SET value = ?2, modified = ?4, lease = ?5",
        )?
        .execute(params![
            key,
            value,
            create_revision.cast_signed(),
            self.revision.cast_signed(),
            lease
        ])?;
        self.changes.push(Change::Put {
            pair: Pair {
                key: key.into(),
                value: value.into(),
                create_revision,
                mod_revision: self.revision,
            },
            previous: before.map(|pair| pair.value),
        });
        Ok(())
    }

    fn delete(&mut self, text: &str, which: impl rusqlite::Params) -> Result<()> {
        let mut delete = self.statement(text)?;
        let gone = delete.query_map(which, |row| {
            Ok(Change::Delete {
                key: row.get(0)?,
                previous: Some(row.get(1)?),
            })
        })?;
        for change in gone {
            self.changes.push(change?);
        }
        Ok(())
    }

    /// Writes the log and moves the clock. Gives the present revision if nothing changed.
    fn conclude(self) -> Result<(Revision, Vec<Change>)> {
        if self.changes.is_empty() {
            return Ok((self.revision - 1, self.changes));
        }
        let revision = self.revision.cast_signed();
        let mut insert = self.statement(
            "INSERT INTO changes (revision, key, value, created, previous) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for change in &self.changes {
            match change {
                Change::Put { pair, previous } => {
                    let created = pair.create_revision.cast_signed();
                    insert.execute(params![revision, pair.key, pair.value, created, previous])?
                }
                Change::Delete { key, previous } => {
                    insert.execute(params![revision, key, None::<Vec<u8>>, 0, previous])?
                }
            };
        }
        let bytes: usize = self.changes.iter().map(Change::size).sum();
        let (forgotten, bytes) = self
            .statement("UPDATE clock SET revision = ?1, bytes = bytes + ?2 RETURNING forgotten, bytes")?
            .query_row(params![revision, bytes.cast_signed()], |row| {
                Ok((revision_of(row, 0)?, row.get::<_, i64>(1)?))
            })?;
        let kept = usize::try_from(self.revision - forgotten).unwrap_or(usize::MAX);
        let bytes = usize::try_from(bytes).unwrap_or(0);
        // A quarter more than the limit, so that it is trimmed now and then, not with every transaction.
        if kept > HISTORY + HISTORY / 4 || bytes > HISTORY_BYTES {
            let keep = if bytes > HISTORY_BYTES { kept / 2 } else { HISTORY };
            forget(self.connection, self.revision - keep as Revision)?;
        }
        Ok((self.revision, self.changes))
    }
}

/// Forgets the log up to and with `revision`.
pub(super) fn forget(connection: &Connection, revision: Revision) -> Result<()> {
    let revision = revision.cast_signed();
    connection.execute("DELETE FROM changes WHERE revision <= ?1", [revision])?;
    connection.execute(
        "UPDATE clock SET forgotten = max(forgotten, ?1), bytes = (SELECT coalesce(sum(
             length(CAST(key AS BLOB)) + coalesce(length(value), 0) + coalesce(length(previous), 0)), 0) FROM changes)",
        [revision],
    )?;
    Ok(())
}

/// A new lease.
pub(super) fn grant(connection: &Connection, ttl: i64) -> Result<i64> {
    connection
        .prepare_cached("INSERT INTO leases (ttl, deadline) VALUES (?1, ?2)")?
        .execute([ttl, now() + ttl])?;
    Ok(connection.last_insert_rowid())
}

/// Whether the lease still was there to be renewed.
pub(super) fn renew(connection: &Connection, lease: i64) -> Result<bool> {
    let now = now();
    let renewed = connection
        .prepare_cached("UPDATE leases SET deadline = ?2 + ttl WHERE id = ?1 AND deadline > ?2")?
        .execute([lease, now])?;
    Ok(renewed > 0)
}

/// When the next lease ends, by [`now`]'s clock.
pub(super) fn next_end(connection: &Connection) -> Result<Option<i64>> {
    // A deadline further away than its time to live is of an earlier boot, when the clock stood higher. Its holder ended
    // with that boot, so it is due at once.
    connection
        .prepare_cached("SELECT min(CASE WHEN deadline > ?1 + ttl THEN 0 ELSE deadline END) FROM leases")?
        .query_row([now()], |row| row.get(0))
}

/// Ends `lease`, or, if none is named, one that is due. None if there is no such.
pub(super) fn end_lease(
    connection: &mut Connection,
    lease: Option<i64>,
) -> Result<Option<(Revision, Vec<Change>)>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let ended: Option<i64> = transaction
        .prepare_cached(
            "DELETE FROM leases WHERE id = coalesce(?1,
                 (SELECT id FROM leases WHERE deadline <= ?2 OR deadline > ?2 + ttl LIMIT 1)) RETURNING id",
        )?
        .query_row(params![lease, now()], |row| row.get(0))
        .optional()?;
    let Some(ended) = ended else { return Ok(None) };
    let mut write = Write::begin(&transaction)?;
    write.delete("DELETE FROM pairs WHERE lease = ?1 RETURNING key, value", [ended])?;
    let written = write.conclude()?;
    transaction.commit()?;
    Ok(Some(written))
}
