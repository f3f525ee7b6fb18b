//! Engines: how to see whether a step is reached, and how to reach it.

mod model;

pub use model::{Engine, Observations, Observed, Outcome};
