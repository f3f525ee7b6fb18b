//! From a file to proved roles with their artifacts: what `compile`, `up` and `plan` share.

mod artifacts;
mod findings;
mod name;

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::counts::{self, Count};
use super::disk::DiskLoader;
use super::inputs::{self, GivenInput};
use super::project::{FetchArgs, Project, Projects};
use super::{FAULTS, USAGE, Ui, front};
use crate::diagnostic::render::{Format, Report, Style};
use crate::diagnostic::{Diagnostic, Sink, codes};
use crate::lint::Selection;
use crate::role::{self, Certificate, Role, TopologyOutputs};
use crate::score::{self, Draft, NoInstances, Place};
use crate::source::SourceMap;
use crate::topology::{Counts, Topology, Weaving};
use crate::tosca;
use artifacts::{ARTIFACT_LIMIT, gather};
use findings::Findings;
use name::{application_name, tidy};

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

    /// Play a scalable node in so many instances; `default`: in those it begins with [default: as many as there are]
    #[arg(long, value_name = "NODE=N")]
    pub scale: Vec<Count>,

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
    /// The artifacts that it needs, by SHA-256.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// Its parts.
    pub parts: Parts,
    /// What they are made of, if they can be made in other numbers.
    pub draft: Option<Draft>,
}

/// What is played of an application.
#[derive(Clone, Debug)]
pub struct Parts {
    /// How many nodes it has, with or without operations.
    pub nodes: usize,
    /// Its roles, sorted by host; not numbered yet.
    pub roles: Vec<Role>,
    /// What it gives as a whole.
    pub outputs: TopologyOutputs,
    /// The proof of the roles.
    pub certificate: Certificate,
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
        let weaving = self.weave.map_or(topology.weaving, Weaving::from);
        let application = self.application(&topology);
        let is_faulty = findings.has_errors(sources);
        let sink = &mut findings.score;
        let blobs = if is_faulty {
            BTreeMap::new()
        } else {
            let files = opened.files.limited(ARTIFACT_LIMIT);
            gather(&mut topology, &opened.main, &files, sink)
        };
        let mut draft = Draft::new(topology, weaving);
        draft.places.clone_from(&self.place);
        draft.counts = counts::settle(&draft.topology, &Counts::new(), &self.scale)
            .map_err(|refusals| Stop::Said(counts::refuse(&refusals, ui)))?;
        let kept = (draft.is_scalable() && !is_faulty).then(|| draft.clone());
        let topology = draft
            .instances()
            .map_err(|fault| Stop::Said(no_instances(&fault, ui)))?;
        if is_faulty {
            // A host or a script that is missing now may be only a consequence, or said already; a circle never is.
            score::check(&topology, &mut findings.text);
            return Err(Stop::Faults);
        }
        Ok(Built {
            parts: parts(&application, &topology, weaving, sink, ui)?,
            application,
            blobs,
            draft: kept,
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

impl Built {
    /// The same application, with the counts that were asked for before where nothing else is asked for now. An error is
    /// said already; it comes with its exit code.
    pub fn keeping(mut self, kept: &Counts, asked: &[Count], ui: Ui) -> Result<Self, u8> {
        let Some(draft) = &mut self.draft else {
            return Ok(self);
        };
        let counts = counts::settle(&draft.topology, &counts::allowed(&draft.topology, kept), asked);
        let counts = counts.map_err(|refusals| counts::refuse(&refusals, ui))?;
        if counts != draft.counts {
            draft.counts = counts;
            self.parts = Parts::of(draft.clone(), &self.application, ui)?;
        }
        Ok(self)
    }
}

impl Parts {
    /// What a draft that was kept is played as. An error is said already; it comes with its exit code.
    pub fn of(draft: Draft, application: &str, ui: Ui) -> Result<Self, u8> {
        let weaving = draft.weaving;
        let topology = draft.instances().map_err(|fault| no_instances(&fault, ui))?;
        let mut sink = Sink::new();
        parts(application, &topology, weaving, &mut sink, ui).map_err(|stop| match stop {
            Stop::Said(code) => code,
            Stop::Faults => {
                // The texts it came from are not at hand.
                for fault in sink.into_sorted() {
                    ui.fail(&fault.message, fault.help.as_deref());
                }
                FAULTS
            }
        })
    }
}

/// Weaves, cuts and proves.
fn parts(
    application: &str,
    topology: &Topology,
    weaving: Weaving,
    sink: &mut Sink,
    ui: Ui,
) -> Result<Parts, Stop> {
    let score = score::compose(application, topology, weaving, sink);
    let score = score.filter(|_| !sink.has_errors()).ok_or(Stop::Faults)?;
    let roles = role::roles(&score);
    let certificate = prove(&roles).map_err(|reason| {
        let help = "this should not happen: please report it, with the topology if you can";
        Stop::Said(ui.fail(format!("the roles cannot be proved: {reason}"), Some(help)))
    })?;
    Ok(Parts {
        nodes: topology.nodes.len(),
        roles,
        outputs: role::outputs(&score),
        certificate,
    })
}

/// Says why there are no instances.
fn no_instances(fault: &NoInstances, ui: Ui) -> u8 {
    match fault {
        NoInstances::Place(errors) => {
            for error in errors {
                ui.fail(error, error.help().as_deref());
            }
        }
        NoInstances::TooMany(_) => drop(ui.fail(fault, Some("ask for fewer instances"))),
    }
    USAGE
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
