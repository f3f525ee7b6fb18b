//! K206x: substitution mappings.

codes! {
    /// A mapping of `substitution_mappings` is not of the form that its section takes.
    ///
    /// Properties map to `[ INPUT ]` or `[ NODE, PROPERTY ]`, attributes to `[ NODE, ATTRIBUTE ]`, capabilities to
    /// `[ NODE, CAPABILITY ]`, requirements to `[ NODE, REQUIREMENT ]` (Simple Profile 1.3, sections 3.8.7 to 3.8.12).
    ///
    /// ```yaml
    /// substitution_mappings:
    ///   node_type: my.Database
    ///   capabilities:
    ///     endpoint: [ db ]   # which capability of db?
    /// ```
    ///
    /// Name the node template and what it has.
    MAPPING_FORM = "K2060", "mapping-form", Error;

    /// A substitution mapping joins two things of different types.
    ///
    /// What the substituted node is given flows into the template that substitutes it, so both ends must be of one type.
    ///
    /// ```yaml
    /// substitution_mappings:
    ///   node_type: my.Database   # its property `port` is an integer
    ///   properties:
    ///     port: [ db_name ]      # this input is a string
    /// ```
    ///
    /// Map it to something of the same type, or change one of the two types.
    UNFIT_MAPPING = "K2061", "unfit-mapping", Error;

    /// A required property of the substituted type reaches nothing in the template that substitutes it.
    ///
    /// Nodes of that type must be given the property, and its value would be lost. Properties are mapped under
    /// `properties` of `substitution_mappings` (since 1.2), or reach the input of the same name.
    ///
    /// ```yaml
    /// node_types:
    ///   my.Queue: { properties: { port: { type: integer } } }
    /// topology_template:
    ///   inputs: { prot: { type: integer } }
    ///   substitution_mappings: { node_type: my.Queue }
    /// ```
    ///
    /// Map the property to an input, or give an input its name.
    UNMAPPED_PROPERTY = "K2062", "unmapped-property", Error;

    /// A substitution leaves open what becomes of a part of the substituted node.
    ///
    /// A requirement that every node of the type has, a capability that others may use, an attribute that others may read,
    /// or an input that must have a value is mapped to nothing. Alone the template may work; in place of such a node it cannot do all of its part.
    ///
    /// ```yaml
    /// topology_template:
    ///   inputs: { secret: { type: string } }       # nothing gives it a value
    ///   substitution_mappings: { node_type: my.Queue }
    /// ```
    ///
    /// Add the mapping; for an input a `default` does as well.
    INCOMPLETE_SUBSTITUTION = "K2063", "incomplete-substitution", Warning;

    /// A template that substitutes a node has an output that is no attribute of the node's type.
    ///
    /// Up to 1.2 the outputs of such a template become the attributes of the substituted node by their names (Simple
    /// Profile 1.0, section 2.10), so this one goes nowhere. Since 1.3 attributes are mapped, and an output may be there
    /// for those who use the template by itself.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_1
    /// node_types:
    ///   my.Shop:
    ///     derived_from: tosca.nodes.Root
    ///     attributes: { address: { type: string } }
    /// topology_template:
    ///   substitution_mappings: { node_type: my.Shop }
    ///   outputs:
    ///     adress: { value: "http://shop" }
    ///   node_templates:
    ///     server: { type: tosca.nodes.Compute }
    /// ```
    ///
    /// Correct the name, define the attribute in the type, or remove the output.
    STRAY_OUTPUT = "K2064", "stray-output", Warning;
}
