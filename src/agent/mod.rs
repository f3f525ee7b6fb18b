//! The agent: store events and observations into [`choreography`](crate::choreography), its commands out to engines and
//! the store.
