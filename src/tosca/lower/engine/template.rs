//! Arguments of the template engine.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::super::function::Here;
use super::super::super::types::{InputDef, Members};
use super::super::super::view::View;
use super::super::Lowering;
use super::super::artifact::Named;
use super::super::operation::Owner;
use super::{Arguments, Used};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::render;
use crate::topology::{Action, Artifact, FileState, TemplateAction};

impl<'a> Lowering<'_, 'a> {
    /// The action, and the values as inputs of the step.
    pub(super) fn template(
        &mut self,
        arguments: Arguments<'a>,
        owner: Owner<'a>,
        inputs: &Members<'a, InputDef<'a>>,
        sink: &mut Sink,
    ) -> Option<Used> {
        let path = arguments.path(sink);
        let values = arguments.object("values", sink);
        let (artifact, at) = self.template_file(&arguments, owner, sink)?;
        // With values that are not known yet it cannot be tried.
        let is_given = inputs.get("values").is_some_and(|input| input.value.is_some());
        let is_known = arguments.reads.inputs.is_empty() && (values.is_some() || !is_given);
        let tried = is_known.then(|| values.clone().unwrap_or_default());
        self.try_template((&artifact, at), tried.as_ref(), sink);
        let file = arguments.rest(path?, FileState::File, sink);
        let action = Action::Template(TemplateAction { artifact, file });
        Some(Used {
            action,
            inputs: values.into_iter().flatten().collect(),
            reads: arguments.reads,
        })
    }

    /// The template, and where it is named: an artifact by its name, or a file by its path.
    fn template_file(
        &mut self,
        arguments: &Arguments<'a>,
        owner: Owner<'a>,
        sink: &mut Sink,
    ) -> Option<(Artifact, View<'a>)> {
        let name = arguments.text("template", sink)?;
        let (_, at) = *arguments.values.get("template")?;
        let Some(artifact) = self.artifact_called(&name, Some(owner.of), owner.body) else {
            return Some((self.local(at, &name, Some(owner), sink), at));
        };
        match self.artifact(artifact) {
            Some(Named::File(view, file)) => {
                return Some((self.local(view, file, Some(owner), sink), view));
            }
            Some(Named::Remote(view, file)) => self.report_remote(view, file, sink),
            Some(Named::Engine(..)) => {
                arguments.wrong("template", "that artifact is an engine", "name a file", sink);
            }
            None => {
                // The type leaves it to its templates, so that is the place.
                let place = match owner.here {
                    Here::Node(node) => self.service.node(node).key,
                    _ => at,
                };
                let message = format!("the artifact `{name}` has no file");
                sink.push(
                    Diagnostic::new(&codes::ENGINE_USE, place.span(), message)
                        .note("it is the template that engine `template` makes a file of")
                        .help(format!(
                            "give it under `artifacts:`, as in `{name}: files/motd.j2`"
                        )),
                );
            }
        }
        None
    }

    /// Tells what is wrong with a template, as far as that can be told: with its values where they are known.
    fn try_template(
        &self,
        (artifact, place): (&Artifact, View<'a>),
        values: Option<&BTreeMap<String, Value>>,
        sink: &mut Sink,
    ) {
        // One that is missing is told already, one that cannot be read when it is gathered.
        let Ok(bytes) = self.loader.load(&artifact.path) else {
            return;
        };
        let fault = match (String::from_utf8(bytes), values) {
            (Ok(text), Some(values)) => render::render(&text, values).err(),
            (Ok(text), None) => render::check(&text).err(),
            (Err(_), _) => Some(render::Fault {
                line: None,
                reason: "it is not UTF-8".to_owned(),
            }),
        };
        if let Some(fault) = fault {
            sink.push(
                Diagnostic::new(
                    &codes::BROKEN_TEMPLATE,
                    place.span(),
                    format!("the template `{}` cannot be used", artifact.name),
                )
                .note(fault.to_string())
                .help("correct the template, or give `values` what it names"),
            );
        }
    }
}

impl Arguments<'_> {
    /// Names and values as they are; none if they are not given, or are no map, which is reported.
    fn object(&self, name: &str, sink: &mut Sink) -> Option<BTreeMap<String, Value>> {
        let Value::Object(entries) = self.given(name)? else {
            let (why, help) = ("it is a map of names and values", "write it as `{ NAME: value }`");
            self.wrong(name, why, help, sink);
            return None;
        };
        Some(entries.clone().into_iter().collect())
    }
}
