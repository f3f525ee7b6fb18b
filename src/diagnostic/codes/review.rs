//! K9108 and on: what is on its way out, what readers of YAML take differently, scripts that will not start as meant.

codes! {
    /// A keyname, or a word, that the standard has replaced by another.
    ///
    /// It still means the same in this version; the next version of TOSCA does not have it any more.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates:
    ///     server: { type: tosca.nodes.Compute, directives: [ selectable ] }
    /// ```
    ///
    /// Write what the message names: here `select`.
    DEPRECATED_KEYNAME = "K9108", "deprecated-keyname", Warning;

    /// A property or input is given a value although its definition says that it is deprecated or not supported.
    ///
    /// `status` of a definition is `supported`, `unsupported`, `experimental` or `deprecated` (Simple Profile 1.3, section
    /// 3.6.10.3). Experimental ones are told as information only.
    ///
    /// ```yaml
    /// node_types:
    ///   my.Server:
    ///     derived_from: tosca.nodes.Root
    ///     properties:
    ///       port: { type: integer, required: false, status: deprecated, description: use `ports` }
    /// topology_template:
    ///   node_templates:
    ///     server: { type: my.Server, properties: { port: 80 } }
    /// ```
    ///
    /// Use what replaces it, or remove it.
    PROPERTY_STATUS = "K9109", "property-status", Warning;

    /// A version that YAML reads as a number with fewer digits.
    ///
    /// Unquoted, `1.10` is the number 1.1 to YAML. khor takes the text as it is written; other tools may take the number,
    /// and confuse the tenth version with the first.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// node_types:
    ///   my.Server:
    ///     derived_from: tosca.nodes.Root
    ///     version: 1.10
    /// ```
    ///
    /// Quote it: `"1.10"`.
    SHORTENED_VERSION = "K9111", "shortened-version", Warning;

    /// A number that begins with a zero.
    ///
    /// YAML 1.1 reads `0644` as octal, which is 420; YAML 1.2 reads 644. So its value depends on who reads the file.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// node_types:
    ///   my.File:
    ///     derived_from: tosca.nodes.Root
    ///     properties:
    ///       mode: { type: integer, default: 0644 }
    /// ```
    ///
    /// Quote it if a text is meant (`"0644"`), or write `0o644` for the octal number, `644` for the decimal one.
    LEADING_ZERO = "K9112", "leading-zero", Warning;

    /// A script that will not be run by what its author means.
    ///
    /// A script is run by the interpreter that its first line names (`#!/bin/sh`), else by the one that its ending tells
    /// (`sh`, `bash`, `zsh`, `py`, `pl`, `rb`), else by `sh`. A first line that ends as on Windows names an interpreter that
    /// is nowhere. khor makes scripts executable by itself.
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates:
    ///     server:
    ///       type: tosca.nodes.Compute
    ///       interfaces:
    ///         Standard: { create: playbooks/create.yaml }   # a file without a first line `#!...`
    /// ```
    ///
    /// Add the first line, or save the file with LF line ends.
    SCRIPT_START = "K9113", "script-start", Warning;

    /// A script that cannot be run as it is.
    ///
    /// Its first line names an interpreter, but nobody may execute the file. khor makes scripts executable on the hosts;
    /// other orchestrators, and people who try the script, are told "permission denied".
    ///
    /// ```yaml
    /// topology_template:
    ///   node_templates:
    ///     server:
    ///       type: tosca.nodes.Compute
    ///       interfaces:
    ///         Standard: { create: scripts/create.sh }   # mode 0644, begins with `#!/bin/sh`
    /// ```
    ///
    /// Make it executable: `chmod +x scripts/create.sh`, and commit the mode.
    NOT_EXECUTABLE = "K9114", "script-not-executable", Warning;
}
