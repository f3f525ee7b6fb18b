//! Keywords about what is inside of a value: items of lists, entries of maps.

use serde_json::{Map, Value};

use super::judge::{Fault, Judge, Verdict, all, breaks};
use super::place::Place;
use super::scalar::within;
use crate::diagnostic::did_you_mean;

impl<'s> Judge<'s> {
    pub(super) fn member(
        &mut self,
        around: &'s Map<String, Value>,
        keyword: (&str, &'s Value),
        value: &Value,
        place: &Place<'_>,
        depth: usize,
    ) -> Verdict {
        match value {
            Value::Array(items) => self.items(around, keyword, items, place, depth),
            Value::Object(entries) => self.entries(around, keyword, (value, entries), place, depth),
            _ => Ok(()),
        }
    }

    fn items(
        &mut self,
        around: &'s Map<String, Value>,
        (name, bound): (&str, &'s Value),
        items: &[Value],
        place: &Place<'_>,
        depth: usize,
    ) -> Verdict {
        let count = |name: &str| around.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        match (name, bound) {
            ("minItems" | "maxItems", bound) => {
                within(name.starts_with("min"), bound, items.len(), "items", place)
            }
            // Up to 2019-09 a list of schemas goes by position, and `additionalItems` says what comes after.
            ("items" | "prefixItems", Value::Array(schemas)) => all((0..)
                .zip(schemas.iter().zip(items))
                .map(|(at, (schema, item))| self.hold(schema, item, &Place::Item(place, at), depth))),
            ("items", schema) => self.rest(schema, items, count("prefixItems"), place, depth),
            ("additionalItems", schema) if around.get("items").is_some_and(Value::is_array) => {
                self.rest(schema, items, count("items"), place, depth)
            }
            ("uniqueItems", Value::Bool(true)) => self.unique(items, place),
            ("contains", schema) => self.contains(around, schema, items, place, depth),
            _ => Ok(()),
        }
    }

    /// Holds all items but the first few against one schema.
    fn rest(
        &mut self,
        schema: &'s Value,
        items: &[Value],
        skipped: usize,
        place: &Place<'_>,
        depth: usize,
    ) -> Verdict {
        let items = items.iter().enumerate().skip(skipped);
        all(items.map(|(at, item)| self.hold(schema, item, &Place::Item(place, at), depth)))
    }

    fn unique(&mut self, items: &[Value], place: &Place<'_>) -> Verdict {
        for (at, item) in items.iter().enumerate() {
            for (before, other) in items[..at].iter().enumerate() {
                if self.same(item, other)? {
                    return breaks(format!(
                        "{place} must not hold anything twice: items {before} and {at} are the same"
                    ));
                }
            }
        }
        Ok(())
    }

    fn contains(
        &mut self,
        around: &Map<String, Value>,
        schema: &'s Value,
        items: &[Value],
        place: &Place<'_>,
        depth: usize,
    ) -> Verdict {
        let bound = |name: &str| around.get(name).and_then(Value::as_u64);
        let (mut fits, mut open) = (0, false);
        for (at, item) in items.iter().enumerate() {
            match self.hold(schema, item, &Place::Item(place, at), depth) {
                Ok(()) => fits += 1,
                Err(Fault::Unknown) => open = true,
                Err(Fault::Breaks(_)) => {}
            }
        }
        let (least, most) = (bound("minContains").unwrap_or(1), bound("maxContains"));
        if most.is_some_and(|most| fits > most) {
            return breaks(format!(
                "{place} holds too many items of the kind that `contains` asks for: {fits}"
            ));
        }
        match fits >= least {
            true => Ok(()),
            false if open => Err(Fault::Unknown),
            false => breaks(format!(
                "{place} must hold at least {least} of the items that `contains` asks for, and holds {fits}"
            )),
        }
    }

    fn entries(
        &mut self,
        around: &'s Map<String, Value>,
        (name, bound): (&str, &'s Value),
        (value, entries): (&Value, &Map<String, Value>),
        place: &Place<'_>,
        depth: usize,
    ) -> Verdict {
        match (name, bound) {
            ("minProperties" | "maxProperties", bound) => {
                within(name.starts_with("min"), bound, entries.len(), "entries", place)
            }
            ("required", Value::Array(names)) => has_all(names, entries, place),
            ("properties", Value::Object(schemas)) => all(schemas.iter().filter_map(|(name, schema)| {
                let value = entries.get(name)?;
                Some(self.hold(schema, value, &Place::Entry(place, name), depth))
            })),
            ("patternProperties", Value::Object(schemas)) => {
                let mut each = Vec::new();
                for (name, value) in entries {
                    for (expression, schema) in schemas {
                        if self.finds(expression, name)? {
                            each.push(self.hold(schema, value, &Place::Entry(place, name), depth));
                        }
                    }
                }
                all(each.into_iter())
            }
            ("additionalProperties", schema) => self.additional(around, schema, entries, place, depth),
            ("propertyNames", schema) => all(entries.keys().map(|name| {
                let named = Value::String(name.clone());
                match self.hold(schema, &named, &Place::Root, depth) {
                    Err(Fault::Breaks(why)) => {
                        breaks(format!("the name of {}: {why}", Place::Entry(place, name)))
                    }
                    other => other,
                }
            })),
            ("dependentRequired" | "dependentSchemas" | "dependencies", Value::Object(all_bounds)) => {
                let given = all_bounds.iter().filter(|(name, _)| entries.contains_key(*name));
                all(given.map(|(name, bound)| match bound {
                    Value::Array(names) => match has_all(names, entries, place) {
                        Err(Fault::Breaks(why)) => breaks(format!("{why}, beside `{name}`")),
                        other => other,
                    },
                    schema => self.hold(schema, value, place, depth),
                }))
            }
            _ => Ok(()),
        }
    }

    /// Entries that neither `properties` nor `patternProperties` speak of.
    fn additional(
        &mut self,
        around: &'s Map<String, Value>,
        schema: &'s Value,
        entries: &Map<String, Value>,
        place: &Place<'_>,
        depth: usize,
    ) -> Verdict {
        let schemas = |name: &str| around.get(name).and_then(Value::as_object);
        let (known, patterns) = (schemas("properties"), schemas("patternProperties"));
        let is_known = |name: &str| known.is_some_and(|known| known.contains_key(name));
        for (name, value) in entries.iter().filter(|(name, _)| !is_known(name)) {
            let mut is_matched = false;
            for expression in patterns.into_iter().flat_map(Map::keys) {
                is_matched |= self.finds(expression, name)?;
            }
            if is_matched {
                continue;
            }
            if schema == &Value::Bool(false) {
                let names = known.into_iter().flat_map(Map::keys).map(String::as_str);
                let near = did_you_mean(name, names).map_or_else(String::new, |near| format!("; {near}"));
                return breaks(format!("{place} must not have `{name}`{near}"));
            }
            self.hold(schema, value, &Place::Entry(place, name), depth)?;
        }
        Ok(())
    }
}

fn has_all(names: &[Value], entries: &Map<String, Value>, place: &Place<'_>) -> Verdict {
    let mut names = names.iter().filter_map(Value::as_str);
    match names.find(|name| !entries.contains_key(*name)) {
        Some(missing) => breaks(format!("{place} must have `{missing}`")),
        None => Ok(()),
    }
}
