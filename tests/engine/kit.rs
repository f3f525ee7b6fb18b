//! What the tests share: an application on a scratch host, its steps, and waiting for levels.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use khor::engine::{Context, Engine, Engines, Observations, Observed, Outcome, Shared, Watcher};
use khor::role::RoleStep;
use khor::store::Memory;
use khor::topology::{Action, FileAction, FileState};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The longest that any condition may take to come true on a busy machine.
pub const LONG: Duration = Duration::from_mins(1);

pub struct Host {
    pub folder: Utf8PathBuf,
    pub store: Memory,
    pub engines: Engines<Memory>,
    _scratch: TempDir,
}

impl Host {
    pub fn new() -> Self {
        Self::with(Watcher::new(), false)
    }

    /// With a root of its own, `ROOT` in the scratch folder.
    pub fn rooted() -> Self {
        Self::with(Watcher::new(), true)
    }

    pub fn with(watcher: Watcher, rooted: bool) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        // The true name, as events have it.
        let folder = Utf8Path::from_path(scratch.path())
            .unwrap()
            .canonicalize_utf8()
            .unwrap();
        let store = Memory::new();
        let root = rooted.then(|| folder.join("ROOT"));
        let shared = Shared::with(watcher);
        let context = Context::open("app", "host", root.as_deref(), &folder.join("state"), &shared).unwrap();
        Self {
            engines: Engines::new(context, store.clone()),
            store,
            folder,
            _scratch: scratch,
        }
    }

    /// Another agent on the same state, as after a restart.
    pub fn restarted(&self) -> Engines<Memory> {
        let context = Context::open("app", "host", None, &self.folder.join("state"), &Shared::new()).unwrap();
        Engines::new(context, self.store.clone())
    }

    pub async fn look(&self, step: &RoleStep) -> Observed {
        self.engines.look(step).await
    }

    pub async fn apply(&self, step: &RoleStep) -> Outcome {
        self.engines.apply(step, LONG, CancellationToken::new()).await
    }

    /// Applies, and asks that it went well and is now reached.
    pub async fn reach(&self, step: &RoleStep) {
        let outcome = self.apply(step).await;
        assert!(outcome.ok, "{outcome:?}");
        assert_eq!(self.look(step).await, Observed::Reached);
    }

    /// Applies, and asks that it fails with a message that has these words.
    pub async fn refuse(&self, step: &RoleStep, words: &str) {
        let outcome = self.apply(step).await;
        assert!(!outcome.ok && outcome.message.contains(words), "{outcome:?}");
    }
}

/// A step `node.create` that does `apply`, and checks `check`.
pub fn step(check: Option<Action>, apply: Option<Action>) -> RoleStep {
    RoleStep {
        check,
        apply,
        ..RoleStep::new("node", "create", "d1")
    }
}

/// A step of the file engine, its own check.
pub fn file_step(action: FileAction) -> RoleStep {
    step(Some(Action::File(action.clone())), Some(Action::File(action)))
}

pub fn a_file(path: impl Into<Utf8PathBuf>, state: FileState) -> FileAction {
    FileAction {
        path: path.into(),
        state,
        ..FileAction::default()
    }
}

pub fn content(path: impl Into<Utf8PathBuf>, content: &str) -> FileAction {
    FileAction {
        path: path.into(),
        content: Some(content.to_owned()),
        ..FileAction::default()
    }
}

/// Waits until the level is one that `fits`.
pub async fn until(observed: &mut Observations, mut fits: impl FnMut(&Observed) -> bool) {
    let last = observed.level.clone();
    let waited = tokio::time::timeout(LONG, observed.level.wait_for(|sight| fits(&sight.seen))).await;
    assert!(waited.is_ok(), "the level stayed {:?}", *last.borrow());
}

pub fn is_reached(level: &Observed) -> bool {
    *level == Observed::Reached
}

pub fn is_not_reached(level: &Observed) -> bool {
    matches!(level, Observed::NotReached(_))
}

/// Waits until a condition holds that nothing tells of.
pub async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + LONG;
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
