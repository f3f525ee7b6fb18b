//! K4xxx: the score and its hosts.

codes! {
    /// Nodes wait for each other in a circle.
    ///
    /// A node waits for every node it requires, so none in the circle could ever start. The message shows the shortest
    /// such circle, each wait with the place that asks for it; circles that hang together are reported once. A circle
    /// in which no node has an operation is harmless and is not reported.
    ///
    /// ```yaml
    /// node_templates:
    ///   web:
    ///     type: WebApplication
    ///     requirements:
    ///       - database: db
    ///   db:
    ///     type: Database
    ///     requirements:
    ///       - dependency: web
    /// ```
    ///
    /// Remove one of the requirements, or let two of the nodes become one. Where one node only has to be told about
    /// the other, an operation of the relationship (`add_target`, `add_source`) does that without a wait.
    DEPENDENCY_CYCLE = "K4001", "dependency-cycle", Error;

    /// A node has operations, but no host to run them on.
    ///
    /// Each operation runs on exactly one host, by the agent of that host. A host is found, in this order, by
    /// `--place NODE=HOST`, a policy of type `khor.policies.Placement`, metadata `khor.host` on the node or on a node
    /// it is hosted on, and the name of the compute node at the foot of its chain of `host` requirements.
    ///
    /// ```yaml
    /// node_templates:
    ///   web:
    ///     type: SoftwareComponent
    ///     interfaces:
    ///       Standard:
    ///         create: install.sh
    /// ```
    ///
    /// Host it on a compute node, name the host in its metadata, or compile with `--place web=HOST`.
    ///
    /// ```yaml
    /// node_templates:
    ///   web:
    ///     type: SoftwareComponent
    ///     metadata:
    ///       khor.host: bsd1
    /// ```
    NO_HOST = "K4002", "no-host", Error;

    /// Two steps have the same name.
    ///
    /// The state of a step is kept under its name: `NODE.OPERATION`, and `SOURCE.REQUIREMENT.TARGET.OPERATION` for an
    /// operation of a relationship. Two steps of one name would overwrite each other's state. With dots in names it can
    /// happen to relationships whose names look different:
    ///
    /// ```yaml
    /// node_templates:
    ///   a:
    ///     requirements:
    ///       - b.c: d
    ///   a.b:
    ///     requirements:
    ///       - c: d
    /// ```
    ///
    /// Rename one of the two.
    STEP_NAME_COLLISION = "K4003", "step-name-collision", Error;

    /// A script or another artifact cannot be read.
    ///
    /// Artifacts travel with the application: `khor compile` reads them where the template names them and puts them into
    /// the store, so that a host needs nothing but khor. One that is missing, no regular file, or larger than 64 MiB
    /// (512 MiB all together) cannot travel.
    ///
    /// ```yaml
    /// interfaces:
    ///   Standard:
    ///     create: scripts/instal.sh
    /// ```
    ///
    /// Mend the path, which is relative to the file that names it; let a script fetch what is large.
    UNREADABLE_ARTIFACT = "K4004", "unreadable-artifact", Error;
}
