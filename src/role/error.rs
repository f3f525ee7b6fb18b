//! Why a document of the store cannot be played.

use thiserror::Error;

use super::FORMAT;

/// Why a role or an artifact read from the store cannot be used. An agent keeps its last good role then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RoleError {
    /// Nothing of it is in the store.
    #[error("it is not in the store")]
    Missing,
    /// Some of its parts are not in the store.
    #[error("it is incomplete: {have} of {want} parts are in the store")]
    Incomplete {
        /// The parts that are there.
        have: usize,
        /// The parts there should be.
        want: usize,
    },
    /// A newer khor wrote it.
    #[error("it has format {found}, and this khor reads formats up to {FORMAT}: update khor on this host")]
    TooNew {
        /// Its format.
        found: u32,
    },
    /// Its content is not what was published, or was never a role.
    #[error("it is damaged: {0}")]
    Corrupt(String),
}

impl RoleError {
    pub(super) fn corrupt(reason: impl Into<String>) -> Self {
        Self::Corrupt(reason.into())
    }
}
