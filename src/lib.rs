//! khor: a TOSCA-first choreography compiler and runtime.
//!
//! The rooms of this house, from the ground up; each imports only rooms below it (`tests/house.rs` holds that):
//!
//! *reading* [`source`], [`diagnostic`], [`yaml`], [`grammar`], [`render`] · *meaning* [`topology`], [`khoreia`], [`tosca`],
//! [`lint`] · *deciding* [`score`], [`role`], [`choreography`] · the IO line · *doing* [`store`], [`engine`],
//! [`agent`], [`cli`].
//!
//! Nothing under the IO line reads a file, opens a socket, starts a process or waits.

pub mod agent;
pub mod choreography;
pub mod cli;
pub mod diagnostic;
pub mod engine;
pub mod grammar;
pub mod khoreia;
pub mod lint;
pub mod render;
pub mod role;
pub mod score;
pub mod source;
pub mod store;
pub mod topology;
pub mod tosca;
pub mod yaml;
