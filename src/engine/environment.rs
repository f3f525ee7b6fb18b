//! The environment of the programs that engines start: little of the agent's own, the inputs, and who it is about.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::Value;

use super::Context;
use crate::role::RoleStep;

/// What is kept of the agent's own environment: where programs and the home are, and the language. The rest stays out
/// (the agent's own secrets, for one).
const KEPT: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];
/// Where programs are looked up when the agent itself was started without PATH.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Names that khor gives a value; inputs cannot have them.
const OURS: [&str; 4] = ["SELF", "HOST", "SOURCE", "TARGET"];

/// Variables by name.
pub(super) type Environment = BTreeMap<String, OsString>;

/// What every program gets.
pub(super) fn base(context: &Context, step: &RoleStep) -> Environment {
    let mut environment: Environment = KEPT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var_os(name)?)))
        .collect();
    environment
        .entry("PATH".to_owned())
        .or_insert_with(|| DEFAULT_PATH.into());
    let mut set = |name: &str, value: &str| environment.insert(name.to_owned(), value.into());
    set("SELF", &step.node);
    set("HOST", &context.host);
    set("KHOR_APPLICATION", &context.application);
    set("KHOR_OPERATION", &step.operation);
    if let Some(number) = step.instance {
        set("KHOR_INSTANCE", &number.to_string());
    }
    if let Some((source, target)) = &step.relationship {
        set("SOURCE", source);
        set("TARGET", target);
    }
    if let Some(root) = &context.root {
        set("KHOR_ROOT", root.as_str());
    }
    environment
}

/// Adds the inputs: strings bare, numbers and booleans as their text, null empty, lists and maps as JSON.
pub(super) fn add_inputs(
    environment: &mut Environment,
    inputs: &BTreeMap<String, Value>,
) -> Result<(), String> {
    for (name, value) in inputs {
        check_name(name)?;
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        check_value(name, &text)?;
        environment.insert(name.clone(), text.into());
    }
    Ok(())
}

/// Whether a variable may have this name.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let mut letters = name.chars();
    let is_valid = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !is_valid {
        return Err(format!(
            "the input `{name}` cannot be an environment variable; use letters, digits and `_`, not beginning with a digit"
        ));
    }
    if OURS.contains(&name) || name.starts_with("KHOR_") {
        return Err(format!(
            "the input `{name}` has the name of a variable that khor itself sets; choose another"
        ));
    }
    Ok(())
}

/// Whether a variable may have this value.
pub(super) fn check_value(name: &str, value: &str) -> Result<(), String> {
    if value.contains('\0') {
        return Err(format!(
            "the value of `{name}` has a zero byte in it, which no environment variable can have"
        ));
    }
    Ok(())
}

/// The program `name` as the PATH of `environment` finds it.
pub(super) fn find_program(environment: &Environment, name: &str) -> Option<PathBuf> {
    let path = environment.get("PATH")?;
    std::env::split_paths(path)
        .map(|directory| directory.join(name))
        .find(|candidate| is_executable(candidate))
}

/// Whether it is a file that somebody may execute.
pub(super) fn is_executable(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn inputs_become_variables() {
        let inputs = json!({"s": "a b", "n": 1.5, "t": true, "z": null, "l": [1, "x"], "m": {"k": {}}});
        let mut environment = Environment::new();
        add_inputs(&mut environment, &serde_json::from_value(inputs).unwrap()).unwrap();
        let seen: Vec<_> = environment
            .values()
            .map(|value| value.to_str().unwrap())
            .collect();
        assert_eq!(seen, [r#"[1,"x"]"#, r#"{"k":{}}"#, "1.5", "a b", "true", ""]);
    }

    #[test]
    fn names_that_cannot_be_are_refused_in_words() {
        for bad in ["", "1st", "a-b", "a.b", "ü", "a=b", "SELF", "KHOR_OUTPUT"] {
            let inputs = BTreeMap::from([(bad.to_owned(), json!(1))]);
            let error = add_inputs(&mut Environment::new(), &inputs).unwrap_err();
            assert!(error.contains(&format!("`{bad}`")), "{error}");
        }
        let inputs = BTreeMap::from([("a".to_owned(), json!("x\0y"))]);
        assert!(add_inputs(&mut Environment::new(), &inputs).is_err());
    }
}
