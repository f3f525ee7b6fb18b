//! `khor lint`: every fault of the given files, with place and advice.

mod log;
mod targets;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use self::log::{Found, Log};
use self::targets::{STDIN, Targets};
use super::disk::read_limited;
use super::files::Files;
use super::project::{FetchArgs, Project, Projects};
use super::{FAULTS, OK, USAGE, Ui, front};
use crate::diagnostic::render::{Format, Report, Style};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink, codes};
use crate::lint::{self, Level, Selection};
use crate::source::{LoadError, Loader, SourceId, SourceMap, Span};
use crate::{score, tosca, yaml};

/// Check topologies: every fault, with its place and what to do
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  khor lint app.yaml                          every fault of app.yaml and of what it imports
  khor lint templates/                        every topology in a directory and below
  khor lint 'templates/**/*.yaml'             the files that fit, in any shell
  khor lint app.csar                          the service template of an archive, and its files
  cat app.yaml | khor lint -                  from standard input
  khor lint --deny warnings templates/        as a gate in CI
  khor lint --format sarif app.yaml > log     for a code host; also json, github, junit

A rule is named by name or code (`khor explain` lists them). In a file, `# khor: allow(RULE)` on the line or above it
keeps khor from reporting it; in `khor.toml`, in the folder of the file or above it, `[lint]` has lists `deny`, `warn`
and `allow`.

Exit codes: 0 no errors; 1 errors; 2 a file that cannot be read, or a directory or pattern with nothing in it.")]
pub struct LintArgs {
    /// Files, archives (.csar, .zip), directories, patterns ('**/*.yaml'), or - for standard input
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

    /// Leave out YAML files that say nothing of TOSCA, as in directories: for hooks that name every changed file
    #[arg(long)]
    skip_unrelated: bool,

    #[command(flatten)]
    fetch: FetchArgs,
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
    let targets = Targets::of(&args.files, args.skip_unrelated);
    let nothing = !targets.faults.is_empty();
    let files = targets.files;
    let mut log = Log::default();
    log.add(
        Found {
            sources: targets.sources,
            diagnostics: targets.faults,
            ..Found::default()
        },
        &Selection::default(),
    );
    let mut projects = Projects::new(args.selection(), args.fetch.fetch);
    let jobs: Vec<Job> = (files.iter().cloned())
        .map(|file| {
            let (project, faults) = projects.of(&file);
            log.add(faults.into(), &project.lint);
            Job { file, project }
        })
        .collect();
    for (found, job) in in_parallel(&jobs).into_iter().zip(&jobs) {
        log.add(found, &job.project.lint);
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
    if nothing || diagnostics.iter().any(unreadable) {
        USAGE
    } else if report.count(Severity::Error) > 0 {
        FAULTS
    } else {
        OK
    }
}

/// One file to lint.
struct Job {
    file: Utf8PathBuf,
    project: Arc<Project>,
}

/// Lints each file, on as many threads as there are cores; the results are in the order of the files.
fn in_parallel(jobs: &[Job]) -> Vec<Found> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores == 1 || jobs.len() < 2 {
        return jobs.iter().map(lint).collect();
    }
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Found>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..cores.min(jobs.len()) {
            scope.spawn(|| {
                while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&at| at < jobs.len())
                {
                    let found = lint(&jobs[at]);
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

fn lint(job: &Job) -> Found {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    if job.file == STDIN.1 {
        let once = Stdin(read_limited(std::io::stdin(), 0, yaml::limits::FILE_SIZE));
        let files = Files::on_disk(Arc::clone(&job.project));
        let topology = yaml::read(&mut sources, &once, &job.file, None, &mut sink)
            .and_then(|tree| front::lint(&tree, &files, &options(), &mut sources, &mut sink));
        if let Some(topology) = topology {
            score::check(&topology, &mut sink);
        }
    } else if let Some(opened) = front::open(&job.file, &job.project, &mut sources, &mut sink) {
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
