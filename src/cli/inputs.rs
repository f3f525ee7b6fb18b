//! Inputs of a topology from outside: `--input NAME=VALUE` and `--inputs FILE`.

use std::collections::BTreeMap;
use std::str::FromStr;

use camino::Utf8Path;
use serde_json::Value;

use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::source::{Loader, SourceMap};
use crate::yaml::{self, Kind, NodeId, Tree};

/// One `--input`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenInput {
    name: String,
    value: String,
}

impl FromStr for GivenInput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err("it is not of the form NAME=VALUE".to_owned()),
        }
    }
}

/// All that is given. Values stay as they are written wherever that could matter (`1.10`, `007`): the type that the
/// template declares decides what they mean. None if the file cannot be used; faults go to `sink`.
pub(super) fn gather(
    file: Option<&Utf8Path>,
    given: &[GivenInput],
    loader: &dyn Loader,
    sources: &mut SourceMap,
    sink: &mut Sink,
) -> Option<BTreeMap<String, Value>> {
    let mut inputs = BTreeMap::new();
    if let Some(file) = file {
        let tree = yaml::read(sources, loader, file, None, sink)?;
        let root = tree.root()?;
        if tree.kind(root) != Kind::Mapping {
            sink.push(
                Diagnostic::new(&codes::WRONG_KIND, tree.span(root), "a file of inputs is a map")
                    .help("write one line per input: `name: value`"),
            );
            return None;
        }
        for entry in tree.entries(root) {
            if let Some(name) = tree.scalar(entry.key) {
                inputs.insert(name.to_owned(), json(&tree, entry.value));
            }
        }
    }
    inputs.extend(
        given
            .iter()
            .map(|input| (input.name.clone(), Value::String(input.value.clone()))),
    );
    Some(inputs)
}

fn json(tree: &Tree, node: NodeId) -> Value {
    match tree.kind(node) {
        Kind::Mapping => tree
            .entries(node)
            .iter()
            .filter_map(|entry| Some((tree.scalar(entry.key)?.to_owned(), json(tree, entry.value))))
            .collect(),
        Kind::Sequence => tree.items(node).iter().map(|item| json(tree, *item)).collect(),
        _ => {
            let text = tree.scalar(node).unwrap_or_default();
            let typed = match tree.value(node) {
                Some(yaml::Value::Null) => return Value::Null,
                Some(yaml::Value::Bool(value)) => value.into(),
                Some(yaml::Value::Integer(value)) => value.into(),
                Some(yaml::Value::Float(value)) => value.into(),
                _ => Value::Null,
            };
            // A number that would not be written the same again stays text, so that nothing of it is lost.
            let written = typed.to_string();
            if written == text { typed } else { text.into() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemoryLoader;

    #[test]
    fn values_stay_as_they_are_written() {
        let text =
            "port: 8080\nversion: 1.10\nid: 007\non: true\nname: 'true'\nlist: [1, a]\nmap: {x: 1.5, y: ~}\n";
        let loader = MemoryLoader::new().with("inputs.yaml", text);
        let mut sink = Sink::new();
        let given = ["port=9".parse().unwrap(), "more=a=b".parse().unwrap()];
        let inputs = gather(
            Some("inputs.yaml".into()),
            &given,
            &loader,
            &mut SourceMap::new(),
            &mut sink,
        )
        .unwrap();
        assert_eq!(sink.diagnostics(), []);
        let expected = serde_json::json!({
            "port": "9", "more": "a=b", "version": "1.10", "id": "007", "on": true, "name": "true",
            "list": [1, "a"], "map": {"x": 1.5, "y": null}
        });
        assert_eq!(serde_json::to_value(inputs).unwrap(), expected);
        assert!("=x".parse::<GivenInput>().is_err() && "x".parse::<GivenInput>().is_err());
    }

    #[test]
    fn a_list_is_no_file_of_inputs() {
        let loader = MemoryLoader::new().with("inputs.yaml", "- a\n");
        let mut sink = Sink::new();
        let inputs = gather(
            Some("inputs.yaml".into()),
            &[],
            &loader,
            &mut SourceMap::new(),
            &mut sink,
        );
        assert!(inputs.is_none() && sink.has_errors());
    }
}
