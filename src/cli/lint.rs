//! `khor lint`: every fault of the given files, with place and advice.

use std::collections::HashSet;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::disk::{DiskLoader, read_limited};
use super::{FAULTS, OK, USAGE, Ui, front};
use crate::diagnostic::render::{Format, Report, Style};
use crate::diagnostic::{Diagnostic, Severity, Sink, codes};
use crate::source::{LoadError, Loader, SourceMap};
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
  khor lint --format sarif app.yaml > log     for a code host; also json, github, junit

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

    /// Take warnings for errors
    #[arg(long, value_name = "warnings")]
    deny: Option<Deny>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Deny {
    Warnings,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.as_str().into())
    }
}

/// Runs it; gives the exit code.
pub fn run(args: &LintArgs, ui: Ui) -> u8 {
    let loader = DiskLoader::default();
    let mut sources = SourceMap::new();
    let mut files = Vec::new();
    let mut sink = Sink::new();
    for path in &args.files {
        if path == STDIN.0 {
            files.push(Utf8PathBuf::from(STDIN.1));
            lint_stdin(&loader, &mut sources, &mut sink);
        } else if path.is_dir() && csar::meta(path, &loader).is_none() {
            for file in topologies(path, &loader) {
                lint(&file, &mut sources, &mut sink);
                files.push(file);
            }
        } else {
            lint(path, &mut sources, &mut sink);
            files.push(path.clone());
        }
    }
    let mut diagnostics = sink.into_sorted();
    drop_repeated(&sources, &mut diagnostics);
    if args.deny.is_some() {
        for diagnostic in &mut diagnostics {
            if diagnostic.severity == Severity::Warning {
                diagnostic.severity = Severity::Error;
            }
        }
    }
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

fn lint(path: &Utf8Path, sources: &mut SourceMap, sink: &mut Sink) {
    let Some(opened) = front::open(path, sources, sink) else {
        return;
    };
    for file in std::iter::once(&opened.main).chain(&opened.others) {
        if let Some(topology) = opened.read(file, &options(), sources, sink) {
            score::check(&topology, sink);
        }
    }
}

fn lint_stdin(loader: &dyn Loader, sources: &mut SourceMap, sink: &mut Sink) {
    let once = Stdin(read_limited(std::io::stdin(), 0, yaml::limits::FILE_SIZE));
    if let Some(tree) = yaml::read(sources, &once, Utf8Path::new(STDIN.1), None, sink)
        && let Some(topology) = front::lower(&tree, loader, &options(), sources, sink)
    {
        score::check(&topology, sink);
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

/// Drops what was found again because two of the files import the same third.
fn drop_repeated(sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) {
    let mut known = HashSet::new();
    diagnostics.retain(|diagnostic| {
        let name = sources.get(diagnostic.span.source).name.clone();
        known.insert((
            name,
            diagnostic.span.range(),
            diagnostic.code.id,
            diagnostic.message.clone(),
        ))
    });
}
