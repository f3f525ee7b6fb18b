//! The template engine on real files.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use khor::engine::{Engine, Observed};
use khor::role::RoleStep;
use khor::topology::{Action, FileAction, TemplateAction};
use serde_json::json;

use crate::kit::{Host, is_not_reached, is_reached, step, until};
use crate::shell::publish;

async fn templated(host: &Host, template: &str, values: serde_json::Value) -> RoleStep {
    let action = Action::Template(TemplateAction {
        artifact: publish(host, "files/app.conf.j2", template).await,
        file: FileAction {
            path: "/etc/app.conf".into(),
            mode: Some(0o640),
            ..FileAction::default()
        },
    });
    RoleStep {
        inputs: serde_json::from_value::<BTreeMap<_, _>>(values).unwrap(),
        ..step(Some(action.clone()), Some(action))
    }
}

#[tokio::test]
async fn a_file_is_made_of_a_template_and_mended() {
    let host = Host::rooted();
    let path = host.folder.join("ROOT/etc/app.conf");
    let template = "{% for port in ports %}\nlisten {{ port }}\n{% endfor %}\n";
    let step = templated(&host, template, json!({"ports": [80, 443]})).await;
    let mut seen = host.engines.observe(&step);
    until(&mut seen, is_not_reached).await;
    host.reach(&step).await;
    until(&mut seen, is_reached).await;
    assert_eq!(fs::read_to_string(&path).unwrap(), "listen 80\nlisten 443\n");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
    fs::write(&path, "listen 80\nlisten 444\n").unwrap();
    until(&mut seen, is_not_reached).await;
    assert_eq!(
        host.look(&step).await,
        Observed::NotReached("its content differs".into())
    );
    host.reach(&step).await;
    // Other values ask for another content.
    let changed = templated(&host, template, json!({"ports": [80]})).await;
    assert!(is_not_reached(&host.look(&changed).await));
    host.reach(&changed).await;
    assert_eq!(fs::read_to_string(&path).unwrap(), "listen 80\n");
}

#[tokio::test]
async fn a_template_that_cannot_be_used_is_told_with_its_line() {
    let host = Host::rooted();
    let step = templated(&host, "a\n{{ prot }}\n", json!({"port": 80})).await;
    let words = "the template `files/app.conf.j2` cannot be used: line 2: ";
    host.refuse(&step, words).await;
    let seen = host.look(&step).await;
    assert!(
        matches!(&seen, Observed::Failed(why) if why.starts_with(words)),
        "{seen:?}"
    );
    assert!(!host.folder.join("ROOT/etc/app.conf").exists());
}

#[tokio::test]
async fn templates_no_step_needs_any_more_are_forgotten() {
    let host = Host::rooted();
    let old = templated(&host, "old", json!({})).await;
    let new = templated(&host, "new", json!({})).await;
    host.reach(&old).await;
    host.reach(&new).await;
    host.engines.keep_only([&new]).unwrap();
    let artifacts = host.engines.context().state.join("artifacts");
    assert_eq!(fs::read_dir(artifacts).unwrap().count(), 1);
    host.reach(&new).await;
}
