//! Probes against real servers: what answers, what does not, and how that is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use khor::engine::{Engine, Observed};
use khor::role::RoleStep;
use khor::topology::{Action, HttpAction, HttpMethod, TcpAction};

use crate::kit::{Host, is_not_reached, is_reached, step, until};

fn looking(action: Action) -> RoleStep {
    step(Some(action), None)
}

fn tcp(host: &str, port: u16) -> RoleStep {
    looking(Action::Tcp(TcpAction {
        host: host.to_owned(),
        port,
        timeout_ms: None,
    }))
}

fn http(url: &str, change: impl FnOnce(&mut HttpAction)) -> RoleStep {
    let mut action = HttpAction {
        url: url.to_owned(),
        ..HttpAction::default()
    };
    change(&mut action);
    looking(Action::Http(action))
}

/// A port that nobody listens on: of a listener that is gone.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A server of a test's own. Each request gets the answer that is set, as it is; what was asked is kept.
struct Server {
    port: u16,
    answer: Arc<Mutex<String>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            answer: Arc::new(Mutex::new(answer.to_owned())),
            asked: Arc::default(),
        };
        let (answer, asked) = (Arc::clone(&server.answer), Arc::clone(&server.asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                asked.lock().unwrap().push(read_head(&stream));
                let _ = (&stream).write_all(answer.lock().unwrap().as_bytes());
            }
        });
        server
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn set(&self, answer: &str) {
        answer.clone_into(&mut self.answer.lock().unwrap());
    }
}

fn read_head(stream: &TcpStream) -> String {
    let mut head = String::new();
    let mut reader = BufReader::new(stream);
    while reader.read_line(&mut head).is_ok_and(|count| count > 2) {}
    head
}

fn answer(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Word\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn assert_not(host: &Host, step: &RoleStep, reason: &str) {
    assert_eq!(host.look(step).await, Observed::NotReached(reason.to_owned()));
}

#[tokio::test]
async fn tcp_tells_whether_something_listens() {
    let host = Host::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for name in ["127.0.0.1", "localhost"] {
        assert_eq!(host.look(&tcp(name, port)).await, Observed::Reached);
    }
    drop(listener);
    assert_not(
        &host,
        &tcp("127.0.0.1", port),
        &format!("nothing listens on 127.0.0.1:{port}"),
    )
    .await;
    let port = free_port();
    assert_not(
        &host,
        &tcp("::1", port),
        &format!("nothing listens on [::1]:{port}"),
    )
    .await;
    assert_not(
        &host,
        &tcp("no-such-host.invalid", 80),
        "the name `no-such-host.invalid` is not known on this host",
    )
    .await;
}

#[tokio::test]
async fn tcp_is_looked_at_again_until_it_answers_and_after() {
    let host = Host::new();
    let port = free_port();
    let step = tcp("127.0.0.1", port);
    let mut seen = host.engines.observe(&step);
    until(&mut seen, is_not_reached).await;
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    until(&mut seen, is_reached).await;
    drop(listener);
    until(&mut seen, is_not_reached).await;
}

#[tokio::test]
async fn http_is_judged_by_its_status() {
    let host = Host::new();
    let server = Server::start(&answer(200, ""));
    let plain = http(&server.url("/health?x=1"), |_| {});
    assert_eq!(host.look(&plain).await, Observed::Reached);
    let asked = server.asked.lock().unwrap().pop().unwrap();
    assert!(asked.starts_with("GET /health?x=1 HTTP/1.1\r\n"), "{asked}");
    server.set(&answer(503, "sorry"));
    assert_not(&host, &plain, "status 503, not 200-399").await;
    let listed = http(&server.url("/"), |action| {
        action.status = vec![(200, 200), (500, 502)];
    });
    assert_not(&host, &listed, "status 503, not 200, 500-502").await;
    let unavailable = http(&server.url("/"), |action| action.status = vec![(503, 503)]);
    assert_eq!(host.look(&unavailable).await, Observed::Reached);
}

#[tokio::test]
async fn http_looks_into_the_body_and_sends_what_it_is_told_to() {
    let host = Host::new();
    let server = Server::start(&answer(200, "{\"status\": \"ok\"}"));
    let step = http(&server.url("/"), |action| {
        action.contains = Some("\"ok\"".into());
        action.headers = [("X-Probe".to_owned(), "yes".to_owned())].into();
    });
    assert_eq!(host.look(&step).await, Observed::Reached);
    let asked = server.asked.lock().unwrap().pop().unwrap().to_lowercase();
    assert!(
        asked.contains("x-probe: yes\r\n") && asked.contains("user-agent: khor/"),
        "{asked}"
    );
    server.set(&answer(200, "{\"status\": \"starting\"}"));
    assert_not(&host, &step, "the body does not have `\"ok\"` in it").await;
    // Of a body without an end only the beginning is looked through.
    server.set(&format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n{}",
        "x".repeat(2_000_000)
    ));
    assert_not(
        &host,
        &step,
        "the first MiB of the body does not have `\"ok\"` in it",
    )
    .await;
    let head = http(&server.url("/"), |action| action.method = HttpMethod::Head);
    server.set("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(host.look(&head).await, Observed::Reached);
    assert!(server.asked.lock().unwrap().pop().unwrap().starts_with("HEAD / "));
}

#[tokio::test]
async fn http_goes_elsewhere_only_if_asked_to() {
    let host = Host::new();
    let there = Server::start(&answer(404, ""));
    let here = Server::start(&format!(
        "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: {}\r\n\r\n",
        there.url("/")
    ));
    assert_eq!(host.look(&http(&here.url("/"), |_| {})).await, Observed::Reached);
    let following = http(&here.url("/"), |action| action.redirects = true);
    assert_not(&host, &following, "status 404, not 200-399").await;
    let around = Server::start("");
    around.set(&format!(
        "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: {}\r\n\r\n",
        around.url("/")
    ));
    let following = http(&around.url("/"), |action| action.redirects = true);
    assert_not(&host, &following, "it is sent elsewhere more than 5 times").await;
}

#[tokio::test]
async fn what_does_not_answer_in_http_is_told_in_words() {
    let host = Host::new();
    let port = free_port();
    let step = http(&format!("http://127.0.0.1:{port}/"), |_| {});
    assert_not(&host, &step, &format!("nothing listens on 127.0.0.1:{port}")).await;
    assert_not(
        &host,
        &http("http://no-such-host.invalid", |_| {}),
        "the name `no-such-host.invalid` is not known on this host",
    )
    .await;
    let server = Server::start("SSH-2.0-OpenSSH\r\n");
    let seen = host.look(&http(&server.url("/"), |_| {})).await;
    let Observed::NotReached(reason) = seen else {
        panic!("{seen:?}")
    };
    let place = format!("127.0.0.1:{}", server.port);
    assert!(
        reason.starts_with(&format!("{place} does not answer in HTTP: ")),
        "{reason}"
    );
    server.set("");
    let seen = host.look(&http(&server.url("/"), |_| {})).await;
    assert!(
        matches!(&seen, Observed::NotReached(reason) if reason.contains(&place)),
        "{seen:?}"
    );
    assert!(matches!(
        host.look(&http("http://", |_| {})).await,
        Observed::Failed(_)
    ));
}

#[tokio::test]
async fn what_never_answers_is_waited_for_no_longer_than_said() {
    let host = Host::new();
    // It takes the connection, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let step = http(&format!("http://127.0.0.1:{port}/"), |action| {
        action.timeout_ms = Some(150);
    });
    assert_not(
        &host,
        &step,
        &format!("127.0.0.1:{port} does not answer within 150 ms"),
    )
    .await;
}

#[tokio::test]
async fn certificates_are_looked_at_unless_told_not_to() {
    let host = Host::new();
    let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut secure = rustls::Stream::new(&mut session, &mut stream);
            let mut head = [0; 1024];
            if secure.read(&mut head).is_ok() {
                let _ = secure.write_all(answer(200, "").as_bytes());
                secure.conn.send_close_notify();
                let _ = secure.flush();
            }
        }
    });
    let url = format!("https://127.0.0.1:{port}/");
    let seen = host.look(&http(&url, |_| {})).await;
    let start = format!("the certificate of 127.0.0.1:{port} is not trusted: ");
    assert!(
        matches!(&seen, Observed::NotReached(reason) if reason.starts_with(&start)),
        "{seen:?}"
    );
    let trusting = http(&url, |action| action.insecure = true);
    assert_eq!(host.look(&trusting).await, Observed::Reached);
}

/// Many that do not answer hold up neither those that do nor the checks by script.
#[tokio::test]
async fn slow_probes_do_not_hold_up_checks_of_other_kinds() {
    let host = Host::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut silent: Vec<_> = (0..16)
        .map(|number| {
            let mut step = http(&format!("http://127.0.0.1:{port}/"), |action| {
                action.timeout_ms = Some(20_000);
            });
            step.name = format!("node{number}.create");
            host.engines.observe(&step)
        })
        .collect();
    let script = crate::shell::publish(&host, "check.sh", "exit 0").await;
    let check = looking(Action::Shell(khor::topology::ShellAction {
        artifact: script,
        ..khor::topology::ShellAction::default()
    }));
    assert_eq!(host.look(&check).await, Observed::Reached);
    for level in &mut silent {
        assert_eq!(level.level.borrow_and_update().seen, Observed::Unknown);
    }
    drop(listener);
}
