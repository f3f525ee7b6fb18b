//! What a host does next: a pure function of what it knows. The agent drives it, and so do the simulator and the model
//! checker.
