//! K208x, K9107: operations, notifications, and the artifacts that implement them.

codes! {
    /// An operation does not get an input that it needs, or gets one that looks misspelt.
    ///
    /// An input that a type defines for an operation needs a value, unless the definition says `required: false` or gives
    /// a default. Templates may give inputs that nothing defines (Simple Profile 1.3, section 3.6.17.4); one that is a
    /// slip of the pen away from a defined one is told.
    ///
    /// ```yaml
    /// node_types:
    ///   my.Server:
    ///     derived_from: tosca.nodes.SoftwareComponent
    ///     interfaces:
    ///       Standard:
    ///         operations:
    ///           create: { inputs: { port: { type: integer } } }
    /// topology_template:
    ///   node_templates:
    ///     server:
    ///       type: my.Server
    ///       requirements: [ host: machine ]
    ///       interfaces:
    ///         Standard:
    ///           operations:
    ///             create: { implementation: create.sh, inputs: { prot: 80 } }
    ///     machine: { type: tosca.nodes.Compute }
    /// ```
    ///
    /// Give the input a value, or correct its name.
    OPERATION_INPUT = "K2080", "operation-input", Error;

    /// An output of an operation or notification is mapped to an attribute that is not there.
    ///
    /// The value would be lost. A mapping names whose attribute it is (`SELF`; for a relationship also `SOURCE` or
    /// `TARGET`) and the attribute (Simple Profile 1.3, section 3.6.15).
    ///
    /// ```yaml
    /// node_types:
    ///   my.Server:
    ///     derived_from: tosca.nodes.SoftwareComponent
    ///     attributes: { address: { type: string } }
    ///     interfaces:
    ///       Standard:
    ///         operations:
    ///           create: { outputs: { ip: [ SELF, adress ] } }
    /// ```
    ///
    /// Correct the name, or define the attribute in the type.
    OUTPUT_MAPPING = "K2081", "output-mapping", Error;

    /// A notification that the interface's type does not define.
    ///
    /// ```yaml
    /// interface_types:
    ///   my.Watch:
    ///     derived_from: tosca.interfaces.Root
    ///     notifications: { failed: { description: it broke } }
    /// node_types:
    ///   my.Server:
    ///     derived_from: tosca.nodes.SoftwareComponent
    ///     interfaces:
    ///       Watch: { type: my.Watch, notifications: { faild: watch.sh } }
    /// ```
    ///
    /// Correct the name, or define the notification in the interface's type.
    UNKNOWN_NOTIFICATION = "K2082", "unknown-notification", Error;

    /// An interface type implements an operation.
    ///
    /// An interface type tells what operations there are. How they are done depends on the node or relationship that has
    /// the interface, so the standard allows implementations only there (Simple Profile 1.0 to 1.3, section 3.7.5).
    ///
    /// ```yaml
    /// interface_types:
    ///   my.Backup:
    ///     derived_from: tosca.interfaces.Root
    ///     operations: { save: { implementation: save.sh } }
    /// ```
    ///
    /// Move the implementation to the types or templates that have the interface.
    IMPLEMENTED_INTERFACE_TYPE = "K2083", "implemented-interface-type", Error;

    /// An artifact lies in a repository that no file declares.
    ///
    /// ```yaml
    /// repositories:
    ///   images: { url: https://example.org/images }
    /// topology_template:
    ///   node_templates:
    ///     server:
    ///       type: tosca.nodes.Compute
    ///       artifacts:
    ///         disk: { type: tosca.artifacts.File, file: disk.img, repository: image }
    /// ```
    ///
    /// Correct the name, or declare the repository.
    UNKNOWN_REPOSITORY = "K2084", "unknown-repository", Error;

    /// The file of an artifact does not end as files of the artifact's type do.
    ///
    /// Who handles an artifact goes by its type (Simple Profile 1.3, section 3.7.4: `file_ext`). A Python program that
    /// says it is a shell script is run by the wrong interpreter.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates:
    ///     server:
    ///       type: tosca.nodes.Compute
    ///       artifacts:
    ///         setup: { type: tosca.artifacts.Implementation.Bash, file: setup.py }
    /// ```
    ///
    /// Give the artifact the type of its file, or name another file.
    ARTIFACT_ENDING = "K9107", "artifact-ending", Warning;
}
