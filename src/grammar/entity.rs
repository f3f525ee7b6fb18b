//! The words that grammar tables are written in.

use crate::yaml::{NodeId, Tree};

/// What tables tell versions of a format by. Ordered by age.
pub trait Edition: Copy + Ord + 'static {
    /// The version's name, for messages.
    fn name(self) -> &'static str;
}

/// A format that has but one version.
impl Edition for () {
    fn name(self) -> &'static str {
        "this version"
    }
}

/// A kind of map with fixed keynames, as "node template" is.
#[derive(Debug)]
pub struct Entity<V: 'static> {
    /// What it is called in messages, without an article: "node template".
    pub name: &'static str,
    /// What its keys are called, in the singular: "keyname", or "engine", "operator" where that says more.
    pub keys: &'static str,
    /// Its keynames, at most 64. One may stand here several times with versions that do not overlap.
    pub keynames: &'static [Keyname<V>],
    /// What stands under keys that are no keynames, because authors choose them; none: all others are faults.
    pub rest: Option<&'static Value<V>>,
    /// Whether it has exactly one key, as a constraint clause has.
    pub single: bool,
}

/// One row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Keyname<V: 'static> {
    /// The key.
    pub name: &'static str,
    /// What stands under it.
    pub value: Value<V>,
    /// Whether it must be there.
    pub need: Need,
    /// The first version that has it; none for all from the beginning.
    pub since: Option<V>,
    /// The last version that has it; none if the newest still does.
    pub until: Option<V>,
    /// The version since which it is deprecated, and the keyname that is to be used instead.
    pub old: Option<(V, &'static str)>,
}

/// Whether a keyname must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It may be left out.
    Optional,
    /// It must be there.
    Required,
    /// It must be there unless an enclosing entity has this key (as `derived_from`), which can bring it in.
    Unless(&'static str),
}

/// What may stand under a keyname.
#[derive(Debug)]
pub enum Value<V: 'static> {
    /// Anything at all, also nothing; looked at elsewhere.
    Any,
    /// A scalar taken as text, whatever it looks like; not null.
    String,
    /// A scalar taken as text that only people read: nothing at all is odd, but no fault.
    Text,
    /// A whole number, unquoted: decimal, `0x…` or `0o…`.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A scalar that is written in a certain way.
    Form {
        /// The way in words: "a version, as in `1.2.3`".
        what: &'static str,
        /// Whether a text is written so.
        is: fn(&str) -> bool,
    },
    /// A list of two whole numbers, none below 0, of which the upper may be `UNBOUNDED`; or, where `true`, one whole
    /// number.
    Range {
        /// Whether a single number may stand for both ends.
        single: bool,
    },
    /// A map with keys that authors choose.
    Map(&'static Value<V>),
    /// A list.
    List(&'static Value<V>),
    /// A list of maps with one key each, which authors choose.
    NamedList(&'static Value<V>),
    /// A map with fixed keynames.
    Entity(&'static Entity<V>),
    /// A map with one key, which the author chooses.
    Named(&'static Value<V>),
    /// Something that its kind alone does not tell from the other forms beside it.
    If {
        /// Whether the node looks like it.
        is: fn(&Tree, NodeId) -> bool,
        /// What it then is.
        value: &'static Value<V>,
    },
    /// Short and long forms. The first that takes the node's kind is meant; of several for maps, the first entity that
    /// has any of the keys.
    OneOf(&'static [Value<V>]),
}

impl<V> Clone for Value<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Value<V> {}

/// A row: an optional keyname that all versions have.
pub const fn key<V>(name: &'static str, value: Value<V>) -> Keyname<V> {
    Keyname {
        name,
        value,
        need: Need::Optional,
        since: None,
        until: None,
        old: None,
    }
}

impl<V: Copy> Keyname<V> {
    /// The keyname must be there.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.need = Need::Required;
        self
    }

    /// The keyname must be there, unless an enclosing entity has `other`.
    #[must_use]
    pub const fn required_unless(mut self, other: &'static str) -> Self {
        self.need = Need::Unless(other);
        self
    }

    /// The first version that has the keyname.
    #[must_use]
    pub const fn since(mut self, version: V) -> Self {
        self.since = Some(version);
        self
    }

    /// Deprecated since `version`: `other` is to be used instead.
    #[must_use]
    pub const fn deprecated(mut self, version: V, other: &'static str) -> Self {
        self.old = Some((version, other));
        self
    }

    /// The last version that has the keyname.
    #[must_use]
    pub const fn until(mut self, version: V) -> Self {
        self.until = Some(version);
        self
    }
}

impl<V: Edition> Keyname<V> {
    /// Whether it must be there, whatever else is.
    pub(super) fn is_required(&self) -> bool {
        self.need == Need::Required
    }

    /// Whether `version` has this row.
    pub fn is_in(&self, version: V) -> bool {
        self.since.is_none_or(|since| since <= version) && self.until.is_none_or(|until| version <= until)
    }
}

impl<V: Edition> Entity<V> {
    /// The row of `name` in `version`, with its place in the table.
    pub fn find(&self, name: &str, version: V) -> Option<(usize, &'static Keyname<V>)> {
        let mut rows = self.keynames.iter().enumerate();
        rows.find(|(_, row)| row.name == name && row.is_in(version))
    }

    /// The keynames of `version`.
    pub fn names(&self, version: V) -> impl Iterator<Item = &'static str> {
        let rows = self.keynames.iter().filter(move |row| row.is_in(version));
        rows.map(|row| row.name)
    }
}
