//! Artifact definitions, in types, in templates and in place: whether what they name is there (Simple Profile 1.3,
//! section 3.6.7).

use super::super::value::{Owner, Within, properties};
use super::super::view::View;
use super::{Type, TypeId, TypeKind, Types, refine};
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Checks the artifacts of all types. What is embedded is checked by khor's own tests.
pub(super) fn check(types: &Types<'_>, sink: &mut Sink) {
    for of in types
        .list
        .iter()
        .filter(|of| !types.forest.file(of.file).embedded)
    {
        for (key, name, body) in of.body.entries_of("artifacts") {
            let inherited = of.parent.and_then(|parent| types.artifact(parent, name));
            types.check_artifact(key, body, Completing::Later(inherited), sink);
        }
    }
}

/// What an artifact definition is completed by.
#[derive(Clone, Copy, Debug)]
pub(in crate::tosca) enum Completing<'a> {
    /// It stands in a type: by what is inherited, if that has its name, and by templates.
    Later(Option<View<'a>>),
    /// It stands in a template: by that of the type, if that has its name.
    By(Option<View<'a>>),
}

impl<'a> Types<'a> {
    /// Checks one artifact, whose name (or, in place, itself) stands at `key`.
    pub(in crate::tosca) fn check_artifact(
        &self,
        key: View<'a>,
        body: View<'a>,
        completing: Completing<'a>,
        sink: &mut Sink,
    ) {
        if !body.is_map() {
            return;
        }
        let (inherited, is_whole) = match completing {
            Completing::Later(inherited) => (inherited, false),
            Completing::By(inherited) => (inherited, inherited.is_none()),
        };
        let named = body.get("type").or_else(|| inherited?.get("type"));
        let of = named.and_then(|named| self.resolve(named, TypeKind::Artifact, sink));
        if let Some((view, repository)) = body.name_of("repository") {
            self.check_repository(view, repository, sink);
        }
        let file = body.name_of("file");
        if is_whole && file.is_none() && body.key("file").is_none() {
            sink.push(
                Diagnostic::new(
                    &codes::MISSING_KEYNAME,
                    key.span(),
                    match key.text() {
                        Some(name) => format!("artifact `{name}` lacks the keyname `file`"),
                        None => "the artifact lacks the keyname `file`".to_owned(),
                    },
                )
                .note("nothing that it inherits from has a file for it")
                .help("add `file:` with the path or the address of what it is"),
            );
        }
        let Some(of) = of.filter(|&of| !self.get(of).open) else {
            return;
        };
        if let Some((view, file)) = file {
            self.check_ending(self.get(of), view, file, sink);
        }
        if let (Completing::Later(Some(inherited)), Some(stated)) = (completing, body.get("type")) {
            let old = inherited
                .get("type")
                .and_then(|named| self.resolve(named, TypeKind::Artifact, &mut Sink::new()));
            let new = refine::Named {
                words: "type",
                stated,
                of: Some(of),
            };
            refine::named(self, key, &new, (old, inherited), sink);
        }
        self.check_properties(of, (key, body), is_whole, sink);
    }

    /// Repositories may be declared in any of the files.
    fn check_repository(&self, view: View<'a>, name: &str, sink: &mut Sink) {
        let roots = self.forest.iter().filter_map(|(_, file)| file.root());
        let declared: Vec<&str> = roots
            .flat_map(|root| root.entries_of("repositories"))
            .map(|(_, name, _)| name)
            .collect();
        if declared.contains(&name) || self.scopes.is_incomplete(self.forest.file_of(view)) {
            return;
        }
        sink.push(
            Diagnostic::new(
                &codes::UNKNOWN_REPOSITORY,
                view.span(),
                format!("the repository `{name}` is not declared"),
            )
            .note("a repository says where the files of artifacts lie")
            .help(
                did_you_mean(name, declared).unwrap_or_else(|| {
                    format!("add `{name}:` with its `url` under `repositories` of this file")
                }),
            ),
        );
    }

    /// `file_ext` of the type, or of the nearest parent that says it.
    fn check_ending(&self, of: &Type<'a>, view: View<'a>, file: &str, sink: &mut Sink) {
        let mut chain = std::iter::successors(Some(of), |of| of.parent.map(|parent| self.get(parent)));
        let Some(stated) = chain.find_map(|of| of.body.get("file_ext")) else {
            return;
        };
        let endings: Vec<&str> = stated.items().filter_map(View::name).collect();
        let last = file.rsplit('/').next().unwrap_or_default();
        let has = |ending: &&str| {
            let ending = ending.trim_start_matches('.');
            let rest = last
                .len()
                .checked_sub(ending.len())
                .and_then(|at| last.get(at..).map(|tail| (at, tail)));
            rest.is_some_and(|(at, tail)| tail.eq_ignore_ascii_case(ending) && last[..at].ends_with('.'))
        };
        if endings.is_empty() || !last.contains('.') || file.contains("://") || endings.iter().any(has) {
            return;
        }
        let shown: Vec<String> = endings
            .iter()
            .map(|ending| format!("`.{}`", ending.trim_start_matches('.')))
            .collect();
        sink.push(
            Diagnostic::new(
                &codes::ARTIFACT_ENDING,
                view.span(),
                format!("`{file}` does not end as files of type `{}` do", of.name),
            )
            .note(format!("they end in {}", shown.join(" or ")))
            .help("give the artifact the type of its file, or name another file")
            .related(stated.span(), "the type says so here"),
        );
    }

    fn check_properties(
        &self,
        of: TypeId,
        (key, body): (View<'a>, View<'a>),
        is_whole: bool,
        sink: &mut Sink,
    ) {
        let all = self.all(of, |of| &of.properties);
        // What else completes it is not looked through, so nothing is missed.
        let all = if is_whole { all.as_slice() } else { &[] };
        let owner = Owner::of(self.get(of), key.span(), key.text(), Within::Properties);
        let given = body.get("properties");
        // In types some write definitions where values are meant: these are not looked at.
        if given.is_some_and(|given| {
            given
                .entries()
                .any(|(_, _, value)| value.name_of("type").is_some())
        }) {
            return;
        }
        properties(self, given, &owner, |name| self.property(of, name), all, sink);
    }
}
