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
    /// "https://example.org/more/" = "vendor/more/"
    /// ```
    ///
    /// Paths are relative to `khor.toml`.
    ///
    /// What is understood counts all the same. Correct the place that the message marks.
    BAD_CONFIGURATION = "K9013", "bad-configuration", Error;

    /// `khor.lock` is not as khor writes it.
    ///
    /// It holds one line per import that was fetched: the URL, and the SHA-256 digest of the text. Without it nobody could
    /// tell whether an import is still what it was, so nothing is fetched and nothing fetched is used.
    ///
    /// ```toml
    /// [imports]
    /// "https://example.org/types.yaml" = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    /// ```
    ///
    /// Take it back from version control; or remove it, and run once with `--fetch`.
    BAD_LOCK = "K9014", "bad-lock-file", Error;

    /// An input that nothing asks for.
    ///
    /// Whoever gives it a value expects an effect. It is often a misspelt name elsewhere, or what is left of something.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// topology_template:
    ///   inputs:
    ///     port: { type: integer, default: 3306 }
    ///   node_templates:
    ///     db: { type: tosca.nodes.DBMS }
    /// ```
    ///
    /// Use it (`{ get_input: port }`), or remove it.
    UNUSED_INPUT = "K9101", "unused-input", Warning;

    /// A type that nothing is of, in a file that has node templates.
    ///
    /// A file of types alone is a library: there, nothing is unused.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// node_types:
    ///   Shop: { derived_from: tosca.nodes.Root }
    /// topology_template:
    ///   node_templates:
    ///     shop: { type: tosca.nodes.WebServer, requirements: [ host: server ] }
    ///     server: { type: tosca.nodes.Compute }
    /// ```
    ///
    /// Use the type, remove it, or move it into a file of types that templates import.
    UNUSED_TYPE = "K9102", "unused-type", Warning;

    /// An import of types, none of which is used.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// imports: [ khor:1.0 ]
    /// topology_template:
    ///   node_templates:
    ///     server: { type: tosca.nodes.Compute }
    /// ```
    ///
    /// Remove the import.
    UNUSED_IMPORT = "K9103", "unused-import", Warning;

    /// A node that nothing is connected with, in a topology whose other nodes are connected.
    ///
    /// It requires nothing, nothing requires it, no operation brings it about, and no function, group, policy or workflow
    /// names it. Often a requirement was forgotten.
    ///
    /// ```yaml
    /// node_templates:
    ///   server: { type: tosca.nodes.Compute }
    ///   spare: { type: tosca.nodes.Compute }
    ///   web:
    ///     type: tosca.nodes.WebServer
    ///     requirements: [ host: server ]
    /// ```
    ///
    /// Connect it, or remove it.
    ISOLATED_NODE = "K9104", "isolated-node", Warning;

    /// A password, key or token stands in the text of a template.
    ///
    /// Templates are kept in repositories, sent around and printed. A secret in them is known to all who can read them,
    /// and the same everywhere.
    ///
    /// ```yaml
    /// inputs:
    ///   db_password: { type: string, default: s3cret }
    /// ```
    ///
    /// Make it an input without a default, and give it a value when the application is compiled.
    PLAIN_SECRET = "K9105", "plain-secret", Warning;

    /// Two nodes bring about the same file on the same host.
    ///
    /// If they want different things, each mends what the other did, for ever. If they want the same, deleting one of
    /// them takes the file away from the other.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// imports: [ khor:1.0 ]
    /// topology_template:
    ///   node_templates:
    ///     one:
    ///       type: khor.nodes.File
    ///       metadata: { khor.host: bsd1 }
    ///       properties: { path: /etc/motd, content: one }
    ///     two:
    ///       type: khor.nodes.File
    ///       metadata: { khor.host: bsd1 }
    ///       properties: { path: /etc/motd, content: two }
    /// ```
    ///
    /// Let one node manage the file, or give one of them another path. Directories that both want alike are fine.
    SAME_FILE = "K9106", "same-file", Warning;

    /// A relationship template that no requirement uses.
    ///
    /// A relationship template takes effect only where a requirement names it. One that nothing names is mostly a
    /// requirement's forgotten `relationship`.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates:
    ///     server: { type: tosca.nodes.Compute }
    ///     web: { type: tosca.nodes.WebServer, requirements: [ host: server ] }
    ///   relationship_templates:
    ///     place: { type: tosca.relationships.HostedOn }
    /// ```
    ///
    /// Name it in the requirement: `host: { node: server, relationship: place }`, or remove it.
    UNUSED_RELATIONSHIP = "K9110", "unused-relationship", Warning;
}
