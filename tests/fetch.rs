//! `--fetch` against a real HTTPS server in this process, whose certificate khor is told to trust by `SSL_CERT_FILE`.

mod support;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

/// What the server answers a path with.
#[derive(Clone)]
enum Answer {
    Text(String),
    Status(u16),
    Redirect(String),
    /// Bytes without an end.
    Endless,
    /// A beginning, and then nothing for as long as the other side waits.
    Stuck,
}

type Pages = Arc<Mutex<BTreeMap<String, Answer>>>;

/// A server of a test's own, on a port of its own. It serves until the process ends.
struct Server {
    url: String,
    pages: Pages,
    asked: Arc<Mutex<Vec<String>>>,
    certificate: String,
}

impl Server {
    fn start() -> Self {
        let names = vec!["127.0.0.1".to_owned()];
        let own = rcgen::generate_simple_self_signed(names).expect("a certificate for an address");
        let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            url: format!("https://{}", listener.local_addr().unwrap()),
            pages: Pages::default(),
            asked: Arc::default(),
            certificate: own.cert.pem(),
        };
        let (config, pages, asked) = (
            Arc::new(config),
            Arc::clone(&server.pages),
            Arc::clone(&server.asked),
        );
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, pages, asked) = (Arc::clone(&config), Arc::clone(&pages), Arc::clone(&asked));
                // A client that does not trust us goes away: that is its right.
                std::thread::spawn(move || serve(stream, config, &pages, &asked));
            }
        });
        server
    }

    fn put(&self, path: &str, answer: Answer) {
        self.pages.lock().unwrap().insert(path.to_owned(), answer);
    }

    fn text(&self, path: &str, text: &str) {
        self.put(path, Answer::Text(text.to_owned()));
    }

    /// The paths that were asked for, since the last look.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<rustls::ServerConfig>,
    pages: &Pages,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let connection = rustls::ServerConnection::new(config).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, stream);
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..read]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let answer = pages.lock().unwrap().get(&path).cloned();
    asked.lock().unwrap().push(path);
    match answer.unwrap_or(Answer::Status(404)) {
        Answer::Text(text) => write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len()
        )?,
        Answer::Status(code) => write!(
            stream,
            "HTTP/1.1 {code} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )?,
        Answer::Redirect(to) => write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )?,
        Answer::Endless => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            let zeros = vec![b'#'; 1 << 16];
            while stream.write_all(&zeros).is_ok() {}
        }
        Answer::Stuck => {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n# a beginning"
            )?;
            stream.flush()?;
            // Until the other side goes away.
            let _ = stream.read(&mut buffer);
        }
    }
    stream.conn.send_close_notify();
    stream.flush()
}

/// A proxy that lets through what `answer` allows: the status line it gives to every `CONNECT`. What it was asked for.
fn proxy(answer: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let told = Arc::clone(&told);
            std::thread::spawn(move || tunnel(stream, answer, &told));
        }
    });
    (url, asked)
}

fn tunnel(mut client: TcpStream, answer: &str, told: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && client.read(&mut byte)? == 1 {
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let line = request.lines().next().unwrap_or_default().to_owned();
    let to = line.split(' ').nth(1).unwrap_or_default().to_owned();
    told.lock().unwrap().push(line);
    write!(client, "HTTP/1.1 {answer}\r\n\r\n")?;
    if !answer.starts_with("200") {
        return Ok(());
    }
    let mut server = TcpStream::connect(to)?;
    let (mut up, mut down) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut up, &mut down));
    std::io::copy(&mut server, &mut client)?;
    client.shutdown(std::net::Shutdown::Both)
}

/// A folder with a template that imports `types.yaml` of the server.
struct Place {
    folder: TempDir,
    server: Server,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            server: Server::start(),
        };
        place.write("ca.pem", &place.server.certificate);
        place.write(
            "app.yaml",
            &format!(
                "tosca_definitions_version: tosca_simple_yaml_1_3\nimports: [ {}/types/main.yaml ]\n\
                 topology_template:\n  node_templates:\n    web: {{ type: Web, metadata: {{ khor.host: h }} }}\n",
                place.server.url
            ),
        );
        place
    }

    /// Types in two files, one of them with a script beside it.
    fn with_types() -> Self {
        let place = Self::new();
        place.server.text(
            "/types/main.yaml",
            "tosca_definitions_version: tosca_simple_yaml_1_3\nimports: [ ../base/base.yaml ]\nnode_types:\n  \
             Web: { derived_from: Base }\n",
        );
        place.server.text(
            "/base/base.yaml",
            "tosca_definitions_version: tosca_simple_yaml_1_3\nnode_types:\n  Base:\n    derived_from: \
             tosca.nodes.Root\n    interfaces: { Standard: { operations: { create: create.sh } } }\n",
        );
        place.server.text("/base/create.sh", "echo hello\n");
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Exit code, and all that is said on both outputs.
    fn khor(&self, arguments: &[&str], trusted: &Path) -> (i32, String) {
        self.khor_with(arguments, trusted, &[])
    }

    /// The same, with variables of the environment.
    fn khor_with(&self, arguments: &[&str], trusted: &Path, variables: &[(&str, &str)]) -> (i32, String) {
        let mut command = support::khor::khor();
        for proxy in [
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
            "NO_PROXY",
            "no_proxy",
            "KHOR_FETCH_TIMEOUT",
            "SSL_CERT_DIR",
        ] {
            command.env_remove(proxy);
        }
        let output = command
            .current_dir(&self.folder)
            .env("SSL_CERT_FILE", trusted)
            .env("KHOR_STATE", self.folder.path())
            .envs(variables.iter().copied())
            .args(arguments)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    fn lint(&self, arguments: &[&str]) -> (i32, String) {
        let all = [&["lint", "--format", "short", "app.yaml"], arguments].concat();
        self.khor(&all, &self.path("ca.pem"))
    }

    /// `khor lint --fetch` with variables of the environment.
    fn fetch_with(&self, variables: &[(&str, &str)]) -> (i32, String) {
        let arguments = ["lint", "--format", "short", "app.yaml", "--fetch"];
        self.khor_with(&arguments, &self.path("ca.pem"), variables)
    }

    /// What is said of a template that cannot have its types.
    fn refused(&self) -> String {
        let (code, said) = self.lint(&["--fetch"]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("K2003") && !said.contains("K2001"), "{said}");
        assert!(
            !self.path("khor.lock").exists(),
            "nothing that failed is remembered"
        );
        said
    }

    /// The files of the cache.
    fn cached(&self) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(self.path(".khor/imports")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

#[test]
fn what_is_fetched_once_is_had_without_the_network() {
    let place = Place::with_types();
    let (code, said) = place.lint(&[]);
    assert!(
        code == 0 && said.contains("warning[K2008") && said.contains("`--fetch`"),
        "{said}"
    );
    let (code, said) = place.khor(&["compile", "--dry-run", "app.yaml"], &place.path("ca.pem"));
    assert!(code == 1 && said.contains("error K2008"), "{said}");
    assert_eq!(
        place.server.asked(),
        [""; 0],
        "nothing is fetched that was not asked for"
    );

    let (code, said) = place.lint(&["--fetch"]);
    assert_eq!(code, 0, "{said}");
    let asked = place.server.asked();
    assert_eq!(
        asked,
        ["/types/main.yaml", "/base/base.yaml", "/base/create.sh"],
        "each once"
    );
    let lock = place.read("khor.lock");
    for path in asked {
        let line = format!("\"{}{path}\" = \"sha256:", place.server.url);
        assert!(lock.contains(&line), "{lock}");
    }
    assert_eq!(place.cached().len(), 3);

    assert_eq!(place.lint(&[]).0, 0);
    let compile = ["compile", "--dry-run", "--format", "json", "app.yaml"];
    let (code, said) = place.khor(&compile, &place.path("ca.pem"));
    assert!(code == 0 && said.contains("\"artifacts\":1"), "{said}");
    assert_eq!(place.lint(&["--fetch"]).0, 0);
    assert_eq!(place.server.asked(), [""; 0], "the cache has it all");
    assert_eq!(place.read("khor.lock"), lock);

    // The settings decide where the lock file lies, and what they map is not fetched.
    std::fs::remove_file(place.path("khor.lock")).unwrap();
    place.write("main.yaml", "tosca_definitions_version: tosca_simple_yaml_1_3\nnode_types:\n  Web: { derived_from: tosca.nodes.Root }\n");
    place.write(
        "khor.toml",
        &format!(
            "[imports]\n\"{}/types/main.yaml\" = \"main.yaml\"\n",
            place.server.url
        ),
    );
    assert_eq!(place.lint(&["--fetch"]).0, 0);
    assert_eq!(place.server.asked(), [""; 0]);
}

#[test]
fn compile_fetches_too_and_many_files_fetch_once() {
    let place = Place::with_types();
    let compile = ["compile", "--dry-run", "--fetch", "app.yaml"];
    let (code, said) = place.khor(&compile, &place.path("ca.pem"));
    assert_eq!(code, 0, "{said}");
    std::fs::remove_file(place.path("khor.lock")).unwrap();
    place.server.asked();
    for copy in 0..8 {
        std::fs::copy(place.path("app.yaml"), place.path(&format!("app{copy}.yaml"))).unwrap();
    }
    let (code, said) = place.khor(&["lint", "--fetch", "."], &place.path("ca.pem"));
    assert!(code == 0 && said.contains("in 9 files"), "{said}");
    assert_eq!(place.server.asked().len(), 3);
}

#[test]
fn what_the_server_will_not_give_is_told() {
    let place = Place::new();
    let here = place.server.url.clone();
    assert!(place.refused().contains("there is nothing under this URL (404)"));
    for (answer, words) in [
        (Answer::Status(403), "does not let everybody read it (403)"),
        (Answer::Status(500), "the server answers with 500"),
        (
            Answer::Redirect("http://127.0.0.1:1/x".to_owned()),
            "sends us to `http://127.0.0.1:1/x`, which is not HTTPS",
        ),
        (
            Answer::Redirect(format!("{here}/types/main.yaml")),
            "sends us elsewhere more than 5 times",
        ),
        (Answer::Endless, "more than the 64 MiB that are fetched"),
    ] {
        place.server.put("/types/main.yaml", answer);
        let said = place.refused();
        assert!(said.contains(words), "{words}: {said}");
    }
    place.server.put(
        "/types/main.yaml",
        Answer::Redirect(format!("{here}/elsewhere/main.yaml")),
    );
    place.server.text(
        "/elsewhere/main.yaml",
        "tosca_definitions_version: tosca_simple_yaml_1_3\nnode_types:\n  Web: { derived_from: tosca.nodes.Root }\n",
    );
    assert_eq!(place.lint(&["--fetch"]).0, 0, "a redirect to HTTPS is followed");
}

#[test]
fn a_server_that_stops_answering_is_not_waited_for() {
    let place = Place::new();
    place.server.put("/types/main.yaml", Answer::Stuck);
    let (code, said) = place.fetch_with(&[("KHOR_FETCH_TIMEOUT", "1")]);
    assert!(
        code == 1 && said.contains("it cannot be fetched: it takes more than 1 s"),
        "{said}"
    );
    assert!(!place.path("khor.lock").exists());
    let (code, said) = place.fetch_with(&[("KHOR_FETCH_TIMEOUT", "soon")]);
    assert!(
        code == 1 && said.contains("`KHOR_FETCH_TIMEOUT` is `soon`, and not a number of seconds"),
        "{said}"
    );
}

#[test]
fn a_proxy_is_followed() {
    let place = Place::with_types();
    let (closed, asked) = proxy("403 Forbidden");
    let (code, said) = place.fetch_with(&[("HTTPS_PROXY", &closed)]);
    assert!(
        code == 1 && said.contains("the proxy does not let us through"),
        "{said}"
    );
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert_eq!(place.server.asked(), [""; 0], "there is no way around the proxy");

    let (open, asked) = proxy("200 OK");
    let host = place.server.url.replace("https://", "");
    let (code, said) = place.fetch_with(&[("HTTPS_PROXY", &open)]);
    assert_eq!(code, 0, "{said}");
    let asked = std::mem::take(&mut *asked.lock().unwrap());
    assert!(
        !asked.is_empty()
            && asked
                .iter()
                .all(|line| line.starts_with(&format!("CONNECT {host} "))),
        "{asked:?}"
    );

    // Where a proxy is not to be used, it is not.
    std::fs::remove_file(place.path("khor.lock")).unwrap();
    std::fs::remove_dir_all(place.path(".khor")).unwrap();
    let (code, said) = place.fetch_with(&[("HTTPS_PROXY", &closed), ("NO_PROXY", "127.0.0.1")]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_server_that_is_not_trusted_gives_nothing() {
    let place = Place::with_types();
    let other = Server::start();
    place.write("other.pem", &other.certificate);
    let (code, said) = place.khor(
        &["lint", "--format", "short", "--fetch", "app.yaml"],
        &place.path("other.pem"),
    );
    assert!(
        code == 1 && said.contains("the certificate of its host is not trusted"),
        "{said}"
    );
    assert_eq!(place.server.asked(), [""; 0]);
}

#[test]
fn http_and_passwords_are_not_for_the_network() {
    let place = Place::new();
    for (url, words) in [
        (place.server.url.replace("https", "http"), "K2008"),
        (
            place.server.url.replace("://", "://me:pw@"),
            "no place for passwords",
        ),
    ] {
        let text = format!("tosca_definitions_version: tosca_simple_yaml_1_3\nimports: [ {url}/a.yaml ]\n");
        place.write("app.yaml", &text);
        let (code, said) = place.lint(&["--fetch"]);
        assert!(code == 1 && said.contains(words), "{words}: {said}");
    }
    assert_eq!(place.server.asked(), [""; 0]);
}

#[test]
fn a_cache_that_was_lost_or_changed_is_found_out() {
    let place = Place::with_types();
    assert_eq!(place.lint(&["--fetch"]).0, 0);
    let lock = place.read("khor.lock");
    let files = place.cached();

    for file in &files {
        std::fs::write(file, "tosca_definitions_version: tosca_simple_yaml_1_3\n").unwrap();
    }
    let (code, said) = place.lint(&[]);
    assert!(code == 1 && said.contains("is not what was fetched"), "{said}");
    assert_eq!(place.lint(&["--fetch"]).0, 0, "fetched again");
    assert_eq!(place.lint(&[]).0, 0);

    std::fs::remove_dir_all(place.path(".khor")).unwrap();
    let (code, said) = place.lint(&[]);
    assert!(code == 1 && said.contains("khor.lock knows it, but"), "{said}");
    assert!(said.contains("add `--fetch` once"), "{said}");

    place.server.text("/types/main.yaml", "tosca_definitions_version: tosca_simple_yaml_1_3\nnode_types: { Web: { derived_from: tosca.nodes.Root } }\n");
    let (code, said) = place.lint(&["--fetch"]);
    assert!(
        code == 1 && said.contains("gives another text than the one in khor.lock"),
        "{said}"
    );
    assert_eq!(place.read("khor.lock"), lock, "a digest is never replaced");

    place.write("khor.lock", &lock.replace("sha256:", "md5:"));
    let (code, said) = place.lint(&["--fetch"]);
    assert!(
        code == 1 && said.contains("khor.lock:4:") && said.contains("K9014"),
        "{said}"
    );
}
