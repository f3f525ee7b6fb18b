//! K9xxx: style. Valid, but a careful reviewer would say something. K9010 to K9019 are about khor's own settings.

codes! {
    /// A number, boolean or null where a string is declared; its raw text is taken.
    ///
    /// YAML reads `1.10` as the number 1.1 and `yes` or `no`, in older versions, as a boolean. khor takes the text as it
    /// is written; other tools may not.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// node_types:
    ///   Shop:
    ///     derived_from: tosca.nodes.Root
    ///     properties:
    ///       release: { type: string }
    /// topology_template:
    ///   node_templates:
    ///     shop:
    ///       type: Shop
    ///       properties: { release: 1.10 }
    /// ```
    ///
    /// Quote the value: `"1.10"`.
    QUOTE_STRING = "K9001", "unquoted-string", Warning;

    /// A rule is named that khor does not have.
    ///
    /// Comments (`# khor: allow(rule-name)`), `khor.toml` and the command line name rules, by name or by code. A name
    /// that is misspelt has no effect.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// topology_template:
    ///   # khor: allow(emty-section)
    ///   inputs: {}
    /// ```
    ///
    /// Write the name as `khor explain` lists it.
    UNKNOWN_RULE = "K9010", "unknown-rule", Warning;

    /// A comment allows what is not there.
    ///
    /// `# khor: allow(rule-name)` keeps khor from reporting that rule on the same line or, if the comment has a line of
    /// its own, on the next line. Once the fault is gone, the comment would hide the next one.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// topology_template:
    ///   inputs: {}   # khor: allow(empty-section)
    /// ```
    ///
    /// Remove the name from the comment, or the whole comment.
    UNUSED_SUPPRESSION = "K9011", "unused-suppression", Warning;

    /// A comment begins with `# khor:` and says nothing that khor understands.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// # khor: allow empty-section
    /// topology_template: {}
    /// ```
    ///
    /// Write `# khor: allow(rule-name)`, with several rules separated by commas. More may follow the bracket, such as
    /// the reason.
    MALFORMED_SUPPRESSION = "K9012", "malformed-suppression", Warning;

    /// `khor.toml` is not TOML, or has a section, key or value that khor does not know.
    ///
    /// The file is looked for in the folder of the linted file and in those above it. It may have these sections:
    ///
    /// ```toml
    /// [lint]
    /// deny = ["unused-input", "warnings"]
    /// warn = ["unknown-type"]
    /// allow = ["isolated-node"]
    ///
    /// [imports]
    /// "https://example.org/types.yaml" = "vendor/types.yaml"
    /// ```
    ///
    /// What is understood counts all the same. Correct the place that the message marks.
    BAD_CONFIGURATION = "K9013", "bad-configuration", Error;
}
