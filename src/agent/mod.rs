//! The agent: store events and observations into [`choreography`](crate::choreography), its commands out to engines and
//! the store.
//!
//! One [`Agent`] plays all roles of one host. Everything that happens comes into one loop as an [`Input`](input::Input):
//! a store event, a level that may have changed, a do that ended, a write that was answered. The loop asks the pure
//! [`step`](crate::choreography::step) of the application concerned, and carries out the commands. Dos that end without
//! waiting (a file is written) run within the loop; everything else has a task of its own.
//!
//! Who may play a host: the agent that holds `hosts/<host>/agent` under its lease ([`register`]). Every state write
//! compares the create revision of that key, so that an agent that lost it cannot write.
//!
//! Which roles: those of the assignments of the host. Each application has its own watch on its pointer and on the states
//! of the hosts it has cues on, and on nothing else. The last good role is also kept on disk ([`home`]), so that an agent
//! that starts while the store is away goes on healing.

mod apply;
mod cast;
mod clock;
mod cues;
mod drive;
mod farewell;
mod home;
mod input;
mod news;
mod pause;
mod play;
mod register;
mod standing;
mod sync;

pub use drive::{Agent, AgentError, Options, Shutdown};
pub use home::{Home, HomeError};
pub use news::{Happened, News};
