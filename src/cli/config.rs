//! `khor.toml`: the project's own settings, found by walking up from the file that is looked at.
//!
//! ```toml
//! [lint]
//! deny = ["unused-input"]     # errors
//! warn = ["unknown-type"]     # warnings
//! allow = ["isolated-node"]   # not reported
//!
//! [imports]
//! "https://example.org/types.yaml" = "vendor/types.yaml"   # relative to khor.toml
//! "https://example.org/more/" = "vendor/more/"             # all that begins so
//! ```

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::import_map::ImportMap;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};
use crate::lint::{Level, Selection, find_rule, near_rule};
use crate::source::{Loader, SourceId, SourceMap, Span, is_url};

/// The file's name.
const NAME: &str = "khor.toml";

/// What a `khor.toml` says; empty where there is none.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `[lint]`: severities of rules.
    pub lint: Selection,
    /// `[imports]`: what stands in an import, and the file it means (resolved against the folder of `khor.toml`).
    pub imports: ImportMap,
}

impl Config {
    /// The `khor.toml` in the folder of `file` or the nearest one above; shown relative to `here`, the working
    /// directory, where it lies below it.
    pub fn find(file: &Utf8Path, here: &Utf8Path, loader: &dyn Loader) -> Option<Utf8PathBuf> {
        nearest(NAME, file, here, loader)
    }

    /// Reads the `khor.toml` at `path`. Faults go to `sink`, with places in it; what can be understood counts.
    pub fn read(path: &Utf8Path, loader: &dyn Loader, sources: &mut SourceMap, sink: &mut Sink) -> Self {
        let mut config = Self::default();
        let source = match sources.load(loader, path) {
            Ok(source) => source,
            Err(error) => {
                let place = Span::file(sources.add(path, ""));
                let message = format!("cannot read `{path}`: {error}");
                sink.push(Diagnostic::new(&codes::UNREADABLE_FILE, place, message));
                return config;
            }
        };
        let text = std::sync::Arc::clone(&sources.get(source).text);
        let (root, errors) = DeTable::parse_recoverable(&text);
        for error in &errors {
            let place = error
                .span()
                .map_or(Span::file(source), |range| span(source, &range));
            sink.push(bad(place, format!("this is not TOML: {}", error.message())));
        }
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        let mut reader = Reader { source, sink };
        for (key, value) in in_order(root.get_ref()) {
            match key.get_ref().as_ref() {
                "lint" => reader.lint(value, &mut config.lint),
                "imports" => reader.imports(value, folder, &mut config.imports),
                // What is left of a broken line.
                "" if !errors.is_empty() => {}
                other => reader.unknown("section", other, key, &["lint", "imports"]),
            }
        }
        config
    }
}

/// The file called `name` that is nearest to `file`: in its folder (or in it, where it is one) or above; shown relative
/// to `here`, the working directory, where it lies below it.
pub(super) fn nearest(
    name: &str,
    file: &Utf8Path,
    here: &Utf8Path,
    loader: &dyn Loader,
) -> Option<Utf8PathBuf> {
    let file = here.join(file);
    // `a/../b` and links are the system's business: only the names above the file are looked at.
    let found = file
        .ancestors()
        .skip(usize::from(!file.is_dir()))
        .map(|folder| folder.join(name))
        .find(|path| loader.is_file(path))?;
    Some(found.strip_prefix(here).map(Utf8Path::to_owned).unwrap_or(found))
}

struct Reader<'s> {
    source: SourceId,
    sink: &'s mut Sink,
}

impl Reader<'_> {
    fn lint(&mut self, value: &Spanned<DeValue<'_>>, selection: &mut Selection) {
        let Some(table) = self.table("lint", value) else {
            return;
        };
        let mut seen: BTreeMap<&'static str, (Span, Level)> = BTreeMap::new();
        for (key, value) in in_order(table) {
            let Some(level) = Level::find(key.get_ref()) else {
                let known = Level::ALL.map(Level::as_str);
                self.unknown("key", key.get_ref(), key, &known);
                continue;
            };
            let Some(list) = value.get_ref().as_array() else {
                let what = format!("`{level}` is a list of rules, not {}", article(value.get_ref()));
                self.push(value, what, format!("write `{level} = [\"rule-name\"]`"));
                continue;
            };
            for item in list {
                let place = self.span(item);
                let Some(name) = item.get_ref().as_str() else {
                    let what = format!("a rule is named by a string, not by {}", article(item.get_ref()));
                    self.push(item, what, "write `\"rule-name\"`".to_owned());
                    continue;
                };
                if level == Level::Deny && name == "warnings" {
                    selection.deny_warnings = true;
                    continue;
                }
                let Some(rule) = find_rule(name) else {
                    self.sink.push(near_rule(name, place));
                    continue;
                };
                if let Some(&(first, before)) = seen.get(rule.id) {
                    let message = format!("rule `{}` is named twice", rule.rule);
                    let fault = bad(place, message).related(first, format!("first under `{before}`"));
                    self.sink.push(fault.help("keep one of the two"));
                    continue;
                }
                seen.insert(rule.id, (place, level));
                selection.set(rule, level);
            }
        }
    }

    fn imports(&mut self, value: &Spanned<DeValue<'_>>, folder: &Utf8Path, imports: &mut ImportMap) {
        let Some(table) = self.table("imports", value) else {
            return;
        };
        for (key, value) in in_order(table) {
            let name = key.get_ref().as_ref();
            let Some(path) = value.get_ref().as_str().filter(|path| !path.is_empty()) else {
                let what = format!(
                    "an import is mapped to a path, not to {}",
                    article(value.get_ref())
                );
                self.push(value, what, format!("write `\"{name}\" = \"path/to/file.yaml\"`"));
                continue;
            };
            if is_url(path) {
                let what = "an import is mapped to a file of this machine, not to another URL".to_owned();
                self.push(value, what, "save the file, and write its path".to_owned());
                continue;
            }
            if name.ends_with('/') != path.ends_with('/') {
                let (at, what) = if name.ends_with('/') {
                    (
                        value.span(),
                        format!("`{path}` is to be a folder: `{name}` ends in `/`"),
                    )
                } else {
                    (
                        key.span(),
                        format!("`{name}` is one file, but `{path}` ends in `/`"),
                    )
                };
                let help = "let both end in `/` to map a folder, or none of them to map a file";
                self.sink.push(bad(span(self.source, &at), what).help(help));
                continue;
            }
            imports.insert(name, folder.join(path));
        }
    }

    fn table<'t, 'i>(&mut self, name: &str, value: &'t Spanned<DeValue<'i>>) -> Option<&'t DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let what = format!("`{name}` is a table, not {}", article(value.get_ref()));
            self.push(value, what, format!("write `[{name}]` on a line of its own"));
        }
        table
    }

    fn unknown<T>(&mut self, what: &str, name: &str, at: &Spanned<T>, known: &[&str]) {
        let help = did_you_mean(name, known.iter().copied());
        let place = self.span(at);
        let list: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        let help = help.unwrap_or_else(|| format!("there are {}", list.join(", ")));
        self.sink
            .push(bad(place, format!("unknown {what} `{name}`")).help(help));
    }

    fn push<T>(&mut self, at: &Spanned<T>, message: String, help: String) {
        let place = self.span(at);
        self.sink.push(bad(place, message).help(help));
    }

    fn span<T>(&self, at: &Spanned<T>) -> Span {
        span(self.source, &at.span())
    }
}

/// The entries of a table as they stand in the file.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(&'t Key<'i>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;

fn bad(place: Span, message: String) -> Diagnostic {
    Diagnostic::new(&codes::BAD_CONFIGURATION, place, message)
}

fn span(source: SourceId, range: &std::ops::Range<usize>) -> Span {
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(source, narrow(range.start), narrow(range.end.max(range.start)))
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(text) if text.is_empty() => "an empty string",
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
