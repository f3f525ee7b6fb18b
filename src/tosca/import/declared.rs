//! Which version of TOSCA a file is written in.

use super::super::Version;
use super::super::view::View;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::source::Span;

const WHY: &str = "every TOSCA file says which version of the language it is written in";

const KEYNAME: &str = "tosca_definitions_version";

/// The version a document declares, or `inherited` where it declares none; none if it is one khor does not read.
pub(super) fn version_of(
    root: View<'_>,
    inherited: Option<Version>,
    broken: bool,
    sink: &mut Sink,
) -> Option<Version> {
    if !root.is_map() {
        // What is imported is held against the grammar by whoever imports it.
        if inherited.is_none() {
            let _ = root.check_grammar(Version::Simple13, sink);
        }
        return inherited;
    }
    let Some(stated) = root.get_nullable(KEYNAME) else {
        let near = root
            .entries()
            .find(|(_, name, _)| did_you_mean(name, [KEYNAME]).is_some());
        if let Some(near) = near {
            return behind_misspelt(near, inherited, sink);
        }
        if !broken {
            sink.push(missing(root));
        }
        return inherited;
    };
    let Some((at, text)) = root.name_of(KEYNAME) else {
        if !stated.is_error() {
            sink.push(not_told(root, stated));
        }
        return inherited;
    };
    check_first(root, sink);
    match Version::of(text) {
        Some(Version::Tosca20) => {
            sink.push(
                Diagnostic::new(
                    &codes::UNSUPPORTED_VERSION,
                    at.span(),
                    "TOSCA 2.0 is not read yet",
                )
                .note("this khor reads `tosca_simple_yaml_1_0` to `tosca_simple_yaml_1_3`")
                .help("write the file in `tosca_simple_yaml_1_3`, or wait for a khor that reads `tosca_2_0`"),
            );
            None
        }
        Some(version) => Some(version),
        None => {
            // The newest of those that are close, so that nobody is led back to 1.0.
            let known = Version::ALL.iter().rev().skip(1).map(|version| version.as_str());
            let near = known.min_by_key(|known| strsim::osa_distance(text, known));
            let near = near.filter(|known| did_you_mean(text, [*known]).is_some());
            let help = match (near, dialect(text)) {
                (_, Some(dialect)) => format!("declare one of these versions; this one is {dialect}"),
                (Some(near), None) => format!("did you mean `{near}`?"),
                (None, None) => "declare one of these versions".to_owned(),
            };
            sink.push(
                Diagnostic::new(
                    &codes::UNSUPPORTED_VERSION,
                    at.span(),
                    format!("`{text}` is not a version of TOSCA that khor reads"),
                )
                .note("khor reads `tosca_simple_yaml_1_0` to `tosca_simple_yaml_1_3`")
                .help(help),
            );
            None
        }
    }
}

fn missing(root: View<'_>) -> Diagnostic {
    Diagnostic::new(
        &codes::MISSING_KEYNAME,
        Span::file(root.source()),
        format!("`{KEYNAME}` is missing"),
    )
    .note(WHY)
    .help(format!(
        "add `{KEYNAME}: {}` as the first line",
        Version::Simple13
    ))
}

/// What stands behind the keyname is no name: nothing, a list, a map.
fn not_told(root: View<'_>, stated: View<'_>) -> Diagnostic {
    let key = root.key(KEYNAME).unwrap_or(stated);
    let is_list = stated.is_list();
    let (place, message) = if is_list || stated.is_map() {
        let kind = if is_list { "list" } else { "map" };
        (stated, format!("`{KEYNAME}` must be a string, not a {kind}"))
    } else {
        (key, format!("`{KEYNAME}` has no value"))
    };
    let within = stated.items().find_map(View::name).and_then(Version::of);
    Diagnostic::new(&codes::WRONG_KIND, place.span(), message)
        .label("the name of a version is expected")
        .note(WHY)
        .help(format!(
            "write `{KEYNAME}: {}`",
            within.unwrap_or(Version::Simple13)
        ))
}

/// The version that stands behind a misspelt keyname; `inherited` where that is none.
fn behind_misspelt(
    (key, name, value): (View<'_>, &str, View<'_>),
    inherited: Option<Version>,
    sink: &mut Sink,
) -> Option<Version> {
    let version = value.name().and_then(Version::of);
    let version = version.filter(|version| *version != Version::Tosca20);
    if version.is_none() && inherited.is_none() {
        // Else the rest of the file can be read, and the grammar says so.
        let fault = Diagnostic::new(
            &codes::UNKNOWN_KEYNAME,
            key.span(),
            format!("unknown keyname `{name}` in the service template"),
        );
        let fault = fault.label("no such keyname");
        sink.push(fault.maybe_help(did_you_mean(name, [KEYNAME])));
    }
    version.or(inherited)
}

/// The version must be the first thing in a file (Simple Profile 1.3, section 3.1.2).
fn check_first(root: View<'_>, sink: &mut Sink) {
    let Some(key) = root.key(KEYNAME) else { return };
    let Some((first, name, _)) = root.entries().next().filter(|(_, name, _)| *name != KEYNAME) else {
        return;
    };
    sink.push(
        Diagnostic::new(
            &codes::VERSION_NOT_FIRST,
            key.span(),
            format!("`{KEYNAME}` is not the first line"),
        )
        .note("it says how the rest of the file is to be read")
        .help("move it to the top; only comments may stand before it")
        .related(first.span(), format!("`{name}` stands before it")),
    );
}

/// What is known of other dialects.
fn dialect(text: &str) -> Option<&'static str> {
    const DIALECTS: [(&str, &str); 4] = [
        ("cloudify", "Cloudify's own language"),
        ("alien", "Alien4Cloud's own language"),
        ("unfurl", "Unfurl's own language"),
        ("nfv", "the NFV profile, which is not built in"),
    ];
    DIALECTS
        .iter()
        .find(|(part, _)| text.contains(part))
        .map(|&(_, words)| words)
}
