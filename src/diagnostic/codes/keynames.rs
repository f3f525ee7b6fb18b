//! K1xxx: keynames, and the kinds and values under them.

codes! {
    /// A keyname that the entity does not have.
    ///
    /// Each entity of TOSCA has a fixed set of keynames, and that set depends on the version that the file declares
    /// (`tosca_definitions_version`). A misspelt keyname would otherwise be ignored in silence, with all that stands
    /// under it.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates:
    ///     web:
    ///       type: tosca.nodes.WebServer
    ///       requiremenst:
    ///         - host: server
    /// ```
    ///
    /// Write the keyname as the message proposes, move it to the entity it belongs to, or raise the version of the
    /// file if the keyname is younger than that version.
    UNKNOWN_KEYNAME = "K1001", "unknown-keyname", Error;

    /// A keyname that the entity needs is not there.
    ///
    /// The standard marks some keynames of each entity as required: without a `type`, for example, nobody knows what a
    /// node template is.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates:
    ///     web:
    ///       properties:
    ///         port: 80
    /// ```
    ///
    /// Add the keyname that the message names. Definitions under a type with `derived_from` may leave out what they
    /// inherit.
    MISSING_KEYNAME = "K1002", "missing-keyname", Error;

    /// A value of the wrong kind: a list where a map is meant, a map where a string is meant, and so on.
    ///
    /// ```yaml
    /// node_templates:
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     properties:
    ///       - component_version: 2.4
    /// ```
    ///
    /// Here `properties` must be a map: write its entries without the dashes. `requirements`, on the other hand, are a
    /// list, since one requirement may be met several times.
    WRONG_KIND = "K1003", "wrong-kind", Error;

    /// A value that is of the right kind, but not one of those allowed here.
    ///
    /// ```yaml
    /// node_types:
    ///   Shop:
    ///     derived_from: tosca.nodes.Root
    ///     properties:
    ///       port:
    ///         type: integer
    ///         status: suported
    /// ```
    ///
    /// The message lists what is allowed.
    INVALID_VALUE = "K1004", "invalid-value", Error;

    /// A section with nothing in it.
    ///
    /// An empty section means the same as none. It is often what is left after lines were moved or commented out, or
    /// the lines below it are not indented as they should be.
    ///
    /// ```yaml
    /// topology_template:
    ///   inputs:
    ///   node_templates:
    ///     server:
    ///       type: tosca.nodes.Compute
    /// ```
    ///
    /// Remove it, or write `{}` (or `[]`) to say that it is empty on purpose.
    EMPTY_VALUE = "K1005", "empty-section", Warning;

    /// Two entries of a list have the same name, or an operation stands in both notations.
    ///
    /// The policies of a topology and the requirements of a type are lists, so that their order is kept; each has a name of
    /// its own all the same. Of two with one name readers take the first, or the last. (A node template may assign a
    /// requirement several times.)
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates:
    ///     server: { type: tosca.nodes.Compute }
    ///   policies:
    ///     - scaling: { type: tosca.policies.Scaling, targets: [ server ] }
    ///     - scaling: { type: tosca.policies.Placement, targets: [ server ] }
    /// ```
    ///
    /// Rename one of them, or remove it.
    NAMED_TWICE = "K1009", "named-twice", Warning;

    /// Something stands before `tosca_definitions_version`.
    ///
    /// The version says in which grammar the rest of the file is to be read, so the standard wants it as the first line
    /// (Simple Profile, section 3.1.2; TOSCA 2.0, section 6). Comments may stand before it.
    ///
    /// ```yaml
    /// description: A shop
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// topology_template: {}
    /// ```
    ///
    /// Move the line to the top.
    VERSION_NOT_FIRST = "K1008", "version-not-first", Error;
}
