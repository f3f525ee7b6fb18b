//! A store, some hosts, and agents that play in this process.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use khor::agent::{Agent, Options, Shutdown};
use khor::engine::Shared;
use khor::role::{Cue, FORMAT, Goal, Role, RoleStep, StepState, StepStatus, keys, step_digest};
use khor::store::{AnyStore, Publication, Published, Store, publish};
use khor::topology::{Action, FileAction, Weaving};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// The longest that anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const APP: &str = "app";

/// A step for a host: its name, and what it waits for.
pub struct Line(pub &'static str, pub &'static str, pub &'static [&'static str]);

/// A small application over two hosts: on each, some files that wait for each other.
pub const SAMPLE: [Line; 8] = [
    Line("f.create", "bsd1", &[]),
    Line("a.create", "chromebook", &["f.create"]),
    Line("b.create", "chromebook", &["f.create", "a.create"]),
    Line("d.create", "chromebook", &[]),
    Line("c.create", "chromebook", &["d.create", "f.create"]),
    Line("e.create", "chromebook", &["a.create"]),
    Line("h.create", "bsd1", &[]),
    Line("g.create", "bsd1", &["b.create", "d.create", "h.create"]),
];

pub fn file(path: &str) -> Action {
    Action::File(FileAction {
        path: path.into(),
        content: Some(format!("{path}\n")),
        ..FileAction::default()
    })
}

/// Roles of steps that each stand for the file `/<name>` on their host. Lines come after those they wait for.
pub fn roles(lines: &[Line]) -> Vec<Role> {
    roles_with(lines, |line| {
        let action = file(&format!("/{}", line.0));
        (Some(action.clone()), Some(action))
    })
}

pub fn roles_with(lines: &[Line], actions: impl Fn(&Line) -> (Option<Action>, Option<Action>)) -> Vec<Role> {
    let mut roles: BTreeMap<&str, Role> = BTreeMap::new();
    let mut places: BTreeMap<&str, (&str, u32, String)> = BTreeMap::new();
    for line in lines {
        let Line(name, host, after) = line;
        let role = roles.entry(host).or_insert_with(|| Role {
            format: FORMAT,
            application: APP.into(),
            generation: 0,
            host: (*host).into(),
            weaving: Weaving::Layered,
            steps: Vec::new(),
            cues: Vec::new(),
        });
        let (check, apply) = actions(line);
        let digest = step_digest(check.as_ref(), apply.as_ref(), &BTreeMap::new(), None, &[]);
        let (mut guards, mut cues) = (Vec::new(), Vec::new());
        for before in *after {
            let (place, index, digest) = &places[before];
            if place == host {
                guards.push(*index);
                continue;
            }
            let cue = Cue {
                host: (*place).into(),
                step: (*before).into(),
                digest: digest.clone(),
                only_present: false,
            };
            let known = role.cues.iter().position(|other| *other == cue);
            let index = known.unwrap_or_else(|| {
                role.cues.push(cue);
                role.cues.len() - 1
            });
            cues.push(u32::try_from(index).unwrap());
        }
        guards.sort_unstable();
        cues.sort_unstable();
        let index = u32::try_from(role.steps.len()).unwrap();
        places.insert(name, (host, index, digest.clone()));
        role.steps.push(RoleStep {
            name: (*name).into(),
            check,
            apply,
            guards,
            cues,
            awaited: true,
            ..RoleStep::new(name.split('.').next().unwrap(), "create", &digest)
        });
    }
    roles.into_values().collect()
}

pub struct Theater {
    pub store: AnyStore,
    pub folder: Utf8PathBuf,
    _temporary: tempfile::TempDir,
    /// Number of state directories, so that a second agent of a host can have another one.
    pub ttl: Duration,
}

pub struct Playing {
    pub shutdown: Shutdown,
    task: JoinHandle<()>,
}

impl Playing {
    /// Asks the agent to end and waits until it has.
    pub async fn stop(self) {
        self.shutdown.stop.cancel();
        self.task.await.expect("the agent does not panic");
    }

    /// What a crash is to the store: nothing more is heard, the lease is not given back.
    pub async fn crash(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

impl Theater {
    pub async fn new() -> Self {
        Self::with(AnyStore::open("memory:").await.unwrap())
    }

    pub fn with(store: AnyStore) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        Self {
            store,
            folder: Utf8Path::from_path(temporary.path()).unwrap().to_owned(),
            _temporary: temporary,
            ttl: Duration::from_secs(10),
        }
    }

    pub fn root(&self, host: &str) -> Utf8PathBuf {
        self.folder.join("roots").join(host)
    }

    pub fn agent(&self, host: &str) -> Playing {
        self.agent_in(host, "state")
    }

    pub fn agent_in(&self, host: &str, state: &str) -> Playing {
        let options = Options {
            root: Some(self.root(host)),
            ttl: self.ttl,
            ..Options::new(host, self.folder.join(state))
        };
        // A child that another test forks just now holds a copy of the crashed agent's lock until it executes.
        let mut agent = None;
        crate::support::wait_until("the state directory is free", || {
            let opened = Agent::open(self.store.clone(), options.clone(), Shared::new());
            agent = opened
                .inspect_err(|error| assert!(error.to_string().contains("another agent"), "{error}"))
                .ok();
            agent.is_some()
        });
        let agent = agent.expect("just opened");
        let shutdown = Shutdown::default();
        let task = tokio::spawn(agent.run(shutdown.clone()));
        Playing { shutdown, task }
    }

    pub async fn publish(&self, roles: &[Role]) -> u64 {
        let publication = Publication {
            application: APP,
            goal: Goal::Present,
            roles,
            blobs: &BTreeMap::new(),
            outputs: &BTreeMap::new(),
            draft: None,
            against: None,
        };
        let published = publish(&self.store, &publication).await.unwrap();
        match published {
            Published::New { generation, .. } | Published::Unchanged { generation } => generation,
        }
    }

    /// All states in the store, by step.
    pub async fn states(&self) -> BTreeMap<String, StepState> {
        let listing = self.store.list(&keys::states(APP)).await.unwrap();
        let pairs = listing.pairs.iter();
        pairs
            .map(|pair| {
                let (_, step) = keys::state_parts(APP, &pair.key).unwrap();
                (step, serde_json::from_slice(&pair.value).unwrap())
            })
            .collect()
    }

    pub async fn until_states(&self, what: &str, done: impl Fn(&BTreeMap<String, StepState>) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let states = self.states().await;
            if done(&states) {
                return;
            }
            assert!(Instant::now() < deadline, "{what}: {states:#?}");
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until all these steps are told as reached, and their files are there.
    pub async fn until_converged(&self, lines: &[Line]) {
        self.until_states("not converged", |states| {
            let reached = |line: &Line| {
                states
                    .get(line.0)
                    .is_some_and(|state| state.status == StepStatus::Reached)
            };
            lines.iter().all(reached)
        })
        .await;
        for Line(name, host, _) in lines {
            assert!(self.root(host).join(name).exists(), "{name} is told as reached");
        }
    }
}

/// Waits for something on this machine.
pub async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "{what}");
        sleep(Duration::from_millis(1)).await;
    }
}
