//! Opening the database: its folder, its file, its tables, and what can be wrong with them in plain words.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Error, ErrorCode, OpenFlags, TransactionBehavior};

use crate::store::StoreError;

/// Marks the file as khor's ("khor" in ASCII); `file` and `sqlite3` show it.
const APPLICATION: i32 = 0x6b68_6f72;
/// The tables' version. A file with a higher one is refused.
const VERSION: i32 = 1;
/// How long a transaction waits for another process that holds the lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// `deadline` of a lease is on the machine's monotonic clock, in ms: wall clocks jump. `changes` is the log that watches
/// resume from; its `value` is null for a deletion. `clock` is one row: the last revision, the last one that the log has
/// forgotten, and the bytes that the log holds. Revisions begin at the time of making, in ms, so that those of a database
/// that was deleted and made again are higher than the old ones, and nobody resumes from one of a former life.
const TABLES: &str = "
    CREATE TABLE clock (
        id INTEGER PRIMARY KEY CHECK (id = 0),
        revision INTEGER NOT NULL, forgotten INTEGER NOT NULL, bytes INTEGER NOT NULL
    );
    INSERT INTO clock SELECT 0, now, now, 0 FROM (SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now);
    CREATE TABLE pairs (
        key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL,
        created INTEGER NOT NULL, modified INTEGER NOT NULL, lease INTEGER
    );
    CREATE INDEX pairs_by_lease ON pairs (lease) WHERE lease IS NOT NULL;
    CREATE TABLE changes (
        revision INTEGER NOT NULL, key TEXT NOT NULL, value BLOB,
        created INTEGER NOT NULL, previous BLOB, PRIMARY KEY (revision, key)
    );
    CREATE TABLE leases (
        id INTEGER PRIMARY KEY AUTOINCREMENT, ttl INTEGER NOT NULL, deadline INTEGER NOT NULL
    );
";

/// What a failed call means to a person.
#[derive(Clone, Debug)]
pub(super) struct Words {
    url: String,
}

impl Words {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.into() }
    }

    pub(super) fn refused(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Refused {
            url: self.url.clone(),
            reason: reason.into(),
        }
    }

    pub(super) fn unavailable(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Unavailable {
            url: self.url.clone(),
            reason: reason.into(),
        }
    }

    fn io(&self, what: &str, path: &Path, error: &io::Error) -> StoreError {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => self.refused(format!(
                "no permission to {what} `{path}`; name a place that this user may write to, as in `--store sqlite:PATH`"
            )),
            _ => self.unavailable(format!("cannot {what} `{path}`: {error}")),
        }
    }

    /// What `SQLite` says, for a person.
    pub(super) fn explain(&self, error: &Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => self.unavailable(format!(
                "another process has kept the database locked for {} s; see who has the file open",
                PATIENCE.as_secs()
            )),
            Some(ErrorCode::NotADatabase) => self.refused(
                "the file is not a database; name another path, or move the file away and publish again",
            ),
            Some(ErrorCode::DatabaseCorrupt) => self.refused(
                "the database is damaged; move the file away (with its `-wal` and `-shm`) and publish again",
            ),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => self.refused(
                "the database cannot be written; the user needs write permission to the file and to its directory",
            ),
            Some(ErrorCode::CannotOpen) => self.refused(
                "the database cannot be opened; the user needs read and write permission to the file and to its directory",
            ),
            Some(ErrorCode::DiskFull) => self.unavailable("the disk is full; free some space, khor tries again"),
            Some(ErrorCode::OutOfMemory) => self.unavailable("there is no memory left"),
            _ => self.unavailable(format!("the database failed: {error}")),
        }
    }
}

/// Makes the folder and the file if they are missing, for this user only: a writer of the store can make hosts run
/// commands.
pub(super) fn prepare(path: &Path, words: &Words) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(folder)
            .map_err(|error| words.io("make the directory", folder, &error))?;
    }
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            return Err(words.refused(format!(
                "`{0}` is a directory; name a file, as in `sqlite:{0}/store.db`",
                path.display()
            )));
        }
        Ok(found) => {
            if !found.is_file() {
                return Err(words.refused(format!("`{}` is no regular file", path.display())));
            }
            warn_if_open(path, &found);
        }
        Err(_) => private_file(path).map_err(|error| words.io("make the file", path, &error))?,
    }
    Ok(())
}

/// Makes a file for this user only; leaves one alone that is there.
pub(super) fn private_file(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn warn_if_open(path: &Path, found: &fs::Metadata) {
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(found) & 0o022 != 0 {
        let path = path.display();
        tracing::warn!(
            "others may write to the store {path}, and so make this host run commands: chmod 600 it"
        );
    }
    #[cfg(not(unix))]
    let _ = (path, found);
}

/// A connection to a database that [`prepare`] was called for, with its tables made.
pub(super) fn connect(path: &Path, words: &Words) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| words.explain(&error))?;
    settle(&mut connection, words)?;
    Ok(connection)
}

fn settle(connection: &mut Connection, words: &Words) -> Result<(), StoreError> {
    let explain = |error: Error| words.explain(&error);
    connection.busy_handler(Some(wait_for_lock)).map_err(explain)?;
    // The first read tells whether it is a database at all.
    let empty = is_empty(connection).map_err(explain)?;
    // Read after the tables, for they and the stamps come together, maybe just now.
    let (application, version) = stamps(connection).map_err(explain)?;
    if application != APPLICATION && !empty {
        return Err(words.refused("the file is a database of another program; name another path"));
    }
    if version > VERSION {
        return Err(words.refused(format!(
            "a newer khor wrote this database (version {version} of its tables, this khor knows {VERSION}); use that khor"
        )));
    }
    patiently(|| connection.pragma_update(None, "journal_mode", "WAL")).map_err(explain)?;
    // WAL with NORMAL keeps the database whole through a power cut, but may lose the last transactions then. All who saw
    // them ran on this machine, and what they know is read anew after a boot.
    connection
        .pragma_update(None, "synchronous", "NORMAL")
        .map_err(explain)?;
    // 1 MiB instead of 2: an agent is to stay small.
    connection
        .pragma_update(None, "cache_size", -1024)
        .map_err(explain)?;
    // A write-ahead log that once grew is cut back.
    connection
        .pragma_update(None, "journal_size_limit", 8 << 20)
        .map_err(explain)?;
    if version < VERSION {
        make_tables(connection).map_err(explain)?;
    }
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

/// Tries again while another process has the lock. `SQLite` does not wait by itself where two that read want to become
/// writers of a journal of another kind: it refuses both at once.
fn patiently<T>(mut work: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let begun = Instant::now();
    loop {
        match work() {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_micros(fastrand::u64(100..2000)));
            }
            ended => return ended,
        }
    }
}

fn stamps(connection: &Connection) -> rusqlite::Result<(i32, i32)> {
    let read = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok((read("application_id")?, read("user_version")?))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        row.get::<_, i64>(0).map(|tables| tables == 0)
    })
}

fn make_tables(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been first.
    if stamps(&transaction)?.1 < VERSION {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()
}

/// Waits for a lock: first in short steps, since transactions take some 50 µs, then 1 ms each. `SQLite`'s own steps grow
/// to 100 ms, which a hop between two processes would feel.
fn wait_for_lock(tries: i32) -> bool {
    let step = if tries < 20 { 50 } else { 1000 };
    std::thread::sleep(Duration::from_micros(step));
    u128::try_from(tries).is_ok_and(|tries| tries < PATIENCE.as_millis())
}
