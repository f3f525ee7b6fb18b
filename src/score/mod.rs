//! The score: the graph of all steps with their guards, woven from a topology and proved sound before anything is
//! published.
//!
//! [`compose`] goes four ways over the topology: `cycle` finds the circles among the requirements, `table` draws the
//! guard table as a graph in which every operation has its vertex, implemented or not, `flow` adds who waits for what it
//! reads, and `thin` takes the vertices without an implementation out of it again. `place` is what `--place` does before all that.

mod circle;
mod compose;
mod cycle;
mod draft;
mod flow;
#[cfg(test)]
mod flow_tests;
mod hosts;
#[cfg(test)]
mod instances_tests;
mod model;
mod place;
mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod thin;
mod undo;

pub use compose::{check, compose};
pub use draft::{Draft, DraftError, NoInstances};
pub use model::{Score, Step, StepId};
pub use place::{Place, PlaceError, place};
