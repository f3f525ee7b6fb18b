//! Names that a type does not define.

use super::super::types::{Type, listing};
use super::super::view::View;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};

/// The fault that a template gives, at `key`, the member `name`, which its type does not have. `names` are those that it has.
pub(super) fn member(
    of: &Type<'_>,
    key: View<'_>,
    name: &str,
    (word, code): (&str, &'static Code),
    names: Vec<&str>,
) -> Diagnostic {
    let near = did_you_mean(name, names.iter().copied());
    let help = near.unwrap_or_else(|| format!("remove it, or define it under `{word}s` of `{}`", of.name));
    Diagnostic::new(code, key.span(), format!("unknown {word} `{name}`"))
        .note(format!(
            "{} `{}` {}",
            of.kind.words(),
            of.name,
            listing(names.into_iter())
        ))
        .help(help)
        .related(of.key.span(), format!("`{}` is defined here", of.name))
}
