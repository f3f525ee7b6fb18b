//! K2008 and K2090 to K2094: imports that can be had otherwise, and the names they bring.

codes! {
    /// An import by URL that no file of this machine stands for.
    ///
    /// khor does not fetch anything unless it is asked to: a template has to mean the same tomorrow, and elsewhere. There
    /// are two ways. With `--fetch` (of `lint`, `compile` and `up`) the file is fetched over HTTPS, its digest is kept in
    /// `khor.lock` and its text beside it in `.khor/imports`; later runs need neither `--fetch` nor the network. Or save the
    /// file, and map the URL to it in `khor.toml`, in the folder of the template or above it. A URL that ends in `/` is
    /// mapped to a folder.
    ///
    /// ```yaml
    /// imports:
    ///   - https://example.com/types/web.yaml
    /// ```
    ///
    /// ```toml
    /// [imports]
    /// "https://example.com/types/web.yaml" = "vendor/web.yaml"
    /// "https://example.com/more/" = "vendor/more/"
    /// ```
    ///
    /// What may be defined in that file is not reported as unknown. Where it could be fetched, `khor lint` only warns: the
    /// template may well be right. What is not HTTPS is never fetched, and nothing is compiled without its imports.
    IMPORT_NOT_FETCHED = "K2008", "import-not-fetched", Error;

    /// A `namespace_prefix` that cannot stand before a type's name, or that the standard keeps for its own types.
    ///
    /// Types of the imported file are named `prefix:Type`, so a colon or a blank in the prefix itself would be read as
    /// something else. `tosca` is the prefix of the normative types (Simple Profile 1.3, section 3.1); as the prefix of
    /// another file it is a warning.
    ///
    /// ```yaml
    /// imports:
    ///   - file: khor:1.0
    ///     namespace_prefix: my types
    /// ```
    ///
    /// Write `my_types`.
    BAD_PREFIX = "K2090", "bad-prefix", Error;

    /// Two files are imported with the same `namespace_prefix`.
    ///
    /// A name behind that prefix is looked for in both, and whoever reads `k8s:Pod` cannot tell which of them is meant.
    ///
    /// ```yaml
    /// imports:
    ///   - { file: khor:1.0, namespace_prefix: my }
    ///   - { file: tosca_simple_yaml_1_3, namespace_prefix: my }
    /// ```
    ///
    /// Give each file a prefix of its own.
    DUPLICATE_PREFIX = "K2091", "duplicate-prefix", Warning;

    /// A file is imported twice, or by itself.
    ///
    /// The second import brings nothing.
    ///
    /// ```yaml
    /// imports:
    ///   - khor:1.0
    ///   - khor:1.0
    /// ```
    ///
    /// Remove one of the two.
    DUPLICATE_IMPORT = "K2092", "duplicate-import", Warning;

    /// Two files that are seen together define a type of the same name, and not the same type.
    ///
    /// Names are unique within a namespace. Which of the two is taken differs from reader to reader, so that a template
    /// works with one and fails with another. The standard's own types are seen by every file, so a type with the full name
    /// of one of them is such a second one too.
    ///
    /// ```yaml
    /// # topology.yaml imports base.yaml, which has a node type `Server` too
    /// imports: [ base.yaml ]
    /// node_types:
    ///   Server: { derived_from: tosca.nodes.Compute }
    /// ```
    ///
    /// Rename one of them, or import one of the files with a `namespace_prefix`.
    ///
    /// A data type that makes something else of a built-in one, as of `string`, is an error: the built-in one always counts.
    COLLIDING_TYPES = "K2093", "colliding-types", Warning;

    /// An import's `namespace_uri` is not the `namespace` that the imported file declares.
    ///
    /// ```yaml
    /// # base.yaml says `namespace: https://example.com/base`
    /// imports:
    ///   - file: base.yaml
    ///     namespace_uri: https://example.com/bass
    /// ```
    ///
    /// Write the namespace that the file declares, or import another file.
    NAMESPACE_MISMATCH = "K2094", "namespace-mismatch", Warning;
}
