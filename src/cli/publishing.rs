//! From what was built to what is published: composed against what is played now, so that what is no longer asked for
//! leaves in good order.

use std::collections::BTreeMap;

use super::Ui;
use super::build::prove;
use crate::role::{self, Certificate, Goal, Role, TopologyOutputs, generation_digest, succeed};
use crate::store::{AnyStore, Before, Publication, PublishError, Published, ReadError, publish, read_blob};

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
    /// The proof of the roles.
    pub certificate: Certificate,
}

/// Composes roles and outputs of an application, with artifacts that they name, against what is played now. Artifacts that
/// are not given are in the store. An error is said already; it comes with its exit code.
pub async fn compose(
    store: &AnyStore,
    application: &str,
    (roles, outputs): (&[Role], &TopologyOutputs),
    blobs: &BTreeMap<String, Vec<u8>>,
    ui: Ui,
) -> Result<Next, u8> {
    let before = Before::read(store, application).await.map_err(|error| {
        let help = match &error {
            ReadError::Document(_) => Some("a newer khor may have written it: update this one"),
            ReadError::Store(_) => None,
        };
        ui.fail(error, help)
    })?;
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
    for artifact in roles
        .iter()
        .flat_map(|role| &role.steps)
        .flat_map(role::artifacts)
    {
        if blobs.contains_key(&artifact.sha256) {
            continue;
        }
        let name = &artifact.name;
        let bytes = read_blob(store, application, &artifact.sha256)
            .await
            .map_err(|error| {
                let help = "compile the topology it comes from again";
                ui.fail(
                    format!("`{name}` of the current generation cannot be read: {error}"),
                    Some(help),
                )
            })?;
        blobs.insert(artifact.sha256.clone(), bytes);
    }
    Ok(Next {
        before,
        roles,
        blobs,
        outputs: outputs.clone(),
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
    /// Publishes it, if nobody else published since it was composed. An error is said already; it comes with its exit
    /// code.
    pub async fn publish(&self, store: &AnyStore, application: &str, ui: Ui) -> Result<Published, u8> {
        let publication = Publication {
            application,
            goal: Goal::Present,
            roles: &self.roles,
            blobs: &self.blobs,
            outputs: &self.outputs,
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
