//! How an application stands: what its current roles ask for, against what the agents tell.

use std::collections::HashMap;

use serde::Serialize;

use super::forecast::Forecast;
use crate::cli::words::{now_ms, paused};
use crate::role::{
    AgentRecord, Assignment, Goal, NodeState, Pause, Role, RoleStep, StepRef, StepState, StepStatus, keys,
    node_state,
};
use crate::store::{AnyStore, Pair, ReadError, Store, StoreError, read_current, read_role};
use crate::topology::Weaving;

/// One application at one moment. Also the JSON of `khor status --format json`.
#[derive(Debug, Serialize)]
pub struct Survey {
    /// The application's name.
    pub application: String,
    /// The generation that is played.
    pub generation: u64,
    /// What is asked for.
    pub goal: Goal,
    /// Nothing new starts on any host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// Whether every step is reached and every host's agent is there to keep it so.
    pub converged: bool,
    /// The number of steps to be reached.
    pub steps: usize,
    /// The number of those that are.
    pub reached: usize,
    /// How long it takes yet; none where nothing tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// Its hosts, by name.
    pub hosts: Vec<HostView>,
    /// Where each step stands in `hosts`: host and node.
    #[serde(skip)]
    index: HashMap<StepRef, (usize, usize)>,
}

/// One host's part.
#[derive(Debug, Serialize)]
pub struct HostView {
    /// Its name.
    pub host: String,
    /// Who plays it; none: no agent runs there, or it died.
    pub agent: Option<AgentRecord>,
    /// Nothing new starts on this host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// Why the agent does not play this generation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What is wrong with its role document in the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Its nodes, in the order of the role.
    pub nodes: Vec<NodeView>,
}

/// One node.
#[derive(Debug, Serialize)]
pub struct NodeView {
    /// Its name.
    pub node: String,
    /// Its state; of a host without an agent, the last one told.
    pub state: NodeState,
    /// Since when, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// Its steps, in the order of its life.
    pub steps: Vec<StepView>,
}

/// One step.
#[derive(Clone, Debug, Serialize)]
pub struct StepView {
    /// Its name.
    pub step: String,
    /// Its operation.
    pub operation: String,
    /// What its host tells of it; a step that nothing was told of is waiting.
    #[serde(flatten)]
    pub state: StepState,
    /// The revision of that; none: nothing was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// How another version of it was told to stand, where nothing was told of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_version: Option<StepStatus>,
    /// The steps it waits for.
    #[serde(skip)]
    pub guards: Vec<StepRef>,
    /// Whether there is anything to do for it.
    #[serde(skip)]
    pub has_do: bool,
}

impl Survey {
    /// Reads how `application` stands; none if nothing of that name was published.
    pub async fn read(store: &AnyStore, application: &str) -> Result<Option<Self>, ReadError> {
        let Some(current) = read_current(store, application).await? else {
            return Ok(None);
        };
        let mut states = HashMap::new();
        for pair in store.list(&keys::states(application)).await?.pairs {
            let named = keys::state_parts(application, &pair.key);
            if let (Some((host, step)), Ok(state)) = (named, serde_json::from_slice::<StepState>(&pair.value))
            {
                states.insert(StepRef { host, step }, (state, pair.mod_revision));
            }
        }
        let mut survey = Self {
            application: application.to_owned(),
            generation: current.generation,
            goal: current.goal,
            pause: read_pause(store, &keys::pause(application)).await?,
            converged: false,
            steps: 0,
            reached: 0,
            forecast: None,
            hosts: Vec::new(),
            index: HashMap::new(),
        };
        for host in &current.hosts {
            let agent = store
                .get(&keys::agent(host))
                .await?
                .and_then(|pair| agent_record(&pair));
            let refused = agent
                .as_ref()
                .and_then(|agent| agent.refused.get(application).cloned());
            let mut view = HostView {
                host: host.clone(),
                agent,
                pause: read_pause(store, &keys::host_pause(host)).await?,
                refused,
                fault: None,
                nodes: Vec::new(),
            };
            match read_role(store, application, current.generation, host).await {
                Ok(role) => survey.add_role(&mut view, &role, &states),
                Err(ReadError::Document(fault)) => view.fault = Some(fault.to_string()),
                Err(error) => return Err(error),
            }
            survey.hosts.push(view);
        }
        survey.converged = survey.steps == survey.reached
            && survey
                .hosts
                .iter()
                .all(|host| host.agent.is_some() && host.refused.is_none() && host.fault.is_none());
        survey.forecast = Forecast::of(&survey, now_ms());
        Ok(Some(survey))
    }

    fn add_role(&mut self, view: &mut HostView, role: &Role, states: &Told) {
        let mut places: HashMap<&str, usize> = HashMap::new();
        for step in role.steps.iter().filter(|step| step.is_for(self.goal)) {
            let place = *places.entry(&step.node).or_insert_with(|| {
                let node = step.node.clone();
                view.nodes.push(NodeView {
                    node,
                    state: NodeState::Initial,
                    since: None,
                    steps: Vec::new(),
                });
                view.nodes.len() - 1
            });
            let named = StepRef {
                host: view.host.clone(),
                step: step.name.clone(),
            };
            let step_view = step_view(role, step, states.get(&named));
            self.steps += 1;
            self.reached += usize::from(step_view.state.status == StepStatus::Reached);
            self.index.insert(named, (self.hosts.len(), place));
            view.nodes[place].steps.push(step_view);
        }
        for node in &mut view.nodes {
            node.settle(role.weaving, self.goal);
        }
    }

    /// The step of this reference.
    pub fn step(&self, named: &StepRef) -> Option<&StepView> {
        let &(host, node) = self.index.get(named)?;
        self.hosts[host].nodes[node]
            .steps
            .iter()
            .find(|step| step.step == named.step)
    }

    /// In words, that what is still to be started waits for the end of a pause: of the application, and of each host that
    /// `concerned` holds for.
    pub fn waits_for_resume(&self, now: u64, concerned: impl Fn(&str) -> bool) -> Vec<String> {
        let name = &self.application;
        let of_application = self.pause.iter().map(|pause| (name, name.clone(), pause));
        let hosts = self.hosts.iter().filter(|host| concerned(&host.host));
        let of_hosts = hosts.filter_map(|HostView { host, pause, .. }| {
            Some((host, format!("--host {host}"), pause.as_ref()?))
        });
        let words = |(name, arguments, pause): (&String, String, &Pause)| {
            let paused = paused(pause, now);
            format!("{name} is {paused}: what is still to start waits for `khor resume {arguments}`")
        };
        of_application.chain(of_hosts).map(words).collect()
    }

    /// Every step with its host, in the order of hosts and roles.
    pub fn all_steps(&self) -> impl Iterator<Item = (&HostView, &StepView)> {
        self.hosts.iter().flat_map(|host| {
            host.nodes
                .iter()
                .flat_map(move |node| node.steps.iter().map(move |step| (host, step)))
        })
    }

    /// The step of this name, or all steps of the node of this name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = (&HostView, &StepView)> {
        let is_step = self.all_steps().any(|(_, step)| step.step == name);
        let nodes = self
            .hosts
            .iter()
            .flat_map(|host| host.nodes.iter().map(move |node| (host, node)));
        nodes.flat_map(move |(host, node)| {
            let is_named = move |step: &&StepView| {
                if is_step {
                    step.step == name
                } else {
                    node.node == name
                }
            };
            node.steps.iter().filter(is_named).map(move |step| (host, step))
        })
    }

    /// The view of a host.
    pub fn host(&self, name: &str) -> Option<&HostView> {
        self.hosts.iter().find(|host| host.host == name)
    }

    /// What keeps a waiting step waiting, in words: its first guard that is not reached.
    pub fn waits_for(&self, step: &StepView) -> Option<String> {
        let open = |guard: &&StepRef| {
            self.step(guard)
                .is_none_or(|step| step.state.status != StepStatus::Reached)
        };
        let mut open = step.guards.iter().filter(open);
        let first = open.next()?;
        let more = match open.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!("waits for {} on {}{more}", first.step, first.host))
    }
}

impl NodeView {
    fn settle(&mut self, weaving: Weaving, goal: Goal) {
        let told = |step: &StepView| (step.state.since > 0).then_some(step.state.status);
        self.state = node_state(
            weaving,
            self.steps
                .iter()
                .map(|step| (step.operation.as_str(), told(step))),
        );
        let is_done = self
            .steps
            .iter()
            .all(|step| step.state.status == StepStatus::Reached);
        if goal == Goal::Absent && is_done {
            self.state = NodeState::Deleted;
        }
        self.since = self
            .steps
            .iter()
            .map(|step| step.state.since)
            .filter(|&since| since > 0)
            .max();
    }
}

/// What was told, with the revisions of it.
type Told = HashMap<StepRef, (StepState, u64)>;

fn step_view(role: &Role, step: &RoleStep, told: Option<&(StepState, u64)>) -> StepView {
    let local = step
        .guards
        .iter()
        .filter_map(|&guard| role.steps.get(guard as usize));
    let local = local.map(|guard| StepRef {
        host: role.host.clone(),
        step: guard.name.clone(),
    });
    let cues = step.cues.iter().filter_map(|&cue| role.cues.get(cue as usize));
    let cues = cues.map(|cue| StepRef {
        host: cue.host.clone(),
        step: cue.step.clone(),
    });
    let told_now = told.filter(|(state, _)| state.digest == step.digest);
    let untold = || {
        let mut state = StepState::new(&step.digest, StepStatus::Waiting, 0);
        // How long its do takes is known from the version before.
        state.history.took = told
            .map(|(state, _)| state.history.took.clone())
            .unwrap_or_default();
        state
    };
    StepView {
        step: step.name.clone(),
        operation: step.operation.clone(),
        state: told_now.map_or_else(untold, |(state, _)| state.clone()),
        revision: told_now.map(|(_, revision)| *revision),
        other_version: told.filter(|_| told_now.is_none()).map(|(state, _)| state.status),
        guards: cues.chain(local).collect(),
        has_do: step.apply.is_some(),
    }
}

async fn read_pause(store: &AnyStore, key: &str) -> Result<Option<Pause>, StoreError> {
    let pair = store.get(key).await?;
    Ok(pair.map(|pair| Pause::read(&pair.value)))
}

fn agent_record(pair: &Pair) -> Option<AgentRecord> {
    serde_json::from_slice(&pair.value).ok()
}

/// The names of all applications that have, or had, a role for any host; sorted.
pub async fn applications(store: &AnyStore) -> Result<Vec<String>, StoreError> {
    let pairs = store.list(&keys::hosts()).await?.pairs;
    let assigned = pairs
        .iter()
        .filter(|pair| serde_json::from_slice::<Assignment>(&pair.value).is_ok());
    let mut names: Vec<_> = assigned
        .filter_map(|pair| keys::assigned_application(&pair.key))
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}
