//! `khor compile`: publish one role per host into the store.

use std::fmt::Write as _;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::build::{BuildArgs, Built};
use super::counts::Count;
use super::store::StoreArgs;
use super::{OK, Ui, publishing};
use crate::role::{Certificate, Role, encode, keys};
use crate::store::{AnyStore, Published, Store};

/// Compile a topology and publish one role per host
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor compile app.yaml                               into the embedded store of this machine
  khor compile app.yaml --store etcd://db1:2379       into etcd, for agents on many hosts
  khor compile app.yaml --place 'web*=host1'          say where nodes run
  khor compile app.yaml --input port=8080 --dry-run   look, and publish nothing
  khor compile app.yaml --dry-run --out roles         the role documents as files

Compiling the same again changes nothing. Exit codes: 0 published or unchanged; 1 the topology has errors; 2 wrong usage,
a file or a store that cannot be used, or somebody else published at the same time.")]
pub struct CompileArgs {
    #[command(flatten)]
    build: BuildArgs,

    #[command(flatten)]
    store: StoreArgs,

    /// Publish nothing and ask no store; scalable nodes have as many instances as they begin with
    #[arg(long)]
    dry_run: bool,

    /// Write the role documents (HOST.json as published, HOST.yaml to read) and certificate.json into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<Utf8PathBuf>,

    /// Print what is proved of the roles
    #[arg(long)]
    certificate: bool,

    /// How to write the result: text, json
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    format: Output,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    #[default]
    Text,
    Json,
}

/// Runs it; gives the exit code.
pub fn run(args: &CompileArgs, ui: Ui) -> u8 {
    compile(args, ui).unwrap_or_else(|code| code)
}

fn compile(args: &CompileArgs, ui: Ui) -> Result<u8, u8> {
    let built = args.build.build(ui, args.format == Output::Json)?;
    let (built, published) = if args.dry_run {
        (built, None)
    } else {
        let (built, published, url) = publish_to(&args.store.url(), built, &args.build.scale, ui)?;
        (built, Some((published, url)))
    };
    let generation = published
        .as_ref()
        .map_or(0, |(published, _)| published.generation());
    if let Some(directory) = &args.out {
        write_out(directory, &built, generation).map_err(|(path, error)| {
            let words = error.to_string();
            let words = words
                .split(" (os error")
                .next()
                .unwrap_or_default()
                .to_lowercase();
            ui.fail(format!("cannot write `{path}`: {words}"), None)
        })?;
    }
    let summary = Summary::new(&built, published.as_ref());
    match args.format {
        Output::Json => {
            let certificate = args.certificate.then_some(&built.parts.certificate);
            let json = serde_json::to_string(&Whole {
                summary: &summary,
                certificate,
            });
            ui.print(json.expect("a summary is JSON") + "\n");
        }
        Output::Text => {
            let mut text = summary.text();
            if args.certificate {
                let _ = write!(text, "\n{}", built.parts.certificate);
            }
            text.push_str(&hint(args, &built, published.as_ref()));
            ui.print(text);
        }
    }
    Ok(OK)
}

/// Publishes what was built, with what leaves of what was played before; gives both, and the store's URL.
fn publish_to(url: &str, built: Built, counts: &[Count], ui: Ui) -> Result<(Built, Published, String), u8> {
    if url.starts_with("memory:") {
        let help = "`khor up FILE` compiles and plays in one process; elsewhere use `sqlite:PATH` or `etcd://HOST:PORT`";
        return Err(ui.fail(
            "a memory store ends with this process: nobody could play what is in it",
            Some(help),
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ui.fail(format!("cannot start: {error}"), None))?;
    runtime.block_on(async {
        let store = AnyStore::open(url).await.map_err(|error| ui.fail(error, None))?;
        let (mut built, next) = publishing::compose_built(&store, built, counts, ui).await?;
        let published = next.publish(&store, &built.application, ui).await?;
        built.parts.roles = next.roles;
        built.parts.certificate = next.certificate;
        Ok((built, published, store.url().to_owned()))
    })
}

/// Writes the documents with the number they were published under (0: they were not); an error comes with the path it is about.
fn write_out(directory: &Utf8Path, built: &Built, generation: u64) -> Result<(), (Utf8PathBuf, io::Error)> {
    let write = |name: String, content: Vec<u8>| {
        let path = directory.join(name);
        std::fs::write(&path, content).map_err(|error| (path, error))
    };
    std::fs::create_dir_all(directory).map_err(|error| (directory.to_owned(), error))?;
    for role in &built.parts.roles {
        let role = Role {
            generation,
            ..role.clone()
        };
        let name = file_name(&role);
        write(format!("{name}.json"), encode(&role))?;
        let yaml =
            serde_yaml::to_string(&role).map_err(|error| (directory.join(&name), io::Error::other(error)))?;
        write(format!("{name}.yaml"), yaml.into_bytes())?;
    }
    let certificate =
        serde_json::to_string_pretty(&built.parts.certificate).expect("a certificate is JSON") + "\n";
    write("certificate.json".to_owned(), certificate.into_bytes())
}

/// A host's name as a file's: escaped as in keys, and never that of the certificate.
fn file_name(role: &Role) -> String {
    match keys::escape(&role.host).as_str() {
        "certificate" => "%63ertificate".to_owned(),
        name => name.to_owned(),
    }
}

/// What was compiled and what became of it.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    application: &'a str,
    weaving: crate::topology::Weaving,
    digest: &'a str,
    nodes: usize,
    /// Steps of coming up.
    steps: usize,
    /// Steps of going away.
    steps_down: usize,
    hosts: Vec<&'a str>,
    cues: usize,
    longest_path: Path,
    artifacts: usize,
    /// None: nothing was published.
    generation: Option<u64>,
    unchanged: bool,
    /// Old generations that were removed.
    swept: usize,
    store: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Path {
    steps: usize,
    hops: usize,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    summary: &'a Summary<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<&'a Certificate>,
}

impl<'a> Summary<'a> {
    fn new(built: &'a Built, published: Option<&'a (Published, String)>) -> Self {
        let certificate = &built.parts.certificate;
        let outcome = published.map(|(published, _)| *published);
        Self {
            application: &built.application,
            weaving: certificate.weaving,
            digest: &certificate.digest,
            nodes: built.parts.nodes,
            steps: certificate.steps,
            steps_down: certificate.steps_down,
            hosts: built.parts.roles.iter().map(|role| role.host.as_str()).collect(),
            cues: certificate.cues,
            longest_path: Path {
                steps: certificate.longest.steps,
                hops: certificate.longest.hops,
            },
            artifacts: built.blobs.len(),
            generation: outcome.map(Published::generation),
            unchanged: matches!(outcome, Some(Published::Unchanged { .. })),
            swept: match outcome {
                Some(Published::New { swept, .. }) => swept,
                _ => 0,
            },
            store: published.map(|(_, url)| url.as_str()),
        }
    }

    /// A line each, aligned.
    fn text(&self) -> String {
        let down = match self.steps_down {
            0 => String::new(),
            down => format!(", and {down} to take it away"),
        };
        let generation = match (self.generation, self.unchanged) {
            (None, _) => "none, a dry run".to_owned(),
            (Some(generation), true) => format!("{generation}, unchanged"),
            (Some(generation), false) => generation.to_string(),
        };
        let mut rows = vec![
            ("application", self.application.to_owned()),
            ("nodes", self.nodes.to_string()),
            ("steps", format!("{}{down}", self.steps)),
            ("hosts", format!("{}{}", self.hosts.len(), some(&self.hosts))),
            ("cues", self.cues.to_string()),
            (
                "longest path",
                format!(
                    "{}, {}",
                    count(self.longest_path.steps, "step"),
                    count(self.longest_path.hops, "hop")
                ),
            ),
            ("generation", generation),
        ];
        if let Some(store) = self.store {
            rows.push(("store", store.to_owned()));
        }
        if self.swept > 0 {
            rows.push(("swept", count(self.swept, "old generation")));
        }
        rows.into_iter().fold(String::new(), |mut text, (title, value)| {
            let _ = writeln!(text, "{title:<14}{value}");
            text
        })
    }
}

fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// The first hosts by name.
fn some(hosts: &[&str]) -> String {
    const SHOWN: usize = 5;
    match hosts.len() {
        0 => String::new(),
        all if all <= SHOWN => format!(": {}", hosts.join(", ")),
        all => format!(": {} and {} more", hosts[..SHOWN].join(", "), all - SHOWN),
    }
}

/// What to do next.
fn hint(args: &CompileArgs, built: &Built, published: Option<&(Published, String)>) -> String {
    let Some(first) = built.parts.roles.first() else {
        return "\nno node has an operation with an implementation, so there is nothing to play\n".to_owned();
    };
    let Some((_, url)) = published else {
        return "\nnext: compile without --dry-run to publish it\n".to_owned();
    };
    let from_environment = std::env::var_os("KHOR_STORE").is_some_and(|value| !value.is_empty());
    let store = match &args.store.store {
        Some(_) if !from_environment => format!(" --store {}", quoted(url)),
        _ => String::new(),
    };
    let others = match built.parts.roles.len() {
        1 => String::new(),
        more => format!("      and so on each of the {more} hosts; khor status shows how it goes\n"),
    };
    format!(
        "\nnext: khor agent --host {}{store}\n{others}",
        quoted(&first.host)
    )
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,@=+%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
