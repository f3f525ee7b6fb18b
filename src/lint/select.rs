//! Severities as the user wants them: `--deny`, `--warn`, `--allow`, and `[lint]` of `khor.toml`.

use std::collections::BTreeMap;
use std::fmt;

use crate::diagnostic::{Code, Diagnostic, Severity, codes, nearest};
use crate::source::Span;

/// What is to become of a rule's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// They are errors.
    Deny,
    /// They are warnings.
    Warn,
    /// They are not reported.
    Allow,
}

impl Level {
    /// All, the strictest first.
    pub const ALL: [Self; 3] = [Self::Deny, Self::Warn, Self::Allow];

    /// Its name, on the command line and in `khor.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
            Self::Allow => "allow",
        }
    }

    /// The level of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Levels by rule; rules that are not named keep their own severity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    levels: BTreeMap<&'static str, Level>,
    /// What is a warning in the end becomes an error (`warnings` in place of a rule).
    pub deny_warnings: bool,
}

impl Selection {
    /// Sets the level of a rule; the last one counts.
    pub fn set(&mut self, rule: &'static Code, level: Level) {
        self.levels.insert(rule.id, level);
    }

    /// Takes over what `stronger` says (the command line over `khor.toml`).
    #[must_use]
    pub fn overridden_by(mut self, stronger: &Self) -> Self {
        self.levels.extend(&stronger.levels);
        self.deny_warnings |= stronger.deny_warnings;
        self
    }

    /// Gives each diagnostic the wanted severity and drops those that are allowed.
    pub fn apply(&self, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.retain_mut(|diagnostic| {
            match self.levels.get(diagnostic.code.id) {
                Some(Level::Allow) => return false,
                Some(Level::Warn) => diagnostic.severity = Severity::Warning,
                Some(Level::Deny) => diagnostic.severity = Severity::Error,
                None => {}
            }
            if self.deny_warnings && diagnostic.severity == Severity::Warning {
                diagnostic.severity = Severity::Error;
            }
            true
        });
    }
}

/// The code that a user names, by rule name (`unused-input`) or id (`K9101`).
pub fn find_rule(name: &str) -> Option<&'static Code> {
    codes::find(name)
}

/// The rule's name closest to a name that no rule has.
pub(super) fn nearest_rule(name: &str) -> Option<&'static str> {
    let id = name.len() == 5 && name.starts_with(['K', 'k']);
    nearest(
        name,
        codes::all().map(|code| if id { code.id } else { code.rule }),
    )
}

/// Says that no rule has the name that stands at `place`.
pub fn near_rule(name: &str, place: Span) -> Diagnostic {
    let help = nearest_rule(name).map_or_else(
        || "`khor explain` lists all rules".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Diagnostic::new(&codes::UNKNOWN_RULE, place, format!("there is no rule `{name}`")).help(help)
}
