//! K0xxx, continued: archives (CSAR), before any file in them is looked at.

codes! {
    /// An archive that cannot be read, or that is not safe to read.
    ///
    /// A CSAR is a zip archive. It is held in memory and never unpacked to disk. khor refuses what no honest packer
    /// writes: entries with absolute paths or `..`, links, encrypted entries, two entries of one name, more than
    /// 65,534 entries, more than 2 GiB unpacked, or a few bytes that unpack to very many.
    ///
    /// Pack it again: `zip -r app.csar TOSCA-Metadata Definitions Scripts`.
    BAD_ARCHIVE = "K0030", "bad-archive", Error;

    /// A `TOSCA.meta` that cannot be read as such.
    ///
    /// It has lines of the form `Name: value`; an empty line ends a block, and a line that begins with a blank goes on
    /// with the value above (Simple Profile 1.3, section 6.2). The first block is about the archive:
    ///
    /// ```yaml
    /// TOSCA-Meta-File-Version: 1.1
    /// CSAR-Version: 1.1
    /// Created-By: the shop's team
    /// Entry-Definition: Definitions/shop.yaml
    /// ```
    ///
    /// Here `Entry-Definitions` is misspelt, so that the archive has no service template.
    BAD_TOSCA_META = "K0031", "bad-tosca-meta", Error;

    /// `TOSCA.meta` does not say all that it should say about the archive.
    ///
    /// The first block has `TOSCA-Meta-File-Version`, `CSAR-Version`, `Created-By` and `Entry-Definitions` (Simple
    /// Profile 1.3, section 6.2.1). Versions are two numbers with a dot between. khor reads the archive all the same;
    /// stricter tools do not.
    INCOMPLETE_TOSCA_META = "K0032", "incomplete-tosca-meta", Warning;

    /// It is not plain which file of an archive is its service template.
    ///
    /// `Entry-Definitions` in `TOSCA-Metadata/TOSCA.meta` names it. An archive without `TOSCA.meta` has exactly one
    /// YAML file in its root, and that is it (Simple Profile 1.3, section 6.3).
    ///
    /// Write a `TOSCA.meta`, or leave one YAML file in the root.
    NO_ENTRY = "K0033", "no-entry-definitions", Error;

    /// The service template of an archive without `TOSCA.meta` does not name itself.
    ///
    /// It says in its `metadata` what `TOSCA.meta` would have said: `template_name` and `template_version` are required
    /// there (Simple Profile 1.3, section 6.3).
    ///
    /// ```yaml
    /// tosca_definitions_version: tosca_simple_yaml_1_3
    /// metadata:
    ///   template_name: shop       # template_version is missing
    /// ```
    ///
    /// Add `template_version`, or a `TOSCA-Metadata/TOSCA.meta`.
    MISSING_METADATA = "K0034", "missing-template-metadata", Error;
}
