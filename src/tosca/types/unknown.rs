//! Names that are no types: what they are instead, what they are called in this version, what they are almost.

use super::super::Version;
use super::super::import::{FileId, versions_with};
use super::super::value::Builtin;
use super::super::view::View;
use super::{TypeId, TypeKind, Types};
use crate::diagnostic::{Diagnostic, codes, did_you_mean};

/// Types that the standard describes without making them normative (Simple Profile 1.3, chapter 9): readers need not
/// have them, and khor has none of them.
const NON_NORMATIVE: [&str; 12] = [
    "tosca.artifacts.Deployment.Image.Container.Docker",
    "tosca.artifacts.Deployment.Image.VM.ISO",
    "tosca.artifacts.Deployment.Image.VM.QCOW2",
    "tosca.artifacts.template.Jinja2",
    "tosca.artifacts.template.Twig",
    "tosca.capabilities.Container.Docker",
    "tosca.nodes.Container.Application.Docker",
    "tosca.nodes.Database.MySQL",
    "tosca.nodes.DBMS.MySQL",
    "tosca.nodes.WebApplication.WordPress",
    "tosca.nodes.WebServer.Apache",
    "tosca.nodes.WebServer.Nodejs",
];

impl<'a> Types<'a> {
    /// The diagnostic of a name that is no type of this kind.
    pub(super) fn unknown(&self, at: View<'a>, kind: TypeKind, name: &'a str) -> Diagnostic {
        let file = self.forest.file_of(at);
        let words = kind.words();
        let fault = Diagnostic::new(
            &codes::UNKNOWN_TYPE,
            at.span(),
            format!("unknown {words} `{name}`"),
        );
        if let Some((other, _)) = self.scopes.other_kind(file, kind, name) {
            return fault
                .note(format!("`{name}` is {} {}", other.article(), other.words()))
                .help(format!("name {} {words} here", kind.article()));
        }
        if let Some((why, help)) = self.of_other_version(file, kind, name) {
            return fault.note(why).help(help);
        }
        let define = || {
            format!(
                "define it under `{}`, or import the file that does",
                kind.section()
            )
        };
        if NON_NORMATIVE.contains(&full_name(kind, name).as_str()) {
            return fault
                .note("the standard describes such a type, but not as a normative one that every reader has")
                .help(define());
        }
        let builtins = Builtin::ALL
            .into_iter()
            .filter(|_| kind == TypeKind::Data)
            .map(|builtin| -> &'a str { builtin.as_str() });
        let near = nearest_type(name, self.scopes.candidates(kind).chain(builtins));
        fault.help(near.map_or_else(define, |near| format!("did you mean `{near}`?")))
    }

    /// Whether an unknown name cannot come from a file that could not be read: it is a type of the standard's of another
    /// kind, or one letter away from one of its names, which nobody else gives to types.
    pub(super) fn is_slip(&self, file: FileId, kind: TypeKind, name: &'a str) -> bool {
        let embedded = |id: TypeId| self.forest.file(self.get(id).file).embedded;
        if self
            .scopes
            .other_kind(file, kind, name)
            .is_some_and(|(_, id)| embedded(id))
        {
            return true;
        }
        if NON_NORMATIVE.contains(&full_name(kind, name).as_str()) {
            return false;
        }
        let is_near = |known: &str| strsim::osa_distance(name, known) == 1;
        let mut builtins = Builtin::ALL.into_iter().filter(|_| kind == TypeKind::Data);
        let reserved = |known: &&str| known.starts_with(kind.normative_prefix());
        builtins.any(|builtin| is_near(builtin.as_str()))
            || self.scopes.candidates(kind).filter(reserved).any(is_near)
    }

    /// Why a name is unknown that is normative in another version, and what to do.
    fn of_other_version(&self, file: FileId, kind: TypeKind, name: &'a str) -> Option<(String, String)> {
        let version = self.forest.file(file).version;
        let known = versions_with(&full_name(kind, name));
        let (&first, &last) = (known.first()?, known.last()?);
        if first > version {
            return Some((
                format!("it exists since {first}"),
                format!("raise `tosca_definitions_version` to `{first}`, or name another type"),
            ));
        }
        let since = Version::ALL.into_iter().find(|&other| other > last)?;
        if version < since {
            return None;
        }
        // A type that got another full name kept its shorthand.
        let short = name.rsplit(['.', ':']).next()?;
        let now = self.scopes.find(file, kind, short).map(|now| self.get(now));
        Some(match now.filter(|now| self.forest.file(now.file).embedded) {
            Some(now) => (
                format!("it is called `{}` since {since}", now.name),
                format!(
                    "write `{}`, or `{short}`, its shorthand in every version",
                    now.name
                ),
            ),
            None => (
                format!("it existed until {last}"),
                format!("define it under `{}`", kind.section()),
            ),
        })
    }
}

/// `tosca:Compute` is `tosca.nodes.Compute`, where a node type is meant.
fn full_name(kind: TypeKind, name: &str) -> String {
    match name.strip_prefix("tosca:") {
        Some(short) => format!("{}{short}", kind.normative_prefix()),
        None => name.to_owned(),
    }
}

/// The closest name of a type. Only the last part of a dotted name counts for how close is close enough: names of one
/// family share the rest.
fn nearest_type<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let (family, last) = name.rsplit_once(['.', ':']).unwrap_or(("", name));
    let in_family = |candidate: &'n str| candidate.rsplit_once(['.', ':']).unwrap_or(("", candidate));
    let mut near: Vec<_> = candidates
        .filter(|candidate| did_you_mean(last, [in_family(candidate).1]).is_some())
        .map(|candidate| {
            let (other, tail) = in_family(candidate);
            let away = strsim::osa_distance(&last.to_lowercase(), &tail.to_lowercase());
            (away + strsim::osa_distance(family, other), candidate)
        })
        .collect();
    near.sort_unstable();
    near.first().map(|(_, candidate)| *candidate)
}
