//! K4xxx: the score and its hosts.

codes! {
    /// Nodes wait for each other in a circle.
    ///
    /// A node waits for every node it requires, so none in the circle could ever start. The message shows the shortest
    /// such circle, each wait with the place that asks for it; circles that hang together are reported once.
    ///
    /// It is a warning where no node of the circle has an operation, unless one is hosted on another or attached to it:
    /// nobody waits then.
    /// It is a warning as well where the circle is none without its connections (`ConnectsTo`): peers that connect to each
    /// other need not be there one before the other, and the standard leaves it to the orchestrator. khor lets each wait
    /// for the next, so `khor compile` refuses that if a node of the circle has an operation.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// imports: [ khor:1.0 ]
    /// topology_template:
    ///   node_templates:
    ///     web:
    ///       type: khor.nodes.File
    ///       metadata: { khor.host: bsd1 }
    ///       properties: { path: /srv/web }
    ///       requirements:
    ///         - dependency: db
    ///     db:
    ///       type: khor.nodes.File
    ///       metadata: { khor.host: bsd1 }
    ///       properties: { path: /srv/db }
    ///       requirements:
    ///         - dependency: web
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
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// imports: [ khor:1.0 ]
    /// topology_template:
    ///   node_templates:
    ///     motd:
    ///       type: khor.nodes.File
    ///       properties: { path: /etc/motd }
    /// ```
    ///
    /// Host it on a compute node, compile with `--place motd=HOST`, or name the host in its metadata:
    ///
    /// ```yaml
    /// metadata: { khor.host: bsd1 }
    /// ```
    NO_HOST = "K4002", "no-host", Error;

    /// Two steps have the same name.
    ///
    /// The state of a step is kept under its name: `NODE.OPERATION`, and `SOURCE.REQUIREMENT.TARGET.OPERATION` for an
    /// operation of a relationship. Two steps of one name would overwrite each other's state. With dots in names it can
    /// happen to steps whose names look different:
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// imports: [ khor:1.0 ]
    /// relationship_types:
    ///   Link:
    ///     derived_from: tosca.relationships.DependsOn
    ///     interfaces:
    ///       Configure:
    ///         type: tosca.interfaces.relationship.Configure
    ///         operations:
    ///           add_target:
    ///             implementation: { type: khor.artifacts.Engine, file: nil }
    /// topology_template:
    ///   node_templates:
    ///     a:
    ///       type: tosca.nodes.Root
    ///       metadata: { khor.host: bsd1 }
    ///       requirements:
    ///         - dependency: { node: dependency.d, relationship: Link }
    ///     a.dependency:
    ///       type: tosca.nodes.Root
    ///       metadata: { khor.host: bsd1 }
    ///       requirements:
    ///         - dependency: { node: d, relationship: Link }
    ///     d: { type: tosca.nodes.Root, metadata: { khor.host: bsd1 } }
    ///     dependency.d: { type: tosca.nodes.Root, metadata: { khor.host: bsd1 } }
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
