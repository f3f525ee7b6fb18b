//! The template engine: a file whose content a template makes of the step's inputs. The rest is the file engine's.

use std::collections::BTreeMap;
use std::fs;

use camino::Utf8Path;
use serde_json::Value;

use crate::render;
use crate::topology::{FileAction, TemplateAction};

/// The file that is asked for; `path` is where the template lies.
pub(super) fn file(
    path: &Utf8Path,
    action: &TemplateAction,
    values: &BTreeMap<String, Value>,
) -> Result<FileAction, String> {
    let name = &action.artifact.name;
    let template = fs::read_to_string(path).map_err(|error| format!("cannot read `{name}`: {error}"))?;
    let content = render::render(&template, values)
        .map_err(|fault| format!("the template `{name}` cannot be used: {fault}"))?;
    Ok(FileAction {
        content: Some(content),
        ..action.file.clone()
    })
}
