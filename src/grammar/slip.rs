//! Misspelt keynames: which one is meant.

use super::entity::{Edition, Entity, Keyname, Value};
use super::walk::{Frame, Walker};
use crate::diagnostic::nearest;
use crate::yaml::{Entry, Kind, NodeId};

/// A row of a table, with its place there.
type Row<V> = (usize, &'static Keyname<V>);

impl<V: Edition> Walker<'_, V> {
    /// The keyname that an unknown one is meant to be: nearly the same, and not there itself. Where there is a choice of
    /// one among many, as of operators, a name that is nearly another may be anything.
    pub(super) fn meant(&self, frame: &Frame<V>, key: NodeId) -> Option<Row<V>> {
        let entity = frame.entity;
        let name = self.tree.scalar(key).filter(|_| !entity.single)?;
        let absent = entity.names(self.version);
        let absent = absent.filter(|name| self.tree.entry(frame.node, name).is_none());
        entity.find(nearest(name, absent)?, self.version)
    }

    /// The keyname that a key is meant to be where authors choose keys, as those of operations: what stands under it is
    /// what the keyname takes, and does not look like what authors name. Where anything or any text may stand under a
    /// key of their choice, nobody can tell.
    pub(super) fn meant_among_names(
        &self,
        frame: &Frame<V>,
        rest: &'static Value<V>,
        entry: Entry,
    ) -> Option<Row<V>> {
        let Value::OneOf(forms) = rest else { return None };
        let mut entities = forms.iter().filter_map(|form| match form {
            Value::Entity(entity) => Some(*entity),
            _ => None,
        });
        let is_named = self.tree.kind(entry.value) == Kind::Mapping
            && entities.any(|entity| self.has_keyname_of(entity, entry.value));
        let meant = self.meant(frame, entry.key).filter(|_| !is_named);
        meant.filter(|(_, row)| self.fits(&row.value, entry.value))
    }

    /// Whether the only key of a map is a slip of the pen for a keyname that the entity must have: as long, with one
    /// letter wrong or two changed about. Only where a map with a key of the author's choice is possible as well.
    pub(super) fn is_slip(&self, entity: &Entity<V>, node: NodeId) -> bool {
        let [entry] = self.tree.entries(node) else {
            return false;
        };
        let Some(name) = self.tree.scalar(entry.key) else {
            return false;
        };
        let mut needed = entity.keynames.iter().filter(|row| row.is_required());
        needed.any(|row| row.name.len() == name.len() && strsim::osa_distance(row.name, name) == 1)
    }

    /// Whether a map has any of the entity's keynames, of whatever version.
    pub(super) fn has_keyname_of(&self, entity: &Entity<V>, node: NodeId) -> bool {
        let keys = self.tree.entries(node).iter();
        let mut names = keys.filter_map(|entry| self.tree.scalar(entry.key));
        names.any(|name| entity.keynames.iter().any(|row| row.name == name))
    }

    /// Whether a node is of the kind that a value is.
    pub(super) fn fits(&self, value: &Value<V>, node: NodeId) -> bool {
        let kind = self.tree.kind(node);
        match value {
            Value::Any => true,
            Value::OneOf(forms) => forms.iter().any(|form| self.fits(form, node)),
            Value::If { is, value } => is(self.tree, node) && self.fits(value, node),
            Value::Map(_) | Value::Entity(_) | Value::Named(_) => {
                kind == Kind::Mapping || self.tree.is_null(node)
            }
            Value::List(_) | Value::NamedList(_) | Value::Range { .. } => {
                kind == Kind::Sequence || self.tree.is_null(node)
            }
            Value::String
            | Value::Text
            | Value::Integer
            | Value::Boolean
            | Value::Words(_)
            | Value::Form { .. } => kind == Kind::Scalar,
        }
    }
}
