//! khor's engines and checks.

use crate::topology::{Action, FileState, HttpMethod, Interpreter, Looking, OperationName};

use super::{compiling, errors, fine, run};

const HEAD: &str = "tosca_definitions_version: tosca_simple_yaml_1_3
imports: [ khor:1.0 ]
topology_template:
  node_templates:
    server: { type: tosca.nodes.Compute }
";

#[test]
fn the_node_types_of_the_profile_use_the_engines() {
    let topology = fine(&format!(
        "{HEAD}    page:
      type: khor.nodes.File
      properties: {{ path: /srv/page, content: hello, mode: '0640' }}
      requirements: [ {{ host: server }} ]
    folder:
      type: khor.nodes.Directory
      properties: {{ path: /srv }}
      requirements: [ {{ host: server }} ]
    web:
      type: khor.nodes.Process
      properties: {{ command: [ python3, -m, http.server, 8000 ], environment: {{ A: 1 }} }}
      requirements: [ {{ host: server }} ]
"
    ));
    let page = &topology.nodes[1].operations;
    let Some(Action::File(file)) = page[&OperationName::Create].apply.as_deref() else {
        panic!("{page:?}")
    };
    assert_eq!(
        (file.path.as_str(), file.content.as_deref(), file.mode),
        ("/srv/page", Some("hello"), Some(0o640))
    );
    let Some(Action::File(file)) = page[&OperationName::Delete].apply.as_deref() else {
        panic!("{page:?}")
    };
    assert_eq!((&file.state, &file.content), (&FileState::Absent, &None));
    let folder = topology.nodes[2].operations[&OperationName::Create]
        .apply
        .as_deref();
    assert!(matches!(folder, Some(Action::File(file)) if file.state == FileState::Directory));
    let web = &topology.nodes[3].operations;
    let Some(Action::Process(process)) = web[&OperationName::Start].apply.as_deref() else {
        panic!("{web:?}")
    };
    assert_eq!(process.command, ["python3", "-m", "http.server", "8000"]);
    assert_eq!(process.environment["A"], "1");
    assert!(process.running);
    assert_eq!(web[&OperationName::Start].check, web[&OperationName::Start].apply);
    assert!(
        matches!(web[&OperationName::Stop].apply.as_deref(), Some(Action::Process(process)) if !process.running)
    );
}

#[test]
fn a_check_belongs_to_the_operation_of_its_name() {
    let main = format!(
        "{HEAD}    app:
      type: khor.nodes.Service
      requirements: [ {{ host: server }} ]
      interfaces:
        Standard:
          operations: {{ start: start.sh, create: create.sh }}
        Check:
          operations: {{ start: up.sh, configure: ready.sh }}
"
    );
    let names = ["start.sh", "create.sh", "up.sh", "ready.sh"];
    let mut files = vec![("main.yaml", main.as_str())];
    files.extend(names.map(|name| (name, "")));
    let (topology, found) = run(&files, &compiling());
    assert_eq!(found, []);
    let operations = &topology.nodes[1].operations;
    let shown: Vec<_> = operations
        .iter()
        .map(|(name, operation)| {
            let script = |action: Option<&Action>| match action {
                Some(Action::Shell(shell)) => shell.artifact.name.clone(),
                _ => String::new(),
            };
            format!(
                "{name} {} {}",
                script(operation.apply.as_deref()),
                script(operation.check.as_deref())
            )
        })
        .collect();
    assert_eq!(
        shown,
        ["create create.sh ", "configure  ready.sh", "start start.sh up.sh"]
    );
}

#[test]
fn a_command_may_be_a_line() {
    let text = format!(
        "{HEAD}    web:
      type: tosca.nodes.SoftwareComponent
      requirements: [ {{ host: server }} ]
      artifacts:
        process: {{ type: khor.artifacts.Engine, file: process }}
      interfaces:
        Standard:
          operations:
            start: {{ implementation: process, inputs: {{ command: \"sh -c 'sleep 1; :' a\\\\ b\" }} }}
"
    );
    let topology = fine(&text);
    let operation = &topology.nodes[1].operations[&OperationName::Start];
    let Some(Action::Process(process)) = operation.apply.as_deref() else {
        panic!("{operation:?}")
    };
    assert_eq!(process.command, ["sh", "-c", "sleep 1; :", "a b"]);
}

#[test]
fn probes_are_checks() {
    let text = format!(
        "{HEAD}    web:
      type: khor.nodes.Process
      properties: {{ command: [ httpd, -f ] }}
      requirements: [ {{ host: server }} ]
      interfaces:
        Check:
          operations:
            create: {{ implementation: tcp, inputs: {{ port: 22, timeout: 2 s }} }}
            start:
              implementation: http
              inputs:
                url: https://localhost:8443/health
                method: head
                status: [ 200, 301-302 ]
                headers: {{ Accept: text/html, X-Number: 1 }}
                redirects: true
                insecure: true
"
    );
    let topology = fine(&text);
    let operations = &topology.nodes[1].operations;
    let create = &operations[&OperationName::Create];
    let Some(Action::Tcp(tcp)) = create.check.as_deref() else {
        panic!("{create:?}")
    };
    assert_eq!(
        (tcp.host.as_str(), tcp.port, tcp.timeout_ms),
        ("localhost", 22, Some(2000))
    );
    assert_eq!(create.apply, None);
    let start = &operations[&OperationName::Start];
    let (Some(Action::Http(http)), Some(Action::Process(_))) =
        (start.check.as_deref(), start.apply.as_deref())
    else {
        panic!("{start:?}")
    };
    assert_eq!(http.url, "https://localhost:8443/health");
    assert_eq!(
        (http.method, http.status.as_slice()),
        (HttpMethod::Head, &[(200, 200), (301, 302)][..])
    );
    assert_eq!(http.headers["X-Number"], "1");
    assert!(http.redirects && http.insecure && http.contains.is_none() && http.timeout_ms.is_none());
}

#[test]
fn policies_say_when_checks_are_carried_out() {
    let text = format!(
        "{HEAD}    web:
      type: khor.nodes.Process
      properties: {{ command: [ httpd, -f ] }}
      requirements: [ {{ host: server }} ]
      interfaces:
        Check:
          operations:
            start: {{ implementation: {{ primary: up.sh, timeout: 7 }} }}
  groups:
    all: {{ type: tosca.groups.Root, members: [ web ] }}
  policies:
    - often:
        type: khor.policies.Check
        properties: {{ interval: 1 m, timeout: 500 ms, grace: 0 s, watch: [ /etc/web.conf ] }}
        targets: [ all ]
"
    );
    let (topology, found) = run(&[("main.yaml", &text), ("up.sh", "")], &compiling());
    assert_eq!(found, []);
    let operations = &topology.nodes[1].operations;
    let look = Looking {
        interval_ms: Some(60_000),
        timeout_ms: Some(500),
        grace_ms: Some(0),
        watch: vec!["/etc/web.conf".into()],
    };
    assert_eq!(operations[&OperationName::Stop].look, look);
    let own = Looking {
        timeout_ms: Some(7000),
        ..look
    };
    assert_eq!(operations[&OperationName::Start].look, own);
}

/// A template node with this template and this body.
fn templated(body: &str, template: &str) -> (crate::topology::Topology, Vec<String>) {
    let text = format!(
        "{HEAD}    motd:
      type: khor.nodes.Template
      requirements: [ {{ host: server }} ]
{body}"
    );
    let files = [("main.yaml", text.as_str()), ("files/motd.j2", template)];
    let (topology, found) = run(&files, &compiling());
    let told = found.into_iter().map(|fault| {
        let note = fault.note.unwrap_or_default();
        format!("{}: {note}", fault.message)
    });
    (topology, told.collect())
}

#[test]
fn a_template_is_an_artifact_and_its_values_are_inputs() {
    let body = "      properties:
        path: /etc/motd
        values: { name: bsd1, ports: [ 80, 443 ], tls: { on: true } }
        mode: '0600'
      artifacts: { template: files/motd.j2 }
";
    let template = "{{ name }} {{ ports[0] }} {{ tls.on }} {{ none | default('x') }}\n";
    let (topology, found) = templated(body, template);
    assert_eq!(found, [""; 0]);
    let create = &topology.nodes[1].operations[&OperationName::Create];
    let Some(Action::Template(action)) = create.apply.as_deref() else {
        panic!("{create:?}")
    };
    assert_eq!(
        (
            action.artifact.path.as_str(),
            action.file.path.as_str(),
            action.file.mode
        ),
        ("files/motd.j2", "/etc/motd", Some(0o600))
    );
    assert_eq!(create.inputs["ports"], serde_json::json!([80, 443]));
    assert_eq!(create.check, create.apply);
    let delete = topology.nodes[1].operations[&OperationName::Delete]
        .apply
        .as_deref();
    assert!(matches!(delete, Some(Action::File(file)) if file.state == FileState::Absent));
}

#[test]
fn a_template_is_tried_before_anything_is_played() {
    let with = |values: &str| {
        format!(
            "      properties: {{ path: /etc/motd, values: {values} }}
      artifacts: {{ template: files/motd.j2 }}
"
        )
    };
    let (_, found) = templated(&with("{ name: a }"), "Hello\n{{ nam }}\n");
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("the template `files/motd.j2` cannot be used: line 2: ")
            && found[0].contains("nam"),
        "{found:?}"
    );
    let (_, found) = templated(&with("{ name: a }"), "{% if %}");
    assert!(found[0].contains("line 1: syntax error"), "{found:?}");
    let (_, found) = templated("      properties: { path: /etc/motd }\n", "");
    assert_eq!(
        found,
        ["the artifact `template` has no file: it is the template that engine `template` makes a file of"]
    );
}

#[test]
fn services_and_processes_say_how_they_end() {
    let topology = fine(&format!(
        "{HEAD}    web:
      type: khor.nodes.SystemService
      properties: {{ name: nginx, enabled: true, restart_on: [ /etc/nginx.conf ] }}
      requirements: [ {{ host: server }} ]
    app:
      type: khor.nodes.Process
      properties: {{ command: [ app ], stop_signal: QUIT, stop_timeout: 1 m }}
      requirements: [ {{ host: server }} ]
"
    ));
    let web = &topology.nodes[1].operations;
    let (Some(Action::Service(start)), Some(Action::Service(stop))) = (
        web[&OperationName::Start].apply.as_deref(),
        web[&OperationName::Stop].apply.as_deref(),
    ) else {
        panic!("{web:?}")
    };
    assert_eq!(
        (start.name.as_str(), start.running, start.enabled),
        ("nginx", true, Some(true))
    );
    assert_eq!(start.restart_on, ["/etc/nginx.conf"]);
    assert_eq!((stop.running, stop.enabled), (false, Some(false)));
    let app = &topology.nodes[2].operations;
    for name in [OperationName::Start, OperationName::Stop] {
        let Some(Action::Process(process)) = app[&name].apply.as_deref() else {
            panic!("{app:?}")
        };
        assert_eq!(process.stop_signal.as_deref(), Some("QUIT"));
        assert_eq!(process.stop_timeout_ms, Some(60_000));
    }
}

#[test]
fn the_type_of_an_artifact_tells_what_runs_it() {
    let text = format!(
        "{HEAD}    app:
      type: khor.nodes.Service
      requirements: [ {{ host: server }} ]
      artifacts:
        setup: {{ type: tosca.artifacts.Implementation.Python, file: setup }}
        site: {{ type: khor.artifacts.Ansible, file: site.yml }}
      interfaces:
        Standard:
          operations:
            create: setup
            configure: {{ implementation: site }}
            start: start.sh
            stop: {{ implementation: {{ primary: {{ type: my.Script, file: stop }} }} }}
artifact_types:
  my.Script: {{ derived_from: tosca.artifacts.Implementation.Bash }}
"
    );
    let names = ["setup", "site.yml", "start.sh", "stop"];
    let mut files = vec![("main.yaml", text.as_str())];
    files.extend(names.map(|name| (name, "")));
    let (topology, found) = run(&files, &compiling());
    assert_eq!(errors(found), [""; 0]);
    let of = |operation: OperationName| match topology.nodes[1].operations[&operation].apply.as_deref() {
        Some(Action::Shell(shell)) => shell.interpreter,
        other => panic!("{other:?}"),
    };
    assert_eq!(of(OperationName::Create), Some(Interpreter::Python));
    assert_eq!(of(OperationName::Configure), Some(Interpreter::Ansible));
    assert_eq!(of(OperationName::Start), None);
    assert_eq!(of(OperationName::Stop), Some(Interpreter::Bash));
}
