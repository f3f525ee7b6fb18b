//! What the walker says. Nothing here runs, or allocates, on a document without faults.

use std::iter;

use super::entity::{Edition, Keyname, Need, Value};
use super::walk::{Frame, Walker};
use super::words::{article, brief, entities, expected, hint, list};
use super::{boolean, integer};
use crate::diagnostic::{Diagnostic, codes, did_you_mean, nearest};
use crate::source::Span;
use crate::yaml::{Kind, NodeId, ScalarStyle};

/// How many of the last diagnostics are compared with a new one.
const SAID: usize = 256;

/// What a value stands under.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// Nothing: it is the document.
    Root,
    /// A keyname of an entity.
    Keyname(NodeId),
    /// A key that the author chose.
    Named(NodeId),
    /// A dash, in the list under this key.
    Item(Option<NodeId>),
}

impl Place {
    /// The place of the items of a list at this place.
    pub(super) fn item(self) -> Self {
        Self::Item(self.key())
    }

    fn key(self) -> Option<NodeId> {
        match self {
            Self::Root => None,
            Self::Keyname(key) | Self::Named(key) => Some(key),
            Self::Item(key) => key,
        }
    }
}

impl<V: Edition> Walker<'_, V> {
    pub(super) fn unknown_keyname(&mut self, frame: &Frame<V>, key: NodeId) {
        let name = self.text(key);
        let (entity, whose) = (frame.entity, self.title(frame));
        let keys = entity.keys;
        let span = self.tree.span(key);
        if let Some(row) = entity.keynames.iter().find(|row| row.name == name) {
            return self.other_version(keys, row, &whose, span);
        }
        let meant = self.meant(frame, key).map(|(_, row)| row.name);
        let help = meant
            .map(|meant| format!("did you mean `{meant}`?"))
            .or_else(|| did_you_mean(name, entity.names(self.version)))
            .or_else(|| self.belongs(frame, name));
        let mut diagnostic = Diagnostic::new(
            &codes::UNKNOWN_KEYNAME,
            span,
            format!("unknown {keys} `{name}` in {whose}"),
        )
        .label(format!("no such {keys}"));
        if help.is_none() {
            let known: Vec<_> = entity.names(self.version).collect();
            diagnostic = diagnostic.note(match &known[..] {
                [] => format!("{} takes no {keys}s", article(entity.name)),
                [one] => format!("the only one possible here is `{one}`"),
                _ => format!("possible here are {}", list(&known, "and")),
            });
        }
        self.push(diagnostic.maybe_help(help));
    }

    pub(super) fn deprecated(&mut self, frame: &Frame<V>, key: NodeId, since: V, other: &str) {
        let name = self.text(key);
        let whose = self.title(frame);
        let diagnostic = Diagnostic::new(
            &codes::DEPRECATED_KEYNAME,
            self.tree.span(key),
            format!("{} `{name}` in {whose} is deprecated", frame.entity.keys),
        );
        self.push(
            diagnostic
                .note(format!("it is deprecated since {}", since.name()))
                .help(if self.tree.get(frame.node, other).is_some() {
                    format!("remove it: `{other}` says what is needed")
                } else {
                    format!("write `{other}` instead")
                }),
        );
    }

    /// A keyname of the entity, but in another version.
    fn other_version(&mut self, keys: &str, row: &Keyname<V>, whose: &str, span: Span) {
        let (name, version) = (row.name, self.version.name());
        let (label, help) = match (row.since, row.until) {
            (Some(since), _) if since > self.version => (
                format!("exists since {}", since.name()),
                format!(
                    "raise `tosca_definitions_version` to `{}`, or remove `{name}`",
                    since.name()
                ),
            ),
            (_, Some(until)) => (
                format!("existed until {}", until.name()),
                format!("remove `{name}`; {version} no longer has it"),
            ),
            _ => (String::new(), format!("remove `{name}`")),
        };
        let diagnostic = Diagnostic::new(
            &codes::UNKNOWN_KEYNAME,
            span,
            format!("{keys} `{name}` in {whose} is not in {version}"),
        );
        self.push(diagnostic.label(label).help(help));
    }

    /// Where a keyname that is unknown here would be right: further out, or one level further in.
    fn belongs(&self, frame: &Frame<V>, name: &str) -> Option<String> {
        let mut outer = iter::successors(frame.outer, |frame| frame.outer);
        if let Some(outer) = outer.find(|outer| outer.entity.find(name, self.version).is_some()) {
            let title = self.title(outer);
            return Some(format!("`{name}` belongs to {title} around it: indent it less"));
        }
        let rows = frame.entity.keynames.iter().filter(|row| row.is_in(self.version));
        let mut inner =
            rows.filter(|row| entities(&row.value).any(|entity| entity.find(name, self.version).is_some()));
        inner
            .next()
            .map(|row| format!("`{name}` belongs under `{}`: put it there", row.name))
    }

    pub(super) fn missing_keyname(&mut self, row: &Keyname<V>, frame: &Frame<V>) {
        // A misspelt keyname is said once, not also as the one that is missing.
        let written = self
            .tree
            .entries(frame.node)
            .iter()
            .filter_map(|entry| self.tree.scalar(entry.key));
        let mut unknown = written.filter(|key| frame.entity.keynames.iter().all(|row| row.name != *key));
        if unknown.any(|key| nearest(key, frame.entity.names(self.version)) == Some(row.name)) {
            return;
        }
        let span = match frame.place {
            Place::Keyname(key) | Place::Named(key) => self.tree.span(key),
            Place::Root | Place::Item(_) => brief(self.tree, frame.node),
        };
        let name = row.name;
        let title = match frame.place {
            // "the schema definition `entry_schema`": there may be several nearby.
            Place::Keyname(key) => match self.tree.scalar(key) {
                Some(at) if !frame.entity.name.contains(at) => format!("{} `{at}`", self.title(frame)),
                _ => self.title(frame),
            },
            _ => self.title(frame),
        };
        let mut diagnostic =
            Diagnostic::new(&codes::MISSING_KEYNAME, span, format!("{title} has no `{name}`"))
                .label(format!("`{name}` is missing"));
        diagnostic = match row.need {
            Need::Unless(other) => diagnostic.note(format!(
                "{} must have `{name}`, unless `{other}` brings it in",
                article(frame.entity.name)
            )),
            _ => diagnostic.note(format!("{} must have `{name}`", article(frame.entity.name))),
        };
        self.sink
            .push(diagnostic.help(format!("add `{name}: …`, {}", expected(&row.value))));
    }

    pub(super) fn not_single(&mut self, frame: &Frame<V>) {
        let (entity, keys) = (article(frame.entity.name), frame.entity.keys);
        let (found, help) = match (self.tree.entries(frame.node).len(), frame.place) {
            (0, _) => {
                let known: Vec<_> = frame.entity.names(self.version).collect();
                ("none".to_owned(), format!("write one of {}", list(&known, "and")))
            }
            (count, Place::Item(_)) => (count.to_string(), "begin each with a dash of its own".to_owned()),
            (count, _) => (count.to_string(), "keep one of them".to_owned()),
        };
        let diagnostic = Diagnostic::new(
            &codes::WRONG_KIND,
            brief(self.tree, frame.node),
            format!("{entity} has exactly one {keys}, not {found}"),
        );
        self.push(diagnostic.help(help));
    }

    pub(super) fn not_named(&mut self, place: Place, node: NodeId) {
        let entries = self.tree.entries(node);
        let what = self.what(place);
        let (found, help) = match entries {
            [] => (self.found(node), "write `- NAME: …`"),
            [first, ..] if self.tree.is_null(first.value) => (
                format!("a map of {}", entries.len()),
                "indent what belongs to the first key deeper than that key",
            ),
            _ => (
                format!("a map of {}", entries.len()),
                "begin each key with a dash of its own",
            ),
        };
        let diagnostic = Diagnostic::new(
            &codes::WRONG_KIND,
            brief(self.tree, node),
            format!("{what} must be a map with one key, its name, not {found}"),
        );
        self.push(diagnostic.help(help));
        self.mending.refuse(node);
    }

    /// A map where a list of named entries is meant.
    pub(super) fn not_listed(&mut self, place: Place, node: NodeId, outer: Option<&Frame<V>>) {
        let dashed = self.tree.entries(node).iter().find_map(|entry| {
            let key = self.tree.scalar(entry.key)?;
            key.strip_prefix('-')
        });
        let help = dashed.map_or_else(
            || "begin each entry with a dash: `- NAME: …`".to_owned(),
            |name| format!("write a blank behind the dash: `- {}: …`", name.trim()),
        );
        let fault = self.wrong("a list of named entries", Some(help), place, node, outer);
        self.push(fault);
    }

    pub(super) fn empty(&mut self, place: Place, node: NodeId) {
        let what = self.what(place);
        let span = place
            .key()
            .map_or(self.tree.span(node), |key| self.tree.span(key));
        let diagnostic = Diagnostic::new(&codes::EMPTY_VALUE, span, format!("nothing stands under {what}"));
        self.push(diagnostic.help("remove it, or fill it"));
    }

    pub(super) fn no_value(&mut self, value: &Value<V>, place: Place, node: NodeId) {
        let what = self.what(place);
        // What is null by being left out has no place of its own that one could point at.
        let blank = self.tree.span(node);
        let span = match place {
            Place::Keyname(key) | Place::Named(key) if blank.start == blank.end => self.tree.span(key),
            _ => blank,
        };
        let diagnostic = Diagnostic::new(&codes::WRONG_KIND, span, format!("{what} has no value"));
        self.sink
            .push(diagnostic.note(format!("{} is expected", expected(value))));
    }

    pub(super) fn wrong_kind(
        &mut self,
        value: &Value<V>,
        place: Place,
        node: NodeId,
        outer: Option<&Frame<V>>,
    ) {
        let help = hint(value, self.tree, node).map(str::to_owned);
        let fault = self.wrong(&expected(value), help, place, node, outer);
        self.push(fault);
        self.mending.refuse(node);
    }

    pub(super) fn wrong_forms(
        &mut self,
        forms: &'static [Value<V>],
        place: Place,
        node: NodeId,
        outer: Option<&Frame<V>>,
    ) {
        let help = forms.iter().find_map(|form| hint(form, self.tree, node));
        let help = help.map(str::to_owned);
        let fault = self.wrong(&expected(&Value::OneOf(forms)), help, place, node, outer);
        self.push(fault);
        self.mending.refuse(node);
    }

    fn wrong(
        &self,
        expected: &str,
        help: Option<String>,
        place: Place,
        node: NodeId,
        outer: Option<&Frame<V>>,
    ) -> Diagnostic {
        let what = self.what(place);
        let whose = outer.map_or(String::new(), |frame| format!(" of {}", self.title(frame)));
        let found = self.found(node);
        let message = format!("{what}{whose} must be {expected}, not {found}");
        Diagnostic::new(&codes::WRONG_KIND, brief(self.tree, node), message)
            .label(format!("{expected} is expected"))
            .maybe_help(help)
    }

    pub(super) fn unknown_word(&mut self, words: &[&'static str], place: Place, node: NodeId) {
        let (what, word) = (self.what(place), self.text(node));
        let in_case = words.iter().find(|known| known.eq_ignore_ascii_case(word));
        let help = match in_case {
            Some(known) => Some(format!("write `{known}`: capitals count")),
            None => did_you_mean(word, words.iter().copied()),
        };
        let diagnostic = Diagnostic::new(
            &codes::INVALID_VALUE,
            self.tree.span(node),
            format!("`{word}` is no value of {what}"),
        )
        .note(format!("it is one of {}", list(words, "and")))
        .maybe_help(help);
        self.push(diagnostic);
    }

    pub(super) fn reversed(&mut self, place: Place, node: NodeId, least: i64, most: i64) {
        let what = self.what(place);
        let diagnostic = Diagnostic::new(
            &codes::INVALID_VALUE,
            self.tree.span(node),
            format!("{what} runs backward, from {least} to {most}"),
        );
        self.push(diagnostic.help("write the smaller number first"));
        self.mending.refuse(node);
    }

    pub(super) fn negative(&mut self, place: Place, node: NodeId) {
        let what = self.what(place);
        let diagnostic = Diagnostic::new(
            &codes::INVALID_VALUE,
            self.tree.span(node),
            format!("{what} goes below 0"),
        );
        self.push(
            diagnostic
                .note("it counts, and nothing occurs less than never")
                .help("write 0 or more, as in `[ 0, 1 ]`"),
        );
        self.mending.refuse(node);
    }

    pub(super) fn bad_key(&mut self, key: NodeId) {
        let diagnostic = Diagnostic::new(&codes::WRONG_KIND, brief(self.tree, key), "a key must be a name");
        let found = self.found(key);
        self.push(diagnostic.label(format!("this is {found}")));
    }

    /// A value that several aliases share is looked at wherever it stands, but what is wrong with it is said once.
    fn push(&mut self, diagnostic: Diagnostic) {
        let said = self.sink.diagnostics().iter().rev().take(SAID);
        let same = |known: &Diagnostic| known.span == diagnostic.span && known.code == diagnostic.code;
        if diagnostic.code == &codes::MISSING_KEYNAME || !said.into_iter().any(same) {
            self.sink.push(diagnostic);
        }
    }

    /// "node template `web`", or "the topology template". Items of lists have no key, but perhaps a `name`.
    fn title(&self, frame: &Frame<V>) -> String {
        let name = match frame.place {
            Place::Named(key) => self.tree.scalar(key),
            Place::Item(_) => self
                .tree
                .get(frame.node, "name")
                .and_then(|name| self.tree.scalar(name)),
            Place::Root | Place::Keyname(_) => None,
        };
        match name {
            Some(name) => format!("{} `{name}`", frame.entity.name),
            None => format!("the {}", frame.entity.name),
        }
    }

    /// "`properties`", or "an item of `imports`".
    fn what(&self, place: Place) -> String {
        match place {
            Place::Root => "the document".to_owned(),
            Place::Item(None) => "an item of the list".to_owned(),
            Place::Keyname(key) | Place::Named(key) => format!("`{}`", self.text(key)),
            Place::Item(Some(key)) => format!("an item of `{}`", self.text(key)),
        }
    }

    fn found(&self, node: NodeId) -> String {
        let text = self.text(node);
        match self.tree.kind(node) {
            Kind::Mapping => "a map".to_owned(),
            Kind::Sequence => match self.tree.items(node).len() {
                0 => "an empty list".to_owned(),
                1 => "a list of one".to_owned(),
                count => format!("a list of {count}"),
            },
            Kind::Error => "unreadable".to_owned(),
            Kind::Scalar if self.tree.is_null(node) => "nothing".to_owned(),
            Kind::Scalar if text.chars().count() > 40 => "a text".to_owned(),
            Kind::Scalar if self.tree.style(node) == Some(ScalarStyle::Plain) => format!("`{text}`"),
            Kind::Scalar if integer(text).is_some() || boolean(text).is_some() => {
                format!("the quoted text \"{text}\"")
            }
            Kind::Scalar => format!("\"{text}\""),
        }
    }

    fn text(&self, node: NodeId) -> &str {
        self.tree.scalar(node).unwrap_or_default()
    }
}
