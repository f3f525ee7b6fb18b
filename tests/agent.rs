//! Agents with real engines, files and stores, in one process.

#[path = "agent/binary.rs"]
mod binary;
#[path = "agent/process.rs"]
mod process;
mod support;
#[path = "agent/theater.rs"]
mod theater;

use khor::role::StepStatus;
use khor::role::keys;
use khor::store::{AnyStore, Store, Transaction};
use khor::topology::{Action, ProcessAction};

use theater::{APP, Line, SAMPLE, Theater, roles, until};

#[tokio::test]
async fn two_hosts_converge_in_either_order_of_start_on_every_store() {
    let etcd = support::Etcd::one();
    let folder = tempfile::tempdir().unwrap();
    for (round, order) in [["bsd1", "chromebook"], ["chromebook", "bsd1"]]
        .into_iter()
        .enumerate()
    {
        let sqlite = format!("sqlite:{}/store{round}.db", folder.path().display());
        if round > 0 {
            etcd.ctl(&["del", "--prefix", "/khor/"]);
        }
        for url in ["memory:", &sqlite, &etcd.url()] {
            converges_in_this_order(url, order).await;
        }
    }
}

async fn converges_in_this_order(url: &str, order: [&str; 2]) {
    {
        let theater = Theater::with(AnyStore::open(url).await.unwrap());
        theater.publish(&roles(&SAMPLE)).await;
        let first = theater.agent(order[0]);
        theater
            .until_states("the first has nothing to wait for", |states| !states.is_empty())
            .await;
        let second = theater.agent(order[1]);
        theater.until_converged(&SAMPLE).await;
        first.stop().await;
        second.stop().await;
        // The leases are given back at once.
        assert!(theater.store.get(&keys::agent("bsd1")).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn agents_may_come_before_the_application() {
    let theater = Theater::new().await;
    let agents = ["bsd1", "chromebook"].map(|host| theater.agent(host));
    theater.publish(&roles(&SAMPLE)).await;
    theater.until_converged(&SAMPLE).await;
    for agent in agents {
        agent.stop().await;
    }
}

#[tokio::test]
async fn a_deleted_file_is_back_and_the_heal_is_told() {
    let theater = Theater::new().await;
    theater.publish(&roles(&SAMPLE)).await;
    let _agents = ["bsd1", "chromebook"].map(|host| theater.agent(host));
    theater.until_converged(&SAMPLE).await;
    let file = theater.root("bsd1").join("f.create");
    for times in 1..=3 {
        std::fs::remove_file(&file).unwrap();
        until("the file comes back", || file.exists()).await;
        theater
            .until_states("the heal is told", |states| {
                let state = &states["f.create"];
                state.status == StepStatus::Reached && state.heals == times && state.healed.is_some()
            })
            .await;
    }
}

#[tokio::test]
async fn no_deletion_is_missed_however_soon_it_comes() {
    let theater = Theater::new().await;
    theater.publish(&roles(&SAMPLE[..1])).await;
    let file = theater.root("bsd1").join("f.create");
    let _agent = theater.agent("bsd1");
    for _ in 0..100 {
        until("the file comes back", || file.exists()).await;
        std::fs::remove_file(&file).unwrap();
    }
    until("the file comes back", || file.exists()).await;
}

#[tokio::test]
async fn a_new_generation_changes_what_changed_and_removes_what_is_gone() {
    let theater = Theater::new().await;
    theater.publish(&roles(&SAMPLE)).await;
    let _agents = ["bsd1", "chromebook"].map(|host| theater.agent(host));
    theater.until_converged(&SAMPLE).await;
    let before = theater.states().await;
    // Without g; two new ones, of which one waits for a step that nobody waited for before; f's file has another path.
    let mut next: Vec<Line> = SAMPLE.into_iter().take(7).collect();
    next.push(Line("i.create", "bsd1", &["f.create"]));
    next.push(Line("j.create", "chromebook", &["h.create"]));
    let roles = theater::roles_with(&next, |line| {
        let name = if line.0 == "f.create" { "f.moved" } else { line.0 };
        let action = theater::file(&format!("/{name}"));
        (Some(action.clone()), Some(action))
    });
    theater.publish(&roles).await;
    theater
        .until_states("the new generation is reached", |states| {
            let is_reached = |name: &str| {
                states
                    .get(name)
                    .is_some_and(|state| state.status == StepStatus::Reached)
            };
            is_reached("i.create")
                && is_reached("j.create")
                && states.values().all(|state| state.status == StepStatus::Reached)
                && states["f.create"].digest != before["f.create"].digest
                && !states.contains_key("g.create")
        })
        .await;
    assert!(theater.root("bsd1").join("f.moved").exists());
    let after = theater.states().await;
    assert_eq!(
        after["a.create"], before["a.create"],
        "what did not change is not done again"
    );
}

#[tokio::test]
async fn a_second_agent_of_the_same_host_waits() {
    let theater = Theater::new().await;
    theater.publish(&roles(&SAMPLE[..1])).await;
    let first = theater.agent_in("bsd1", "one");
    theater.until_converged(&SAMPLE[..1]).await;
    let record = || async { theater.store.get(&keys::agent("bsd1")).await.unwrap() };
    let before = record().await.unwrap();
    let second = theater.agent_in("bsd1", "two");
    // The second one plays nothing: what the first one heals is healed once.
    std::fs::remove_file(theater.root("bsd1").join("f.create")).unwrap();
    theater
        .until_states("the first heals", |states| states["f.create"].heals == 1)
        .await;
    assert_eq!(record().await.unwrap(), before);
    first.stop().await;
    theater
        .until_states("the second takes over and keeps the count", |states| {
            states["f.create"].heals == 1
        })
        .await;
    std::fs::remove_file(theater.root("bsd1").join("f.create")).unwrap();
    theater
        .until_states("the second heals", |states| states["f.create"].heals == 2)
        .await;
    second.stop().await;
}

#[tokio::test]
async fn after_a_crash_the_same_state_directory_takes_over_at_once() {
    let theater = Theater::new().await;
    theater.publish(&roles(&SAMPLE)).await;
    let chromebook = theater.agent("chromebook");
    let file = theater.root("bsd1").join("h.create");
    for _ in 0..5 {
        let bsd1 = theater.agent("bsd1");
        until("it plays", || file.exists()).await;
        bsd1.crash().await;
        std::fs::remove_file(&file).unwrap();
    }
    let bsd1 = theater.agent("bsd1");
    until("it plays", || file.exists()).await;
    theater.until_converged(&SAMPLE).await;
    bsd1.stop().await;
    chromebook.stop().await;
}

#[tokio::test]
async fn a_damaged_role_leaves_the_last_good_one_playing_and_is_reported() {
    let theater = Theater::new().await;
    theater.publish(&roles(&SAMPLE)).await;
    let _agents = ["bsd1", "chromebook"].map(|host| theater.agent(host));
    theater.until_converged(&SAMPLE).await;
    // A generation whose role for bsd1 was damaged in the store.
    let pointer = theater.store.get(&keys::current(APP)).await.unwrap().unwrap();
    let mut current: khor::role::Current = serde_json::from_slice(&pointer.value).unwrap();
    current.generation += 1;
    current.digest = "another".into();
    let damaged = Transaction::new()
        .put(format!("{}0", keys::role(APP, current.generation, "bsd1")), "{")
        .put(keys::current(APP), serde_json::to_vec(&current).unwrap());
    theater.store.commit(damaged).await.unwrap();
    let refused = async || {
        let pair = theater.store.get(&keys::agent("bsd1")).await.unwrap().unwrap();
        let record: khor::role::AgentRecord = serde_json::from_slice(&pair.value).unwrap();
        record.refused.get(APP).cloned()
    };
    let deadline = tokio::time::Instant::now() + theater::PATIENCE;
    while refused().await.is_none() {
        assert!(tokio::time::Instant::now() < deadline, "it is reported");
        tokio::task::yield_now().await;
    }
    assert!(refused().await.unwrap().contains("generation 2 cannot be played"));
    std::fs::remove_file(theater.root("bsd1").join("f.create")).unwrap();
    theater
        .until_states("the last good role heals", |states| states["f.create"].heals == 1)
        .await;
    // A sound generation ends that.
    theater.publish(&roles(&SAMPLE[..1])).await;
    while refused().await.is_some() {
        assert!(tokio::time::Instant::now() < deadline, "it is over");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_agent_whose_record_is_taken_away_registers_again_and_writes_on() {
    let theater = Theater::new().await;
    theater.publish(&roles(&SAMPLE[..1])).await;
    let _agent = theater.agent("bsd1");
    theater.until_converged(&SAMPLE[..1]).await;
    for times in 1..=3 {
        let remove = Transaction::new().delete(keys::agent("bsd1"));
        theater.store.commit(remove).await.unwrap();
        std::fs::remove_file(theater.root("bsd1").join("f.create")).unwrap();
        theater
            .until_states("it heals and tells", |states| states["f.create"].heals == times)
            .await;
    }
}

#[tokio::test]
async fn a_host_that_has_no_part_any_more_leaves_no_state() {
    let theater = Theater::new().await;
    theater.publish(&roles(&SAMPLE)).await;
    let _agents = ["bsd1", "chromebook"].map(|host| theater.agent(host));
    theater.until_converged(&SAMPLE).await;
    theater.publish(&roles(&SAMPLE[..1])).await;
    theater
        .until_states("chromebook's states go", |states| states.len() == 1)
        .await;
}

#[tokio::test]
async fn without_its_store_an_agent_heals_and_afterwards_it_tells() {
    let mut etcd = support::Etcd::one();
    let theater = Theater::with(AnyStore::open(&etcd.url()).await.unwrap());
    theater.publish(&roles(&SAMPLE)).await;
    let bsd1 = theater.agent("bsd1");
    let chromebook = theater.agent("chromebook");
    theater.until_converged(&SAMPLE).await;
    etcd.members[0].kill();
    let file = theater.root("bsd1").join("f.create");
    std::fs::remove_file(&file).unwrap();
    until("it heals without a store", || file.exists()).await;
    // A restart in the meantime plays the role that is kept on disk. A step with cues would need the store.
    bsd1.crash().await;
    std::fs::remove_file(&file).unwrap();
    let bsd1 = theater.agent("bsd1");
    until("it heals after a restart without a store", || file.exists()).await;
    etcd.members[0].start();
    etcd.members[0].wait_ready();
    theater.until_converged(&SAMPLE).await;
    std::fs::remove_file(&file).unwrap();
    theater
        .until_states("what happens now is told again", |states| {
            let state = &states["f.create"];
            state.status == StepStatus::Reached && state.heals >= 1
        })
        .await;
    bsd1.stop().await;
    chromebook.stop().await;
}

#[tokio::test]
async fn an_agent_that_ends_leaves_its_services_running_and_finds_them_again() {
    let theater = Theater::new().await;
    let pid = theater.folder.join("pid");
    let script = format!("echo $$ > {pid}; exec sleep 600");
    let service = [Line("w.start", "bsd1", &[])];
    let roles = theater::roles_with(&service, |_| {
        let action = Action::Process(ProcessAction {
            command: vec!["/bin/sh".into(), "-c".into(), script.clone()],
            running: true,
            ..ProcessAction::default()
        });
        (Some(action.clone()), Some(action))
    });
    theater.publish(&roles).await;
    let running = |states: &std::collections::BTreeMap<String, khor::role::StepState>| {
        states
            .get("w.start")
            .is_some_and(|state| state.status == StepStatus::Reached)
    };
    let agent = theater.agent("bsd1");
    theater.until_states("it runs", running).await;
    until("it says its number", || pid.exists()).await;
    let number = || {
        std::fs::read_to_string(&pid)
            .unwrap()
            .trim()
            .parse::<i32>()
            .unwrap_or_default()
    };
    until("it says its number", || number() > 0).await;
    let first = number();
    let lives = |number| {
        let number = rustix::process::Pid::from_raw(number).unwrap();
        rustix::process::test_kill_process(number).is_ok()
    };
    agent.stop().await;
    assert!(lives(first), "the service goes on without its agent");
    let agent = theater.agent("bsd1");
    theater.until_states("it is found again", running).await;
    assert_eq!(number(), first, "it is not started anew");
    agent.stop().await;
    let number = rustix::process::Pid::from_raw(first).unwrap();
    rustix::process::kill_process(number, rustix::process::Signal::KILL).unwrap();
}
