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

    /// An operation reads what is given only after it.
    ///
    /// An operation whose input reads an attribute waits for the operations that may give it: those whose `outputs`
    /// are mapped to the attribute, else all operations of the attribute's node that are scripts. Where these wait for
    /// the reader in turn, none of them could ever start. The message shows the shortest such circle.
    ///
    /// ```yaml
    /// web:
    ///   type: Service
    ///   interfaces:
    ///     Standard:
    ///       operations:
    ///         create:
    ///           implementation: create.sh
    ///           inputs: { peer: { get_attribute: [ db, address ] } }
    /// db:
    ///   type: Service
    ///   requirements: [ { dependency: web } ]
    ///   interfaces: { Standard: { create: address.sh } }
    /// ```
    ///
    /// Let an operation that runs earlier give the attribute and say so, with `outputs: { address: [ SELF, address ] }`;
    /// or read it in an operation that runs later, as `add_source` of the relationship.
    READ_CYCLE = "K4005", "read-cycle", Error;

    /// An operation reads an attribute or an output that nothing gives.
    ///
    /// Attributes come into being while an application runs: an operation that is a script gives them, by lines
    /// `name=value` (or JSON) in the file that `KHOR_OUTPUT` names. An attribute that has no value in the template, of a
    /// node without such operations, never gets one.
    ///
    /// ```yaml
    /// server:
    ///   type: tosca.nodes.Compute
    /// web:
    ///   type: Service
    ///   requirements: [ { host: server } ]
    ///   interfaces:
    ///     Standard:
    ///       operations:
    ///         create:
    ///           implementation: create.sh
    ///           inputs: { address: { get_attribute: [ server, private_address ] } }
    /// ```
    ///
    /// Give it a value, or let an operation of another node give it with `outputs: { address: [ HOST, private_address ] }`:
    ///
    /// ```yaml
    /// server:
    ///   type: tosca.nodes.Compute
    ///   attributes: { private_address: 10.0.0.5 }
    /// ```
    NEVER_GIVEN = "K4006", "never-given", Error;

    /// The numbers of a scalable node do not fit together.
    ///
    /// A node with the capability `scalable` is played in `default_instances` instances, until `khor scale` asks for
    /// others: never fewer than `min_instances`, never more than `max_instances` (1 where they are not given), and never
    /// more than 1000.
    ///
    /// ```yaml
    /// node_templates:
    ///   web:
    ///     type: tosca.nodes.Compute
    ///     capabilities:
    ///       scalable:
    ///         properties: { min_instances: 1, max_instances: 3, default_instances: 5 }
    /// ```
    ///
    /// Let `default_instances` lie between the two others.
    BAD_SCALE = "K4007", "bad-scale", Error;

    /// A scalable node is hosted on another scalable node.
    ///
    /// What is hosted on a scalable node is scaled with it: each instance of the one stands on one instance of the other.
    /// If it could be scaled as well, each number would multiply the other.
    ///
    /// ```yaml
    /// node_templates:
    ///   vm:
    ///     type: tosca.nodes.Compute
    ///     capabilities: { scalable: { properties: { max_instances: 3 } } }
    ///   runtime:
    ///     type: tosca.nodes.Container.Runtime
    ///     capabilities: { scalable: { properties: { max_instances: 2 } } }
    ///     requirements: [ { host: vm } ]
    /// ```
    ///
    /// Leave one of the two at one instance.
    NESTED_SCALE = "K4008", "nested-scale", Error;
}
