//! K4xxx: the score and its hosts.

codes! {
    /// Steps wait for each other in a circle.
    ///
    /// None of them could ever start. The message shows the shortest such circle, each wait with the place that asks
    /// for it. Remove one of the requirements, or let two nodes become one.
    DEPENDENCY_CYCLE = "K4001", "dependency-cycle", Error;

    /// A node has operations, but no host to run them on.
    NO_HOST = "K4002", "no-host", Error;
}
