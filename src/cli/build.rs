//! From a file to proved roles with their artifacts: what `compile`, `up` and `plan` share.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::disk::DiskLoader;
use super::inputs::{self, GivenInput};
use super::project::{FetchArgs, Project, Projects};
use super::{FAULTS, USAGE, Ui, front};
use crate::diagnostic::render::{Format, Report, Style};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink, codes};
use crate::lint::{self, Selection};
use crate::role::{self, Certificate, Role, TopologyOutputs, sha256_hex};
use crate::score::{self, Place};
use crate::source::{LoadError, Loader, SourceMap, Span};
use crate::topology::{Expression, Topology, Weaving};
use crate::tosca;

/// The largest artifact in bytes: it goes through the store in chunks and is held in memory on its way.
pub const ARTIFACT_LIMIT: u64 = 64 << 20;
/// The most bytes of all artifacts of an application together.
pub const ARTIFACTS_LIMIT: u64 = 512 << 20;

/// What decides what becomes of a file.
#[derive(Clone, Debug, Args)]
pub struct BuildArgs {
    /// The topology: a TOSCA service template, an archive (CSAR) with one, or a khoreia list
    #[arg(value_name = "FILE")]
    pub file: Utf8PathBuf,

    /// The application's name [default: the template's name, else the file's]
    #[arg(long, value_name = "NAME", value_parser = application_name)]
    pub app: Option<String>,

    /// How neighbours wait for each other: normative (a node is created once all it requires is started) or layered
    /// (operation k waits for operation k) [default: what the format says]
    #[arg(long, value_enum, value_name = "HOW", hide_possible_values = true)]
    pub weave: Option<Weave>,

    /// Let a node's operations run on this host; NODE may hold * and ?, the last that fits counts
    #[arg(long, value_name = "NODE=HOST")]
    pub place: Vec<Place>,

    /// Give an input its value; maps and lists as JSON
    #[arg(long, value_name = "NAME=VALUE")]
    pub input: Vec<GivenInput>,

    /// Give inputs their values from a YAML or JSON map; --input comes before it
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<Utf8PathBuf>,

    #[command(flatten)]
    pub fetch: FetchArgs,
}

/// The two weavings, by the names they have on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Weave {
    /// As [`Weaving::Normative`].
    Normative,
    /// As [`Weaving::Layered`].
    Layered,
}

impl From<Weave> for Weaving {
    fn from(weave: Weave) -> Self {
        match weave {
            Weave::Normative => Self::Normative,
            Weave::Layered => Self::Layered,
        }
    }
}

/// An application, ready to be published or played.
#[derive(Clone, Debug)]
pub struct Built {
    /// Its name.
    pub application: String,
    /// How many nodes it has, with or without operations.
    pub nodes: usize,
    /// Its roles, sorted by host; not numbered yet.
    pub roles: Vec<Role>,
    /// The artifacts that the roles name, by SHA-256.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// What it gives as a whole.
    pub outputs: TopologyOutputs,
    /// The proof of the roles.
    pub certificate: Certificate,
}

impl Built {
    /// What is asked for: of each host, and of the application as a whole.
    pub fn asked(&self) -> (&[Role], &TopologyOutputs) {
        (&self.roles, &self.outputs)
    }
}

impl BuildArgs {
    /// Reads, weaves, cuts and proves. Faults are printed, on standard error for people, and as one JSON object on
    /// standard output where `json` asks for it; then the exit code is what comes back.
    pub fn build(&self, ui: Ui, json: bool) -> Result<Built, u8> {
        let (project, faults) = Projects::new(Selection::default(), self.fetch.fetch).of(&self.file);
        let mut sources = faults.sources;
        let mut findings = Findings::new(faults.diagnostics, &project.lint);
        let built = self.build_into(ui, &project, &mut sources, &mut findings);
        let (diagnostics, failed) = findings.finish(&sources, matches!(built, Err(Stop::Faults)));
        if !diagnostics.is_empty() {
            let files = [self.file.clone()];
            let report = Report {
                sources: &sources,
                diagnostics: &diagnostics,
                files: &files,
            };
            let style = Style {
                color: ui.color_err,
                width: ui.width,
            };
            if json && failed {
                ui.print(report.render(Format::Json, style));
            } else {
                eprintln!("{}{}", report.render(Format::Full, style), report.summary());
            }
        }
        match built {
            Ok(built) if !failed => Ok(built),
            Err(Stop::Said(code)) => Err(code),
            _ => {
                let named = |diagnostic: &Diagnostic| {
                    let name = &sources.get(diagnostic.span.source).name;
                    *name == self.file || Some(name) == self.inputs.as_ref()
                };
                let unreadable = |diagnostic: &Diagnostic| diagnostic.code == &codes::UNREADABLE_FILE;
                let usage = diagnostics
                    .iter()
                    .any(|diagnostic| unreadable(diagnostic) && named(diagnostic));
                Err(if usage { USAGE } else { FAULTS })
            }
        }
    }

    fn build_into(
        &self,
        ui: Ui,
        project: &Arc<Project>,
        sources: &mut SourceMap,
        findings: &mut Findings,
    ) -> Result<Built, Stop> {
        let sink = &mut findings.text;
        let loader = DiskLoader::default();
        let given = inputs::gather(self.inputs.as_deref(), &self.input, &loader, sources, sink)
            .ok_or(Stop::Faults)?;
        let options = tosca::Options {
            inputs: given,
            require_inputs: true,
        };
        let opened = front::open(&self.file, project, sources, sink).ok_or(Stop::Faults)?;
        let topology = opened.read(&opened.main, &options, sources, sink);
        let mut topology = topology.ok_or(Stop::Faults)?;
        if let Err(errors) = score::place(&mut topology, &self.place) {
            for error in &errors {
                ui.fail(error, error.help().as_deref());
            }
            return Err(Stop::Said(USAGE));
        }
        if findings.has_errors(sources) {
            // A host or a script that is missing now may be only a consequence, or said already; a circle never is.
            score::check(&topology, &mut findings.text);
            return Err(Stop::Faults);
        }
        let sink = &mut findings.score;
        let blobs = gather(
            &mut topology,
            &opened.main,
            &opened.files.limited(ARTIFACT_LIMIT),
            sink,
        );
        let application = self.application(&topology);
        let weaving = self.weave.map_or(topology.weaving, Weaving::from);
        let score = score::compose(&application, &topology, weaving, sink);
        let score = score.filter(|_| !sink.has_errors()).ok_or(Stop::Faults)?;
        let roles = role::roles(&score);
        let certificate = prove(&roles).map_err(|reason| {
            let help = "this should not happen: please report it, with the topology if you can";
            Stop::Said(ui.fail(format!("the roles cannot be proved: {reason}"), Some(help)))
        })?;
        Ok(Built {
            application,
            nodes: topology.nodes.len(),
            roles,
            blobs,
            outputs: role::outputs(&score),
            certificate,
        })
    }

    fn application(&self, topology: &Topology) -> String {
        if let Some(name) = &self.app {
            return name.clone();
        }
        let stem = || {
            self.file
                .file_name()
                .and_then(|name| name.split('.').find(|part| !part.is_empty()))
        };
        let name = topology
            .name
            .as_deref()
            .filter(|name| !name.trim().is_empty())
            .or_else(stem);
        tidy(name.unwrap_or("app"))
    }
}

/// What leaves so much unread that the rest is another application; as do all faults of reading.
static NEEDED: [&Code; 3] = [
    &codes::UNSUPPORTED_VERSION,
    &codes::IMPORT_NOT_FOUND,
    &codes::IMPORT_NOT_FETCHED,
];

/// What was found on the way.
struct Findings {
    selection: Selection,
    /// In the text: settings and comments say what is to become of it.
    text: Sink,
    /// Of the score: without one nothing can be published, so that its errors stay errors whatever is allowed.
    score: Sink,
}

impl Findings {
    fn new(first: Vec<Diagnostic>, selection: &Selection) -> Self {
        let mut text = Sink::new();
        for fault in first {
            text.push(fault);
        }
        Self {
            selection: selection.clone(),
            text,
            score: Sink::new(),
        }
    }

    fn has_errors(&self, sources: &SourceMap) -> bool {
        let (hard, soft) = self.split();
        !hard.is_empty() || self.judged(sources, soft).iter().any(is_error)
    }

    /// What is to be reported, sorted, and whether there are errors. Where nothing came of it, but all errors are
    /// allowed, they are what there is to say.
    fn finish(self, sources: &SourceMap, nothing_built: bool) -> (Vec<Diagnostic>, bool) {
        let (hard, soft) = self.split();
        let errors: Vec<_> = soft.iter().filter(|fault| is_error(fault)).cloned().collect();
        let judged = self.judged(sources, soft);
        let is_silent = nothing_built && hard.is_empty() && !judged.iter().any(is_error);
        let allowed = errors.into_iter().filter(|_| is_silent).map(|fault| {
            let words = "it is allowed, but nothing can be compiled with it";
            let note = fault
                .note
                .as_ref()
                .map_or_else(|| words.to_owned(), |note| format!("{note}\n{words}"));
            fault.note(note)
        });
        let mut left = Sink::new();
        allowed
            .chain(judged)
            .chain(hard)
            .for_each(|fault| left.push(fault));
        let failed = left.has_errors();
        (left.into_sorted(), failed)
    }

    /// Errors that nothing can be compiled with, and all else.
    fn split(&self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        let text = self.text.diagnostics().iter().cloned().map(|mut fault| {
            // Lint can do without what was not fetched; what is played needs all of it.
            if fault.code == &codes::IMPORT_NOT_FETCHED {
                fault.severity = Severity::Error;
            }
            fault
        });
        let (mut hard, mut soft): (Vec<_>, Vec<_>) = text.partition(|fault| {
            is_error(fault) && (fault.code.id.starts_with("K0") || NEEDED.contains(&fault.code))
        });
        for fault in self.score.diagnostics() {
            let part = if is_error(fault) { &mut hard } else { &mut soft };
            part.push(fault.clone());
        }
        (hard, soft)
    }

    /// What comments and settings leave, with the severities they give.
    fn judged(&self, sources: &SourceMap, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        // Comments for rules that only lint has suppress nothing here, and are no fault.
        lint::suppress(sources, &mut found);
        self.selection.apply(&mut found);
        found
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

/// Why there is nothing built.
enum Stop {
    /// The diagnostics say it.
    Faults,
    /// It is said already; this is the exit code.
    Said(u8),
}

/// The proof reads what agents will read: the documents, decoded again.
pub fn prove(roles: &[Role]) -> Result<Certificate, String> {
    let decoded = roles.iter().map(|role| {
        role::decode(&role::encode(role)).map_err(|error| format!("the role of `{}`: {error}", role.host))
    });
    let decoded: Vec<Role> = decoded.collect::<Result<_, _>>()?;
    Certificate::prove(&decoded).map_err(|flaws| {
        flaws
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    })
}

/// Reads every artifact of `topology` and fills in digest and size.
fn gather(
    topology: &mut Topology,
    file: &Utf8Path,
    loader: &dyn Loader,
    sink: &mut Sink,
) -> BTreeMap<String, Vec<u8>> {
    let mut blobs = BTreeMap::new();
    let mut known: HashMap<Utf8PathBuf, Option<(String, u64)>> = HashMap::new();
    let mut total = 0;
    let mut told_total = false;
    let nodes = topology
        .nodes
        .iter_mut()
        .flat_map(|node| node.operations.values_mut());
    let between = topology
        .relationships
        .iter_mut()
        .flat_map(|between| between.operations.values_mut());
    for operation in nodes.chain(between) {
        let span = operation.span;
        let actions = operation.check.iter_mut().chain(&mut operation.apply);
        let actions = actions.flat_map(|action| Arc::make_mut(action).artifacts_mut());
        let reads = operation.data.reads.iter_mut();
        let files = reads
            .flat_map(Expression::files_mut)
            .map(|file| &mut file.artifact);
        for artifact in actions.chain(files) {
            let path = if artifact.path.as_str().is_empty() {
                file.parent().unwrap_or(Utf8Path::new("")).join(&artifact.name)
            } else {
                artifact.path.clone()
            };
            let found = known
                .entry(path)
                .or_insert_with_key(|path| match loader.load(path) {
                    Ok(bytes) => {
                        let (sha256, size) = (sha256_hex(&bytes), bytes.len() as u64);
                        total += size;
                        if total <= ARTIFACTS_LIMIT {
                            blobs.insert(sha256.clone(), bytes);
                        } else if !std::mem::replace(&mut told_total, true) {
                            sink.push(too_much(span));
                        }
                        Some((sha256, size))
                    }
                    Err(error) => {
                        sink.push(unreadable(&artifact.name, path, span, &error));
                        None
                    }
                });
            if let Some((sha256, size)) = found {
                artifact.sha256.clone_from(sha256);
                artifact.size = *size;
            }
        }
    }
    blobs
}

fn unreadable(name: &str, path: &Utf8Path, span: Span, error: &LoadError) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        &codes::UNREADABLE_ARTIFACT,
        span,
        format!("the artifact `{name}` cannot be read: {error}"),
    )
    .label("needed here")
    .note(format!("it was looked for at `{path}`"));
    match error {
        LoadError::Missing => diagnostic.help("paths of artifacts are relative to the file that names them"),
        LoadError::TooLarge { .. } => {
            diagnostic.help("let the script fetch what is large; what travels with an application is small")
        }
        LoadError::Remote { help, .. } => diagnostic.help(help),
        LoadError::NotAFile(_) | LoadError::Other(_) => diagnostic,
    }
}

fn too_much(span: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::UNREADABLE_ARTIFACT,
        span,
        format!(
            "the artifacts have more than {} MiB together",
            ARTIFACTS_LIMIT >> 20
        ),
    )
    .label("this one is too much")
    .help("let the scripts fetch what is large; what travels with an application is small")
}

/// The longest name of an application in bytes.
const NAME_LIMIT: usize = 128;

/// A name given with `--app`: taken as it is, or not at all.
fn application_name(name: &str) -> Result<String, String> {
    match name {
        "" => Err("a name has at least one character".to_owned()),
        _ if name.len() > NAME_LIMIT => Err(format!("a name has at most {NAME_LIMIT} bytes")),
        _ if tidy(name) != name => Err(format!(
            "a name has no blanks at its ends, no control characters and no `/`: try `{}`",
            tidy(name)
        )),
        _ => Ok(name.to_owned()),
    }
}

/// The nearest name that can be given to an application.
fn tidy(name: &str) -> String {
    let mut tidy: String = name
        .trim()
        .trim_start_matches('-')
        .chars()
        .map(|c| if c == '/' || c.is_control() { '-' } else { c })
        .collect();
    while tidy.len() > NAME_LIMIT {
        tidy.pop();
    }
    let tidy = tidy.trim_end();
    if tidy.is_empty() {
        "app".to_owned()
    } else {
        tidy.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_or_mended() {
        assert_eq!(application_name("my app.1").as_deref(), Ok("my app.1"));
        for (bad, mended) in [
            (" a", "a"),
            ("a/b", "a-b"),
            ("a\nb", "a-b"),
            ("--x", "x"),
            ("/", "-"),
        ] {
            assert!(application_name(bad).is_err(), "{bad:?}");
            assert_eq!(tidy(bad), mended);
        }
        assert!(application_name(&"ü".repeat(65)).is_err());
        assert_eq!(tidy(&"ü".repeat(65)).len(), 128);
        assert_eq!(tidy(" "), "app");
    }
}
