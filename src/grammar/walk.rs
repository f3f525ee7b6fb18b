//! The walker.

use super::entity::{Edition, Entity, Keyname, Need, Value};
use super::report::Place;
use super::{Mending, boolean, integer};
use crate::diagnostic::Sink;
use crate::yaml::{Entry, Kind, NodeId, ScalarStyle, Tree};

/// Holds the node `root` of `tree` against `value` as `version` has it, with all that stands in it. Faults go to `sink`;
/// what is meant otherwise than it is written is returned.
///
/// Takes time linear in the document, and no memory where there is nothing to say. It recurses as deep as the document
/// is nested, which the parser limits. Unreadable nodes, already reported, are passed over.
pub fn check<V: Edition>(
    tree: &Tree,
    root: NodeId,
    value: &'static Value<V>,
    version: V,
    sink: &mut Sink,
) -> Mending {
    let mut walker = Walker {
        tree,
        version,
        sink,
        mending: Mending::default(),
    };
    walker.value(value, Place::Root, root, None);
    walker.mending
}

/// An entity on the way from the root to where the walker stands.
pub(super) struct Frame<'a, V: 'static> {
    pub(super) entity: &'static Entity<V>,
    pub(super) node: NodeId,
    pub(super) place: Place,
    pub(super) outer: Option<&'a Frame<'a, V>>,
}

pub(super) struct Walker<'a, V> {
    pub(super) tree: &'a Tree,
    pub(super) version: V,
    pub(super) sink: &'a mut Sink,
    pub(super) mending: Mending,
}

type Outer<'a, V> = Option<&'a Frame<'a, V>>;

impl<V: Edition> Walker<'_, V> {
    fn value(&mut self, value: &'static Value<V>, place: Place, node: NodeId, outer: Outer<V>) {
        let tree = self.tree;
        match (value, tree.kind(node)) {
            (Value::Any, _) | (_, Kind::Error) => {}
            (Value::OneOf(forms), _) => self.one_of(forms, place, node, outer),
            (Value::If { value, .. }, _) => self.value(value, place, node, outer),
            (Value::Entity(entity), Kind::Mapping) => self.entity(entity, place, node, outer),
            (Value::Map(inner), Kind::Mapping) => {
                for entry in tree.entries(node) {
                    if self.is_key(entry.key) {
                        self.value(inner, Place::Named(entry.key), entry.value, outer);
                    }
                }
            }
            (Value::List(inner), Kind::Sequence) => {
                for &item in tree.items(node) {
                    self.value(inner, place.item(), item, outer);
                }
            }
            (Value::NamedList(inner), Kind::Sequence) => {
                for &item in tree.items(node) {
                    self.named(inner, place.item(), item, outer);
                }
            }
            (Value::NamedList(inner), Kind::Mapping) => self.unlisted(inner, place, node, outer),
            (Value::Named(inner), Kind::Mapping) => self.named(inner, place, node, outer),
            (_, Kind::Scalar) if tree.is_null(node) => self.null(value, place, node, outer),
            (Value::String | Value::Text, Kind::Scalar) => {}
            (Value::Integer, Kind::Scalar) => {
                if !self.is_integer(node) {
                    self.wrong_kind(value, place, node, outer);
                }
            }
            (Value::Boolean, Kind::Scalar) => {
                if tree.scalar(node).and_then(boolean).is_none() {
                    self.wrong_kind(value, place, node, outer);
                }
            }
            (Value::Words(words), Kind::Scalar) => {
                if tree.scalar(node).is_some_and(|word| !words.contains(&word)) {
                    self.unknown_word(words, place, node);
                }
            }
            (Value::Form { is, .. }, Kind::Scalar) => {
                if tree.scalar(node).is_some_and(|text| !is(text)) {
                    self.wrong_kind(value, place, node, outer);
                }
            }
            (Value::Range { single: true }, Kind::Scalar) if self.is_integer(node) => {}
            (Value::Range { .. }, Kind::Sequence) => self.range(value, place, node, outer),
            _ => self.wrong_kind(value, place, node, outer),
        }
    }

    fn entity(&mut self, entity: &'static Entity<V>, place: Place, node: NodeId, outer: Outer<V>) {
        let frame = Frame {
            entity,
            node,
            place,
            outer,
        };
        let mut seen = 0_u64;
        let mut unknown = false;
        let entries = self.tree.entries(node);
        for entry in entries {
            if !self.is_key(entry.key) {
                continue;
            }
            let name = self.tree.scalar(entry.key).unwrap_or_default();
            match (entity.find(name, self.version), entity.rest) {
                (Some((at, row)), _) => {
                    seen |= 1 << at;
                    if let Some((since, other)) = row.old
                        && since <= self.version
                    {
                        self.deprecated(&frame, entry.key, since, other);
                    }
                    self.value(&row.value, Place::Keyname(entry.key), entry.value, Some(&frame));
                }
                (None, rest) => {
                    if let Some(rest) = rest
                        && self.meant_among_names(&frame, rest, *entry).is_none()
                    {
                        self.value(rest, Place::Named(entry.key), entry.value, Some(&frame));
                        continue;
                    }
                    unknown = true;
                    seen |= self.unknown(&frame, *entry, seen);
                }
            }
        }
        // Of a map that lost a part to a syntax fault nobody knows what is missing.
        let keynames = if self.tree.is_broken(node) {
            &[]
        } else {
            entity.keynames
        };
        for (at, row) in keynames.iter().enumerate() {
            if seen & 1 << at == 0 && row.need != Need::Optional && row.is_in(self.version) {
                self.missing(row, &frame);
            }
        }
        if entity.single && entries.len() != 1 && !unknown {
            self.not_single(&frame);
        }
    }

    /// A key that is no keyname. If it is a misspelt one, that is read in its place, and its bit in the table returned.
    fn unknown(&mut self, frame: &Frame<V>, entry: Entry, seen: u64) -> u64 {
        self.unknown_keyname(frame, entry.key);
        let Some((at, row)) = self.meant(frame, entry.key).filter(|(at, _)| seen & 1 << at == 0) else {
            let name = self.tree.scalar(entry.key);
            let of_another_version = frame.entity.keynames.iter().any(|row| Some(row.name) == name);
            if of_another_version {
                self.mending.refuse(entry.value);
            }
            return 0;
        };
        self.mending.rename(entry.key, row.name);
        if self.fits(&row.value, entry.value) {
            self.value(&row.value, Place::Keyname(entry.key), entry.value, Some(frame));
        } else {
            self.mending.refuse(entry.value);
        }
        1 << at
    }

    fn missing(&mut self, row: &'static Keyname<V>, frame: &Frame<V>) {
        if let Need::Unless(other) = row.need {
            let frames = std::iter::successors(Some(frame), |frame| frame.outer);
            if frames
                .into_iter()
                .any(|frame| self.tree.get(frame.node, other).is_some())
            {
                return;
            }
        }
        self.missing_keyname(row, frame);
    }

    /// The short and long forms of one thing.
    fn one_of(&mut self, forms: &'static [Value<V>], place: Place, node: NodeId, outer: Outer<V>) {
        let kind = self.tree.kind(node);
        let has_named = forms.iter().any(|form| matches!(form, Value::Named(_)));
        let takes = |form: &&'static Value<V>| match (form, kind) {
            (Value::Range { single: true }, Kind::Scalar) => true,
            (Value::Entity(entity), Kind::Mapping) => {
                self.has_keyname_of(entity, node) || has_named && self.is_slip(entity, node)
            }
            (Value::Named(_), Kind::Mapping) => self.tree.entries(node).len() == 1,
            (Value::Entity(_) | Value::Named(_), _) => false,
            (form, _) => self.fits(form, node),
        };
        let is_null = self.tree.is_null(node);
        let map =
            |form: &&'static Value<V>| matches!(form, Value::Entity(_)) && (kind == Kind::Mapping || is_null);
        let long = forms.iter().find(map);
        match forms.iter().find(takes).filter(|_| !is_null).or(long) {
            Some(form) => self.value(form, place, node, outer),
            None if forms.iter().any(|form| matches!(form, Value::Any)) => {}
            None if is_null => self.null(&forms[0], place, node, outer),
            None => self.wrong_forms(forms, place, node, outer),
        }
    }

    fn named(&mut self, inner: &'static Value<V>, place: Place, node: NodeId, outer: Outer<V>) {
        match (self.tree.kind(node), self.tree.entries(node)) {
            (Kind::Error, _) => {}
            (Kind::Mapping, [entry]) => {
                if self.is_key(entry.key) {
                    self.value(inner, Place::Named(entry.key), entry.value, outer);
                }
            }
            (Kind::Mapping, entries) if entries.iter().all(|entry| !self.tree.is_null(entry.value)) => {
                self.not_named(place, node);
                for entry in entries {
                    self.value(inner, Place::Named(entry.key), entry.value, outer);
                }
            }
            _ => self.not_named(place, node),
        }
    }

    /// A map where a list of named entries is meant. What stands in it is clear, unless dashes became a part of the keys.
    fn unlisted(&mut self, inner: &'static Value<V>, place: Place, node: NodeId, outer: Outer<V>) {
        self.not_listed(place, node, outer);
        let entries = self.tree.entries(node);
        let is_dashed = |entry: &Entry| {
            self.tree
                .scalar(entry.key)
                .is_some_and(|key| key.starts_with('-'))
        };
        if entries.iter().any(is_dashed) {
            self.mending.refuse(node);
            return;
        }
        for entry in entries {
            if self.is_key(entry.key) {
                self.value(inner, Place::Named(entry.key), entry.value, outer);
            }
        }
    }

    fn null(&mut self, value: &'static Value<V>, place: Place, node: NodeId, outer: Outer<V>) {
        match value {
            Value::Entity(entity) => self.entity(entity, place, node, outer),
            Value::Map(_) | Value::List(_) | Value::NamedList(_) | Value::Text => self.empty(place, node),
            _ => self.no_value(value, place, node),
        }
    }

    fn range(&mut self, value: &'static Value<V>, place: Place, node: NodeId, outer: Outer<V>) {
        let number = |node: &NodeId| self.tree.scalar(*node).and_then(integer);
        match self.tree.items(node) {
            [lower, upper] => {
                let unbounded = self.tree.scalar(*upper) == Some("UNBOUNDED");
                match (number(lower), number(upper).or(unbounded.then_some(i64::MAX))) {
                    (Some(least), Some(most)) if least.min(most) < 0 => self.negative(place, node),
                    (Some(least), Some(most)) if least > most => self.reversed(place, node, least, most),
                    (Some(_), Some(_)) => {}
                    _ => self.wrong_kind(value, place, node, outer),
                }
            }
            _ => self.wrong_kind(value, place, node, outer),
        }
    }

    fn is_integer(&self, node: NodeId) -> bool {
        self.tree.style(node) == Some(ScalarStyle::Plain)
            && self.tree.scalar(node).and_then(integer).is_some()
    }

    /// Whether the key is a scalar; says so if it is not.
    fn is_key(&mut self, key: NodeId) -> bool {
        match self.tree.kind(key) {
            Kind::Scalar => true,
            Kind::Error => false,
            Kind::Sequence | Kind::Mapping => {
                self.bad_key(key);
                false
            }
        }
    }
}
