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
    ///
    /// ```yaml
    /// dsl_definitions:
    ///   hosts: - bsd1
    /// ```
    ///
    /// The message says what is in the way and, where it can, what was meant.
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

    /// A tab stands where only blanks may stand.
    ///
    /// YAML's structure is its indentation, and how wide a tab is depends on the editor. So indentation is made of
    /// blanks only (YAML 1.2, section 6.1).
    ///
    /// ```yaml
    /// metadata:
    /// 	template_name: shop
    /// ```
    ///
    /// Set your editor to insert blanks, and replace the tabs that are there: `expand -t 2 FILE` does it.
    TAB_INDENTATION = "K0012", "tab-indentation", Error;

    /// A line begins in a column that fits nothing above it.
    ///
    /// The keys of one map begin in the same column, and so do the items of one list. What belongs to a key is indented
    /// deeper than it.
    ///
    /// ```yaml
    /// properties:
    ///     port: 80
    ///   protocol: tcp
    /// ```
    ///
    /// Indent `protocol` as deep as `port`.
    BAD_INDENTATION = "K0013", "bad-indentation", Error;

    /// A key has no colon, or no blank behind its colon.
    ///
    /// Only `: `, a colon with a blank or the end of the line behind it, makes a key. `port:80` is one word.
    ///
    /// ```yaml
    /// properties:
    ///   port:80
    ///   protocol: tcp
    /// ```
    ///
    /// Write `port: 80`.
    MISSING_COLON = "K0014", "missing-colon", Error;

    /// A quote is never closed, or closed before the text ends.
    ///
    /// ```yaml
    /// description: 'it's a web server'
    /// ```
    ///
    /// Inside of single quotes a quote is written twice (`'it''s'`), inside of double quotes with a backslash (`\"`).
    UNCLOSED_QUOTE = "K0015", "unclosed-quote", Error;

    /// A bracket is never closed, closed by the wrong one, or closed without having been opened.
    ///
    /// ```yaml
    /// valid_source_types: [ tosca.nodes.Compute
    /// occurrences: [1, 1]
    /// ```
    ///
    /// Write the bracket that is missing. A text that holds brackets is to be quoted.
    UNCLOSED_BRACKET = "K0016", "unclosed-bracket", Error;

    /// A character stands where it cannot begin a value.
    ///
    /// `@` and `` ` `` are kept by YAML for later; `%`, `*`, `&`, `!`, `|`, `>` have a meaning of their own at the beginning
    /// of a value. Control characters may not stand in YAML at all.
    ///
    /// ```yaml
    /// owner: @operations
    /// ```
    ///
    /// Quote the value: `"@operations"`.
    STRAY_CHARACTER = "K0017", "stray-character", Error;

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

    /// A value is a template of another tool.
    ///
    /// `{{ … }}` and `{% … %}` are filled in by template engines before a file is read. khor reads the file as it is, and
    /// to YAML each `{` opens a map.
    ///
    /// ```yaml
    /// port: {{ web_port }}
    /// ```
    ///
    /// Fill in the template first, or use TOSCA's own way: an input and `{ get_input: web_port }`. If the text itself is
    /// meant, quote it.
    TEMPLATE_VALUE = "K0019", "template-value", Error;

    /// A file holds several documents.
    ///
    /// `---` begins a document. A topology is one document in one file; only the first is read.
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// ---
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// ```
    ///
    /// Put each document into a file of its own.
    SEVERAL_DOCUMENTS = "K0020", "several-documents", Error;

    /// Lists and maps are nested deeper than any template needs.
    ///
    /// khor reads 128 levels, aliases followed. More is either a mistake (brackets that are never closed) or an attack.
    NESTED_TOO_DEEP = "K0021", "nested-too-deep", Error;

    /// Aliases of aliases make the document larger than can be walked.
    ///
    /// Each alias stands for all that its anchor marks, so that a few lines can mean billions of nodes. khor follows
    /// aliases as long as they add no more than ten million nodes.
    ALIAS_EXPANSION = "K0022", "alias-expansion", Error;

    /// A text without quotes holds `: `.
    ///
    /// To YAML `: ` ends a key, so that a line cannot hold two of them.
    ///
    /// ```yaml
    /// description: the port: where it listens
    /// ```
    ///
    /// Quote the text: `"the port: where it listens"`.
    UNQUOTED_COLON = "K0024", "unquoted-colon", Error;

    /// A value has a tag that means nothing to khor.
    ///
    /// `!name` before a value is a YAML tag. Some tools give tags a meaning of their own (`!include`, `!vault`, `!Ref`);
    /// TOSCA has none. The value is read as if the tag were not there, which is hardly what was meant.
    ///
    /// ```yaml
    /// inputs: !include inputs.yaml
    /// ```
    ///
    /// Use an import, or a function such as `{ get_input: name }`. Quote a text that begins with `!`.
    UNKNOWN_TAG = "K0026", "unknown-tag", Warning;

    /// So many syntax faults that reading stops.
    ///
    /// khor reports fifty syntax faults of one file. What has more is most often no YAML at all.
    TOO_MANY_FAULTS = "K0025", "too-many-faults", Error;

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
