//! That the tables are sound in themselves, and that khor's own profiles hold to them.

use proptest::prelude::*;

use super::check;
use crate::diagnostic::{Diagnostic, Sink};
use crate::grammar::Value as Kind;
use crate::source::SourceMap;
use crate::tosca::Version;
use crate::yaml;

fn faults(text: &str, version: Version) -> Vec<Diagnostic> {
    let mut sources = SourceMap::new();
    let source = sources.add("t.yaml", text);
    let mut sink = Sink::new();
    let tree = yaml::parse(&sources, source, &mut sink);
    if let Some(root) = tree.root() {
        let _ = check(&tree, root, version, &mut sink);
    }
    sink.into_sorted()
}

const PROFILES: [(Version, &str, usize); 5] = [
    (
        Version::Simple10,
        include_str!("../../../tosca-profiles/simple/1.0.yaml"),
        57,
    ),
    (
        Version::Simple11,
        include_str!("../../../tosca-profiles/simple/1.1.yaml"),
        61,
    ),
    (
        Version::Simple12,
        include_str!("../../../tosca-profiles/simple/1.2.yaml"),
        65,
    ),
    (
        Version::Simple13,
        include_str!("../../../tosca-profiles/simple/1.3.yaml"),
        66,
    ),
    (
        Version::Simple13,
        include_str!("../../../tosca-profiles/khor/1.0.yaml"),
        13,
    ),
];

#[test]
fn the_profiles_hold_to_the_grammar_of_their_version() {
    for (version, text, count) in PROFILES {
        assert!(text.contains(&format!("tosca_definitions_version: {version}\n")));
        assert_eq!(faults(text, version), []);
        let mut sources = SourceMap::new();
        let source = sources.add("t.yaml", text);
        let tree = yaml::parse(&sources, source, &mut Sink::new());
        let sections = tree.entries(tree.root().unwrap()).iter();
        let types = sections.filter(|section| tree.scalar(section.key).unwrap().ends_with("_types"));
        let types: usize = types.map(|section| tree.entries(section.value).len()).sum();
        assert_eq!(types, count, "types of {version}");
    }
}

/// Visits the entities that can be reached from a value, each once.
fn visit(value: &'static super::Value, seen: &mut Vec<&'static super::Entity>) {
    match value {
        Kind::Map(inner) | Kind::List(inner) | Kind::NamedList(inner) | Kind::Named(inner) => {
            visit(inner, seen);
        }
        Kind::OneOf(forms) => forms.iter().for_each(|form| visit(form, seen)),
        Kind::Entity(entity) if !seen.iter().any(|known| std::ptr::eq(*known, *entity)) => {
            seen.push(entity);
            entity.keynames.iter().for_each(|row| visit(&row.value, seen));
            entity.rest.into_iter().for_each(|rest| visit(rest, seen));
        }
        _ => {}
    }
}

#[test]
fn no_version_has_a_keyname_twice_and_every_row_is_in_some_version() {
    let mut entities = Vec::new();
    visit(&super::service::ROOT, &mut entities);
    assert!(entities.len() > 40, "{}", entities.len());
    for entity in entities {
        assert!(entity.keynames.len() <= 64, "{}", entity.name);
        for version in Version::ALL {
            let mut names: Vec<_> = entity.names(version).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{} in {version}", entity.name);
        }
        for row in entity.keynames {
            let versions = Version::ALL.into_iter().filter(|version| row.is_in(*version));
            assert!(versions.count() > 0, "{} of {}", row.name, entity.name);
        }
    }
}

#[test]
fn both_notations_of_interfaces_are_taken_in_every_version() {
    let types = "interface_types:\n  my.I:\n    derived_from: tosca.interfaces.Root\n    ";
    let templates = "topology_template:\n  node_templates:\n    n:\n      type: T\n      interfaces:\n        Standard:\n          ";
    for version in &Version::ALL[..4] {
        for text in [
            format!("{types}create:\n      description: d\n"),
            format!("{types}operations:\n      create:\n"),
            format!("{templates}create: a.sh\n"),
            format!("{templates}operations: {{ create: {{ implementation: {{ primary: a.sh }} }} }}\n"),
        ] {
            assert_eq!(faults(&text, *version), [], "{version}\n{text}");
        }
    }
}

#[test]
fn all_forms_of_imports_are_taken() {
    let text = "imports:\n- a.yaml\n- file: b.yaml\n  namespace_prefix: b\n- c: c.yaml\n- d:\n    file: d.yaml\n    repository: r\n";
    for version in &Version::ALL[..4] {
        assert_eq!(faults(text, *version), []);
    }
}

proptest! {
    /// Whatever stands under whatever keyname: no panic, and every fault has a place in the text.
    #[test]
    fn any_document_is_walked(
        lines in proptest::collection::vec(
            (0_usize..6, "(- )?[a-z]{1,3}", 0_usize..KEYS.len(), "(|x|5|\\[ a, 1 \\]|\\{ a: b \\}|~|\\{ get_input: a \\})"),
            0..24,
        ),
        version in 0_usize..4,
    ) {
        let mut text = String::new();
        for (depth, own, key, value) in &lines {
            let key = if depth % 2 == 1 { own } else { KEYS[*key] };
            text.extend([&"  ".repeat(*depth), key, ": ", value.as_str(), "\n"]);
        }
        for fault in faults(&text, Version::ALL[version]) {
            prop_assert!(fault.span.end as usize <= text.len());
            prop_assert!(!fault.message.is_empty());
        }
    }
}

const KEYS: [&str; 16] = [
    "topology_template",
    "node_templates",
    "node_types",
    "requirements",
    "- host",
    "interfaces",
    "operations",
    "properties",
    "constraints",
    "- in_range",
    "imports",
    "- file",
    "type",
    "policies",
    "triggers",
    "capabilities",
];
