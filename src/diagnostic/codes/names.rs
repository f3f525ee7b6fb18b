//! K2xxx: names and types.

codes! {
    /// A type that is not defined here or in any import.
    ///
    /// Types are looked for in the file itself, in what it imports, and among the normative types of its TOSCA
    /// version, by full name (`tosca.nodes.Compute`), shorthand (`Compute`) or prefix (`tosca:Compute`).
    ///
    /// ```yaml
    /// node_templates:
    ///   web:
    ///     type: tosca.nodes.WebServr
    /// ```
    ///
    /// Correct the name, define the type, or import the file that does.
    UNKNOWN_TYPE = "K2001", "unknown-type", Error;

    /// The file says it is of a version of TOSCA, or of a dialect, that khor does not read.
    ///
    /// ```yaml
    /// tosca_definitions_version: cloudify_dsl_1_3
    /// ```
    ///
    /// khor reads `tosca_simple_yaml_1_0` to `tosca_simple_yaml_1_3`.
    UNSUPPORTED_VERSION = "K2002", "unsupported-version", Error;

    /// An import that cannot be had.
    ///
    /// Files are looked for relative to the file that imports them; those in a repository below the repository's `url`.
    ///
    /// ```yaml
    /// imports:
    ///   - types/no_such_file.yaml
    /// ```
    ///
    /// Correct the path, or put the file there.
    IMPORT_NOT_FOUND = "K2003", "import-not-found", Error;

    /// Types that are derived from each other in a circle.
    ///
    /// Such types have no root, so nothing can be inherited.
    ///
    /// ```yaml
    /// node_types:
    ///   A: { derived_from: B }
    ///   B: { derived_from: A }
    /// ```
    ///
    /// Let one of them derive from something else.
    DERIVATION_CYCLE = "K2004", "derivation-cycle", Error;

    /// A data type is derived from a built-in type and has properties of its own.
    ///
    /// Values of it would be a single value and a structure at once (Simple Profile 1.0, section 3.6.5).
    ///
    /// ```yaml
    /// data_types:
    ///   url:
    ///     derived_from: string
    ///     properties: { host: { type: string } }
    /// ```
    ///
    /// Derive it from `tosca.datatypes.Root`, or leave the properties out.
    EXTENDED_BUILTIN = "K2005", "extended-builtin", Error;

    /// A derived type gives something it inherits a type that is not derived from the inherited one.
    ///
    /// Whatever knows only the parent type must be able to use the derived one: a property, capability, requirement or
    /// interface may be made narrower, but not something else. So its type stays, or becomes one derived from it; the same
    /// goes for what a requirement asks for, and, as a warning, for `occurrences` and for lists of types.
    ///
    /// ```yaml
    /// node_types:
    ///   my.Server:
    ///     properties: { port: { type: integer } }
    ///   my.WebServer:
    ///     derived_from: my.Server
    ///     properties: { port: { type: string } }
    /// ```
    ///
    /// Keep the type, use one derived from it, or use another name.
    INCOMPATIBLE_REFINEMENT = "K2006", "incompatible-refinement", Error;

    /// A derived type makes a property optional that its parent requires.
    ///
    /// Whatever knows only the parent type counts on the property's value, and would find none. A refinement may make an
    /// optional property required, not the other way round.
    ///
    /// ```yaml
    /// node_types:
    ///   my.Server:
    ///     properties: { port: { type: integer } }
    ///   my.WebServer:
    ///     derived_from: my.Server
    ///     properties: { port: { type: integer, required: false } }
    /// ```
    ///
    /// Remove `required: false`, or make it optional in the parent type.
    LOOSENED_PROPERTY = "K2007", "loosened-property", Error;

    /// A property that the type does not define.
    ///
    /// ```yaml
    /// node_templates:
    ///   db:
    ///     type: tosca.nodes.DBMS
    ///     properties: { prot: 3306 }
    /// ```
    ///
    /// Correct the name, or define the property in the type.
    UNKNOWN_PROPERTY = "K2010", "unknown-property", Error;

    /// A property that the type requires is not given.
    ///
    /// A property is required unless its definition says `required: false` or gives a default. A name with nothing behind it
    /// gives no value.
    ///
    /// ```yaml
    /// node_templates:
    ///   db:
    ///     type: tosca.nodes.Database   # requires `name`
    /// ```
    ///
    /// Give the property a value.
    MISSING_PROPERTY = "K2011", "missing-property", Error;

    /// An attribute that the type does not define.
    ///
    /// ```yaml
    /// node_templates:
    ///   server:
    ///     type: tosca.nodes.Compute
    ///     attributes: { private_adress: 10.0.0.1 }
    /// ```
    ///
    /// Correct the name, or define the attribute in the type.
    UNKNOWN_ATTRIBUTE = "K2012", "unknown-attribute", Error;

    /// A capability that the node's type does not define.
    ///
    /// ```yaml
    /// node_templates:
    ///   server:
    ///     type: tosca.nodes.Compute
    ///     capabilities:
    ///       hosst: { properties: { num_cpus: 2 } }
    /// ```
    ///
    /// Correct the name, or define the capability in the type.
    UNKNOWN_CAPABILITY = "K2013", "unknown-capability", Error;

    /// An interface that the type does not define.
    ///
    /// ```yaml
    /// node_templates:
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     interfaces:
    ///       Standrad: { create: create.sh }
    /// ```
    ///
    /// Correct the name, or define the interface in the type.
    UNKNOWN_INTERFACE = "K2014", "unknown-interface", Error;

    /// An operation that the interface does not define.
    ///
    /// ```yaml
    /// node_templates:
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     interfaces:
    ///       Standard:
    ///         craete: create.sh
    /// ```
    ///
    /// Correct the name, or define the operation in the interface's type.
    UNKNOWN_OPERATION = "K2015", "unknown-operation", Error;

    /// A file that an operation or an artifact names is not there.
    ///
    /// Files are looked for relative to the file that names them. `khor lint` warns; `khor compile` needs the file,
    /// because it travels with the choreography.
    ///
    /// ```yaml
    /// node_templates:
    ///   server:
    ///     type: tosca.nodes.Compute
    ///     interfaces:
    ///       Standard:
    ///         create: scripts/no-such-file.sh
    /// ```
    ///
    /// Correct the path, or put the file there.
    MISSING_FILE = "K2016", "missing-file", Error;

    /// An artifact that neither the template nor its type defines.
    ///
    /// ```yaml
    /// node_templates:
    ///   server:
    ///     type: tosca.nodes.Compute
    ///     artifacts:
    ///       image: { type: tosca.artifacts.File, file: image.iso }
    /// outputs:
    ///   image: { value: { get_artifact: [ server, imgae ] } }
    /// ```
    ///
    /// Correct the name, or define the artifact.
    UNKNOWN_ARTIFACT = "K2017", "unknown-artifact", Error;

    /// An input that the topology does not declare.
    ///
    /// ```yaml
    /// topology_template:
    ///   inputs:
    ///     port: { type: integer }
    ///   node_templates:
    ///     db:
    ///       type: tosca.nodes.DBMS
    ///       properties: { port: { get_input: prot } }
    /// ```
    ///
    /// Correct the name, or declare the input.
    UNKNOWN_INPUT = "K2020", "unknown-input", Error;

    /// An input has neither a value nor a default.
    ///
    /// `khor compile` needs one: give it with `--input NAME=VALUE` or `--inputs FILE`, or give the input a default.
    MISSING_INPUT = "K2021", "missing-input", Error;

    /// A name that should be that of a node template is not.
    ///
    /// ```yaml
    /// node_templates:
    ///   server: { type: tosca.nodes.Compute }
    /// outputs:
    ///   address: { value: { get_attribute: [ sever, private_address ] } }
    /// ```
    ///
    /// Correct the name, or add the node template. `SELF`, `HOST`, `SOURCE` and `TARGET` mean something only where a node or a
    /// relationship is spoken of, `HOST` only where that is hosted on something.
    UNKNOWN_NODE = "K2022", "unknown-node", Error;

    /// A group or policy names a member or target that is neither a node template nor a group.
    ///
    /// ```yaml
    /// node_templates:
    ///   server: { type: tosca.nodes.Compute }
    /// groups:
    ///   servers:
    ///     type: tosca.groups.Root
    ///     members: [ sever ]
    /// ```
    ///
    /// Correct the name, or add the node template.
    UNKNOWN_TARGET = "K2023", "unknown-target", Error;

    /// A template copies one that is a copy itself.
    ///
    /// What `copy` names must be complete and must not use `copy` (Simple Profile 1.3, sections 3.8.3 and 3.8.4). All its
    /// keynames and values are taken over; what the copy says itself wins, maps of both are joined, lists are replaced.
    ///
    /// ```yaml
    /// node_templates:
    ///   small: { type: tosca.nodes.Compute }
    ///   medium: { copy: small }
    ///   large: { copy: medium }
    /// ```
    ///
    /// Copy the template at the beginning of the chain: `large: { copy: small }`.
    COPIED_COPY = "K2024", "copied-copy", Error;

    /// A function is called with too few, too many or wrong arguments.
    ///
    /// ```yaml
    /// outputs:
    ///   address: { value: { get_attribute: [ server ] } }
    /// ```
    ///
    /// The message says how the function is called.
    FUNCTION_ARGUMENTS = "K2030", "function-arguments", Error;

    /// A function names a property, attribute, requirement or capability that is not there.
    ///
    /// ```yaml
    /// node_templates:
    ///   db: { type: tosca.nodes.DBMS, properties: { port: 3306 } }
    /// outputs:
    ///   port: { value: { get_property: [ db, prot ] } }
    /// ```
    ///
    /// Correct the name. A path may lead through one requirement or capability to the property, and on into its value.
    UNKNOWN_PATH = "K2031", "unknown-path", Error;

    /// Properties whose values are computed from each other in a circle.
    ///
    /// None of them has a value.
    ///
    /// ```yaml
    /// node_templates:
    ///   a:
    ///     type: tosca.nodes.DBMS
    ///     properties: { port: { get_property: [ b, port ] } }
    ///   b:
    ///     type: tosca.nodes.DBMS
    ///     properties: { port: { get_property: [ a, port ] } }
    /// ```
    ///
    /// Give one of them a value of its own.
    PROPERTY_CYCLE = "K2032", "property-cycle", Error;

    /// A value that only exists at run time is needed at compile time.
    ///
    /// Attributes, outputs of operations, secrets and paths of artifacts come into being while the application runs.
    /// Inputs of operations, and what engines only hand on, are evaluated then, on the host. What decides where and how
    /// something is run is settled before anything runs; so are inputs of the template:
    ///
    /// ```yaml
    /// inputs:
    ///   address: { type: string, default: { get_attribute: [ server, private_address ] } }
    /// node_templates:
    ///   server: { type: tosca.nodes.Compute }
    /// ```
    ///
    /// Use a value that is known before: an input or a property.
    RUNTIME_VALUE = "K2033", "run-time-value", Error;

    /// A map that can only be meant as a function call, with a name that is no function.
    ///
    /// The functions are `get_input`, `get_property`, `get_attribute`, `get_operation_output`, `get_nodes_of_type`,
    /// `get_artifact`, `concat`, `join` (since 1.2) and `token` (Simple Profile 1.3, chapter 4), and khor's own `get_secret`.
    ///
    /// ```yaml
    /// inputs:
    ///   port: { type: integer }
    /// node_templates:
    ///   db:
    ///     type: tosca.nodes.DBMS
    ///     properties: { port: { get_inptu: port } }
    /// ```
    ///
    /// Correct the name.
    UNKNOWN_FUNCTION = "K2034", "unknown-function", Error;

    /// A value is not of the type its definition declares.
    ///
    /// ```yaml
    /// node_templates:
    ///   db:
    ///     type: tosca.nodes.DBMS
    ///     properties: { port: eighty }   # an integer is declared
    /// ```
    ///
    /// Write a value of that type.
    WRONG_TYPE = "K2040", "wrong-type", Error;

    /// A value breaks a constraint of its definition.
    ///
    /// ```yaml
    /// node_templates:
    ///   server:
    ///     type: tosca.nodes.Compute
    ///     capabilities:
    ///       host: { properties: { num_cpus: 0 } }   # greater_or_equal: 1
    /// ```
    ///
    /// Write a value within the constraint.
    VIOLATED_CONSTRAINT = "K2041", "violated-constraint", Error;

    /// A constraint that does not suit the type it stands on, or whose operand does not.
    ///
    /// Each operator goes with some types only: lengths with strings, lists and maps, orders with numbers, versions,
    /// timestamps and strings, `pattern` with strings (Simple Profile 1.3, section 3.6.3.1). Its operand must be a
    /// value of the type itself. Such a constraint could never be judged, and would let every value pass or none.
    ///
    /// ```yaml
    /// data_types:
    ///   my.Endpoint:
    ///     properties:
    ///       port:
    ///         type: integer
    ///         constraints:
    ///           - min_length: 1     # integers have no length
    ///           - less_than: many   # and this is no integer
    /// ```
    ///
    /// Use an operator of the type, with a value of the type: `greater_or_equal: 1`.
    MISPLACED_CONSTRAINT = "K2042", "misplaced-constraint", Error;

    /// An `entry_schema` or `key_schema` where there are no entries or keys.
    ///
    /// Only lists and maps have entries, and only maps have keys. On other types the schema is never looked at.
    ///
    /// ```yaml
    /// data_types:
    ///   my.Endpoint:
    ///     properties:
    ///       ports:
    ///         type: integer
    ///         entry_schema: { type: integer }   # `type: list` is meant
    /// ```
    ///
    /// Declare `type: list` or `type: map`, or remove the schema.
    MISPLACED_SCHEMA = "K2043", "misplaced-schema", Error;
}
