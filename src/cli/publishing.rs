//! From what was built to what is published: composed against what is played now, so that what is no longer asked for
//! leaves in good order.

use std::collections::BTreeMap;

use super::Ui;
use super::build::{Built, Parts, prove};
use super::counts::Count;
use crate::role::{
    self, Certificate, Goal, HostDifference, Role, TopologyOutputs, canonical_json, difference,
    generation_digest, sha256_hex, succeed,
};
use crate::score::Draft;
use crate::store::{AnyStore, Before, Publication, PublishError, Published, ReadError, publish, read_blob};

/// What is to be played of an application.
pub struct Asked<'a> {
    /// Its roles.
    pub roles: &'a [Role],
    /// What it gives as a whole.
    pub outputs: &'a TopologyOutputs,
    /// What they are made of, if they can be made in other numbers.
    pub draft: Option<Draft>,
}

impl<'a> Asked<'a> {
    /// These parts, made of a draft.
    pub fn new(parts: &'a Parts, draft: Option<Draft>) -> Self {
        Self {
            roles: &parts.roles,
            outputs: &parts.outputs,
            draft,
        }
    }
}

/// A generation that is ready to follow the current one.
pub struct Next {
    /// What is played now; none if the application is new.
    pub before: Option<Before>,
    /// The roles, with what leaves of the current generation.
    pub roles: Vec<Role>,
    /// The artifacts they name.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// What the application gives as a whole.
    pub outputs: TopologyOutputs,
    /// The digest of the draft that it is made of, which is among the artifacts.
    pub draft: Option<String>,
    /// The proof of the roles.
    pub certificate: Certificate,
}

/// What is played of an application now; none if it is new. An error is said already; it comes with its exit code.
pub async fn before(store: &AnyStore, application: &str, ui: Ui) -> Result<Option<Before>, u8> {
    Before::read(store, application).await.map_err(|error| {
        let help = match &error {
            ReadError::Document(_) => Some("a newer khor may have written it: update this one"),
            ReadError::Store(_) => None,
        };
        ui.fail(error, help)
    })
}

/// The draft that a generation is made of; none if it cannot be made in other numbers, or none can be read, which is said.
pub async fn draft(store: &AnyStore, application: &str, digest: Option<&str>) -> Option<Draft> {
    let bytes = read_blob(store, application, digest?).await;
    let bytes = bytes.map_err(|error| error.to_string());
    let draft = bytes.and_then(|bytes| Draft::decode(&bytes).map_err(|error| error.to_string()));
    let unreadable = |reason: &String| {
        eprintln!("warning: what `{application}` was compiled to cannot be read: {reason}");
    };
    draft.inspect_err(unreadable).ok()
}

/// Composes what was built of a topology against what is played now. How many instances there are stays as it is, unless
/// it is asked for.
pub async fn compose_built(
    store: &AnyStore,
    built: Built,
    counts: &[Count],
    ui: Ui,
) -> Result<(Built, Next), u8> {
    let before = before(store, &built.application, ui).await?;
    let built = match before.as_ref().filter(|before| before.is_present()) {
        Some(played) if built.draft.is_some() => {
            let kept = draft(store, &built.application, played.draft.as_deref()).await;
            built.keeping(&kept.map(|draft| draft.counts).unwrap_or_default(), counts, ui)?
        }
        _ => built,
    };
    let asked = Asked::new(&built.parts, built.draft.clone());
    let next = compose(store, &built.application, before, asked, &built.blobs, ui).await?;
    Ok((built, next))
}

/// Composes what is asked of an application, with artifacts that it names, against what is played now. Artifacts that are
/// not given are in the store. An error is said already; it comes with its exit code.
pub async fn compose(
    store: &AnyStore,
    application: &str,
    before: Option<Before>,
    Asked {
        roles,
        outputs,
        draft,
    }: Asked<'_>,
    blobs: &BTreeMap<String, Vec<u8>>,
    ui: Ui,
) -> Result<Next, u8> {
    let roles = match &before {
        None => roles.to_vec(),
        Some(before) => follow(roles, before),
    };
    if let Some(before) = before.as_ref().filter(|before| !before.unreadable.is_empty()) {
        eprintln!(
            "warning: what generation {} has on {} cannot be read; what is no longer asked for stays there",
            before.current.generation,
            before.unreadable.join(", ")
        );
    }
    let certificate = prove(&roles).map_err(|reason| {
        let help = "this should not happen: please report it, with the topology if you can";
        ui.fail(format!("the roles cannot be proved: {reason}"), Some(help))
    })?;
    let mut blobs = blobs.clone();
    let steps = roles.iter().flat_map(|role| &role.steps);
    let artifacts = steps.flat_map(role::artifacts);
    let mut needed: BTreeMap<String, String> = artifacts
        .map(|artifact| (artifact.sha256.clone(), artifact.name.clone()))
        .collect();
    let draft = draft.map(|mut draft| {
        let bytes = canonical_json(&draft);
        // Also what only other numbers of instances need.
        let artifacts = draft.topology.artifacts_mut();
        needed.extend(artifacts.map(|(_, artifact)| (artifact.sha256.clone(), artifact.name.clone())));
        let digest = sha256_hex(&bytes);
        blobs.insert(digest.clone(), bytes);
        digest
    });
    for (sha256, name) in needed {
        if blobs.contains_key(&sha256) {
            continue;
        }
        let bytes = read_blob(store, application, &sha256).await.map_err(|error| {
            let help = "compile the topology it comes from again";
            ui.fail(
                format!("`{name}` of the current generation cannot be read: {error}"),
                Some(help),
            )
        })?;
        blobs.insert(sha256, bytes);
    }
    Ok(Next {
        before,
        roles,
        blobs,
        outputs: outputs.clone(),
        draft,
        certificate,
    })
}

/// The roles that follow `before`. What has left stays in them while nothing else changes, so that compiling the same
/// again changes nothing.
fn follow(new: &[Role], before: &Before) -> Vec<Role> {
    let given = |host: &str, step: &str| before.outputs(host, step);
    let all = succeed(new, &before.roles, |_, _| false, given);
    if before.is_present() && generation_digest(&all) == before.current.digest {
        return all;
    }
    succeed(new, &before.roles, |host, step| before.is_done(host, step), given)
}

impl Next {
    /// How it differs from what is played now, by host.
    pub fn differences(&self) -> Vec<HostDifference> {
        match &self.before {
            None => difference(&[], Goal::Present, &self.roles),
            Some(before) => difference(&before.roles, before.current.goal, &self.roles),
        }
    }

    /// Publishes it, if nobody else published since it was composed. An error is said already; it comes with its exit
    /// code.
    pub async fn publish(&self, store: &AnyStore, application: &str, ui: Ui) -> Result<Published, u8> {
        let publication = Publication {
            application,
            goal: Goal::Present,
            roles: &self.roles,
            blobs: &self.blobs,
            outputs: &self.outputs,
            draft: self.draft.as_deref(),
            against: Some(self.before.as_ref().map_or(0, |before| before.revision)),
        };
        publish(store, &publication).await.map_err(|error| {
            let help = match &error {
                PublishError::Conflict { .. } => Some("look at what they published, then compile again"),
                PublishError::Unreadable { .. } => Some("a newer khor may have written it: update this one"),
                PublishError::Store(_) => None,
            };
            ui.fail(error, help)
        })
    }
}
