//! `khor lint`: every fault of the given files, with place and advice.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::config::Config;
use super::disk::{DiskLoader, read_limited};
use super::{FAULTS, OK, USAGE, Ui, front};
use crate::diagnostic::render::{Format, Report, Style};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink, codes};
use crate::lint::{self, Level, Selection, Suppressed};
use crate::source::{LoadError, Loader, SourceId, SourceMap, Span};
use crate::tosca::csar;
use crate::{score, tosca, yaml};

/// What stands for standard input among the files, and the name it has in messages.
const STDIN: (&str, &str) = ("-", "<stdin>");

/// Check topologies: every fault, with its place and what to do
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor lint app.yaml                          every fault of app.yaml and of what it imports
  khor lint templates/                        every topology in a directory and below
  khor lint app.csar                          the service template of an archive, and its files
  cat app.yaml | khor lint -                  from standard input
  khor lint --deny warnings templates/        as a gate in CI
  khor lint --format sarif app.yaml > log     for a code host; also json, github, junit

A rule is named by name or code (`khor explain` lists them). In a file, `# khor: allow(RULE)` on the line or above it
keeps khor from reporting it; in `khor.toml`, in the folder of the file or above it, `[lint]` has lists `deny`, `warn`
and `allow`.

Exit codes: 0 no errors; 1 errors; 2 a file that cannot be read.")]
pub struct LintArgs {
    /// Files, archives (.csar, .zip), directories, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<Utf8PathBuf>,

    /// How to write what was found: full, short, json, sarif, github, junit
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    format: Format,

    /// Take a rule's findings for errors; `warnings` for all that are warnings
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = named)]
    deny: Vec<Named>,

    /// Take a rule's findings for warnings
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule)]
    warn: Vec<&'static Code>,

    /// Do not report a rule's findings
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rule)]
    allow: Vec<&'static Code>,
}

/// What `--deny` may be given.
#[derive(Clone, Copy, Debug)]
enum Named {
    Warnings,
    Rule(&'static Code),
}

fn named(name: &str) -> Result<Named, String> {
    if name == "warnings" {
        return Ok(Named::Warnings);
    }
    rule(name).map(Named::Rule)
}

fn rule(name: &str) -> Result<&'static Code, String> {
    lint::find_rule(name).ok_or_else(|| {
        let said = lint::near_rule(name, Span::file(SourceId(0)));
        format!("{}; {}", said.message, said.help.unwrap_or_default())
    })
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.as_str().into())
    }
}

impl LintArgs {
    fn selection(&self) -> Selection {
        let mut selection = Selection::default();
        for rule in &self.allow {
            selection.set(rule, Level::Allow);
        }
        for rule in &self.warn {
            selection.set(rule, Level::Warn);
        }
        for named in &self.deny {
            match named {
                Named::Warnings => selection.deny_warnings = true,
                Named::Rule(rule) => selection.set(rule, Level::Deny),
            }
        }
        selection
    }
}

/// Runs it; gives the exit code.
pub fn run(args: &LintArgs, ui: Ui) -> u8 {
    let loader = DiskLoader::default();
    let mut files = Vec::new();
    for path in &args.files {
        if path == STDIN.0 {
            files.push(Utf8PathBuf::from(STDIN.1));
        } else if path.is_dir() && csar::meta(path, &loader).is_none() {
            files.extend(topologies(path, &loader));
        } else {
            files.push(path.clone());
        }
    }
    let mut log = Log::default();
    let mut configs = Configs::new(args.selection());
    let of_files: Vec<usize> = (files.iter())
        .map(|file| configs.of(file, &loader, &mut log))
        .collect();
    for (found, of) in in_parallel(&files, loader).into_iter().zip(of_files) {
        log.add(found, &configs.all[of].1.lint);
    }
    let Log {
        sources, diagnostics, ..
    } = log.finish();
    let report = Report {
        sources: &sources,
        diagnostics: &diagnostics,
        files: &files,
    };
    let style = Style {
        color: ui.color,
        width: ui.width,
    };
    let mut out = report.render(args.format, style);
    if args.format.is_for_people() {
        out.push_str(&report.summary());
        out.push('\n');
    }
    ui.print(out);
    // A file that was named and cannot be read is no fault of a template: an import of it is.
    let unreadable = |diagnostic: &Diagnostic| {
        let place = &sources.get(diagnostic.span.source);
        diagnostic.code == &codes::UNREADABLE_FILE && place.text.is_empty() && files.contains(&place.name)
    };
    if diagnostics.iter().any(unreadable) {
        USAGE
    } else if report.count(Severity::Error) > 0 {
        FAULTS
    } else {
        OK
    }
}

/// The settings of all files, each `khor.toml` read once.
struct Configs {
    here: Utf8PathBuf,
    command_line: Selection,
    all: Vec<(Option<Utf8PathBuf>, Config)>,
    by_folder: HashMap<Utf8PathBuf, usize>,
}

impl Configs {
    fn new(command_line: Selection) -> Self {
        let here = std::env::current_dir().ok();
        let here = here.and_then(|here| Utf8PathBuf::from_path_buf(here).ok());
        Self {
            here: here.unwrap_or_default(),
            command_line,
            all: Vec::new(),
            by_folder: HashMap::new(),
        }
    }

    /// The index of the settings for `file`; faults of a `khor.toml` that is read now go to `log`.
    fn of(&mut self, file: &Utf8Path, loader: &dyn Loader, log: &mut Log) -> usize {
        let folder = file.parent().unwrap_or(Utf8Path::new("")).to_owned();
        if let Some(&known) = self.by_folder.get(&folder) {
            return known;
        }
        let path = Config::find(file, &self.here, loader);
        let at = self.all.iter().position(|(known, _)| *known == path);
        let at = at.unwrap_or_else(|| {
            let mut found = Found::default();
            let mut sink = Sink::new();
            let mut config = path.as_ref().map_or_else(Config::default, |path| {
                Config::read(path, loader, &mut found.sources, &mut sink)
            });
            config.lint = config.lint.overridden_by(&self.command_line);
            found.diagnostics = sink.into_sorted();
            log.add(found, &config.lint);
            self.all.push((path, config));
            self.all.len() - 1
        });
        self.by_folder.insert(folder, at);
        at
    }
}

/// What was found in one file and what it imports.
#[derive(Default)]
struct Found {
    sources: SourceMap,
    diagnostics: Vec<Diagnostic>,
    suppressed: Suppressed,
}

/// Lints each file, on as many threads as there are cores; the results are in the order of the files.
fn in_parallel(files: &[Utf8PathBuf], loader: DiskLoader) -> Vec<Found> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores == 1 || files.len() < 2 {
        return files.iter().map(|file| lint(file, &loader)).collect();
    }
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Found>>> = files.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..cores.min(files.len()) {
            scope.spawn(|| {
                while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&at| at < files.len())
                {
                    let found = lint(&files[at], &loader);
                    if let Ok(mut result) = results[at].lock() {
                        *result = Some(found);
                    }
                }
            });
        }
    });
    let results = results
        .into_iter()
        .map(|result| result.into_inner().ok().flatten());
    results
        .map(|found| found.expect("the scope ends when all are done"))
        .collect()
}

fn lint(path: &Utf8Path, loader: &dyn Loader) -> Found {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    if path == STDIN.1 {
        let once = Stdin(read_limited(std::io::stdin(), 0, yaml::limits::FILE_SIZE));
        let topology = yaml::read(&mut sources, &once, path, None, &mut sink)
            .and_then(|tree| front::lint(&tree, loader, &options(), &mut sources, &mut sink));
        if let Some(topology) = topology {
            score::check(&topology, &mut sink);
        }
    } else if let Some(opened) = front::open(path, &mut sources, &mut sink) {
        for file in std::iter::once(&opened.main).chain(&opened.others) {
            if let Some(topology) = opened.lint(file, &options(), &mut sources, &mut sink) {
                score::check(&topology, &mut sink);
            }
        }
    }
    let mut diagnostics = sink.into_sorted();
    let suppressed = lint::suppress(&sources, &mut diagnostics);
    Found {
        sources,
        diagnostics,
        suppressed,
    }
}

/// A place in a file, whatever run it was found in.
type Place = (Utf8PathBuf, std::ops::Range<usize>);

/// What was found in all files.
#[derive(Default)]
struct Log {
    /// The texts that something was found in.
    sources: SourceMap,
    diagnostics: Vec<Diagnostic>,
    /// What is known already: two files may import the same third.
    known: HashSet<(Place, &'static str, String)>,
    /// Comments that suppressed something in some run.
    used: HashSet<Place>,
}

impl Log {
    fn add(&mut self, found: Found, selection: &Selection) {
        let Found {
            sources,
            diagnostics,
            suppressed,
        } = found;
        let place = |span: Span| (sources.get(span.source).name.clone(), span.range());
        self.used.extend(suppressed.used.into_iter().map(place));
        let mut diagnostics: Vec<_> = diagnostics.into_iter().chain(suppressed.unused).collect();
        selection.apply(&mut diagnostics);
        diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.severity, diagnostic.code.id));
        let mut moved: HashMap<SourceId, SourceId> = HashMap::new();
        for mut diagnostic in diagnostics {
            let key = (
                place(diagnostic.span),
                diagnostic.code.id,
                diagnostic.message.clone(),
            );
            if !self.known.insert(key) {
                continue;
            }
            let spans = diagnostic.related.iter_mut().map(|related| &mut related.span);
            for span in spans.chain([&mut diagnostic.span]) {
                let from = sources.get(span.source);
                span.source = *moved
                    .entry(span.source)
                    .or_insert_with(|| self.sources.add(from.name.clone(), from.text.clone()));
            }
            self.diagnostics.push(diagnostic);
        }
    }

    /// Drops what a later run has shown to be used.
    fn finish(mut self) -> Self {
        let (sources, used) = (&self.sources, &self.used);
        self.diagnostics.retain(|diagnostic| {
            let place = || {
                (
                    sources.get(diagnostic.span.source).name.clone(),
                    diagnostic.span.range(),
                )
            };
            diagnostic.code != &codes::UNUSED_SUPPRESSION || !used.contains(&place())
        });
        self
    }
}

/// What came from standard input, whatever the path.
struct Stdin(Result<Vec<u8>, LoadError>);

impl Loader for Stdin {
    fn load(&self, _path: &Utf8Path) -> Result<Vec<u8>, LoadError> {
        self.0.clone()
    }

    fn is_file(&self, _path: &Utf8Path) -> bool {
        true
    }

    fn entries(&self, _path: &Utf8Path) -> Vec<String> {
        Vec::new()
    }
}

fn options() -> tosca::Options {
    tosca::Options {
        require_inputs: false,
        ..tosca::Options::default()
    }
}

/// The topologies in `directory` and below, sorted: archives (`.csar`), and YAML files that say so themselves. Other
/// YAML lies beside templates often enough, and is not ours to judge. Hidden directories are left out, links to directories too.
fn topologies(directory: &Utf8Path, loader: &dyn Loader) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for name in loader.entries(&directory) {
            let path = directory.join(&name);
            if path.is_dir() {
                if !name.starts_with('.') && !path.is_symlink() {
                    open.push(path);
                }
            } else if path.extension() == Some("csar")
                || matches!(path.extension(), Some("yaml" | "yml")) && is_topology(&path, loader)
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_topology(path: &Utf8Path, loader: &dyn Loader) -> bool {
    let Ok(bytes) = loader.load(path) else {
        // Said to be YAML and unreadable: that is worth saying.
        return true;
    };
    let holds = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    let list = || {
        let first = bytes
            .split(|&byte| byte == b'\n')
            .find(|line| !matches!(line.first(), None | Some(b'#' | b'\r')));
        first.is_some_and(|line| line.starts_with(b"- ")) && holds("interfaces:") && holds("target:")
    };
    holds("tosca_definitions_version") || list()
}
