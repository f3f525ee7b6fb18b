//! K15xx: faults that only the khoreia list format can have.

codes! {
    /// Two nodes of a khoreia list have the same id.
    ///
    /// `deps` name nodes by id, so an id must name one node.
    ///
    /// ```yaml
    /// - { id: 0, name: a, target: alpha }
    /// - { id: 0, name: b, target: alpha }
    /// ```
    ///
    /// Give the second node an id of its own.
    DUPLICATE_ID = "K1501", "duplicate-id", Error;

    /// Two nodes of a khoreia list have the same name.
    ///
    /// Steps, states and messages name nodes by name, so a name must name one node.
    ///
    /// ```yaml
    /// - { id: 0, name: a, target: alpha }
    /// - { id: 1, name: a, target: alpha }
    /// ```
    ///
    /// Give the second node a name of its own.
    DUPLICATE_NAME = "K1502", "duplicate-name", Error;

    /// A dependency on an id that no node has.
    ///
    /// The node would wait for ever.
    ///
    /// ```yaml
    /// - id: 0
    ///   name: a
    ///   target: alpha
    ///   deps:
    ///     - nodes: [ 7 ]
    /// ```
    ///
    /// Write the id that is meant; the message lists those that there are.
    UNKNOWN_ID = "K1503", "unknown-id", Error;

    /// A node that depends on itself.
    ///
    /// It would wait for itself for ever.
    ///
    /// ```yaml
    /// - id: 0
    ///   name: a
    ///   target: alpha
    ///   deps:
    ///     - nodes: [ 0 ]
    /// ```
    ///
    /// Remove the id from its `deps`.
    SELF_DEPENDENCY = "K1504", "self-dependency", Error;

    /// A check that its do can never make true.
    ///
    /// An operation is reached when its check holds. If the do brings about something else than what the check looks
    /// at, the do succeeds again and again and the operation is never reached.
    ///
    /// ```yaml
    /// - id: 0
    ///   name: a
    ///   target: alpha
    ///   interfaces:
    ///     create:
    ///       check:
    ///         file: { path: /tmp/a.created }
    ///       do:
    ///         file: { path: /tmp/a.create }
    /// ```
    ///
    /// Let both name the same path, state, content and mode, or leave the check out: a `file` is its own check. To wait
    /// for something that others bring about, leave the do out.
    CHECK_NEVER_TRUE = "K1505", "check-never-true", Error;

    /// A do that never runs, because its check is always true.
    ///
    /// The engine `nil` as a check says that the operation is reached in any case, so nothing is left to do.
    ///
    /// ```yaml
    /// - id: 0
    ///   name: a
    ///   target: alpha
    ///   interfaces:
    ///     create:
    ///       check:
    ///         nil:
    ///       do:
    ///         shell: { artifact: create.sh }
    /// ```
    ///
    /// Remove the check: a script without a check runs once.
    DO_NEVER_RUNS = "K1506", "do-never-runs", Warning;
}
