//! K0xxx: what can be wrong with a file before its meaning is looked at.

codes! {
    /// The file cannot be read.
    ///
    /// It is missing, it is a directory or a device, or the system does not let you read it. The message says which.
    UNREADABLE_FILE = "K0001", "unreadable-file", Error;

    /// The file is not text in UTF-8.
    ///
    /// TOSCA and khoreia files are YAML, and YAML is read as UTF-8. Save the file as UTF-8; the message gives the
    /// place of the first byte that is not.
    NOT_UTF8 = "K0002", "not-utf8", Error;

    /// The file holds no document.
    ///
    /// There is nothing but blanks and comments in it.
    EMPTY_FILE = "K0003", "empty-file", Error;

    /// The text is not YAML.
    ///
    /// Reading goes on at the next line that is indented less, so that further faults of the same file are found in
    /// the same run.
    SYNTAX = "K0010", "yaml-syntax", Error;

    /// A key stands twice in one map.
    ///
    /// YAML 1.2 (section 3.2.1.3) wants keys to be unique; readers that accept both silently drop one of the values.
    ///
    /// ```yaml
    /// properties:
    ///   port: 80
    ///   port: 8080
    /// ```
    ///
    /// Remove or rename one of the two.
    DUPLICATE_KEY = "K0011", "duplicate-key", Error;

    /// An alias names an anchor that is not there.
    ///
    /// `*name` stands for the value marked `&name` earlier in the same file. The anchor has to come before the alias,
    /// and the alias may not stand inside of the marked value itself.
    ///
    /// ```yaml
    /// node_templates:
    ///   web: *defaults
    /// ```
    ///
    /// Mark the value that is meant with `&defaults`, above the alias. If no alias was meant, quote the text.
    UNKNOWN_ANCHOR = "K0018", "unknown-anchor", Error;

    /// Lists and maps are nested deeper than any template needs.
    ///
    /// khor reads 128 levels, aliases followed. More is either a mistake (brackets that are never closed) or an attack.
    NESTED_TOO_DEEP = "K0021", "nested-too-deep", Error;

    /// Aliases of aliases make the document larger than can be walked.
    ///
    /// Each alias stands for all that its anchor marks, so that a few lines can mean billions of nodes. khor follows
    /// aliases as long as they add no more than ten million nodes.
    ALIAS_EXPANSION = "K0022", "alias-expansion", Error;

    /// `<<` is given something that is no map.
    ///
    /// The merge key `<<` takes the entries of another map into this one. Its value is an alias of a map, or a list of
    /// such aliases.
    ///
    /// ```yaml
    /// web:
    ///   <<: defaults
    /// ```
    ///
    /// Write `<<: *defaults`.
    MERGE_VALUE = "K0023", "merge-value", Error;
}
