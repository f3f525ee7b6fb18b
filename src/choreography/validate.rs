//! Whether a role can be played at all.

use std::collections::HashSet;

use crate::role::{FORMAT, Role};

/// Checks what [`step`](super::step) takes for granted, and says in words what is wrong: the format is one that this
/// khor knows, names are unique, guards point at earlier steps (so they have no cycle), cues exist and lie elsewhere.
pub fn validate(role: &Role) -> Result<(), String> {
    if role.format > FORMAT {
        return Err(format!(
            "it has format {}, and this khor {} knows formats up to {FORMAT}: a newer khor is needed on this host",
            role.format,
            env!("CARGO_PKG_VERSION")
        ));
    }
    let mut names = HashSet::with_capacity(role.steps.len());
    for (index, step) in role.steps.iter().enumerate() {
        if !names.insert(step.name.as_str()) {
            return Err(format!("it has two steps named `{}`", step.name));
        }
        if step.guards.iter().any(|&guard| guard as usize >= index) {
            return Err(format!(
                "a guard of `{}` does not point at an earlier step",
                step.name
            ));
        }
        if step.cues.iter().any(|&cue| cue as usize >= role.cues.len()) {
            return Err(format!(
                "`{}` waits for a cue that the role does not have",
                step.name
            ));
        }
    }
    match role.cues.iter().find(|cue| cue.host == role.host) {
        Some(cue) => Err(format!("its cue `{}` lies on this very host", cue.step)),
        None => Ok(()),
    }
}
