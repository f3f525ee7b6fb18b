//! Requirements that say only what their target must be like: which node templates fit.
//!
//! The standard lets the orchestrator choose, from the template and from what is there already. khor has only the
//! template, and chooses where there is no choice: those that fit where no more fit than are wanted, else those that
//! may fit.

use super::super::super::Options;
use super::super::super::filter::{self, Failure};
use super::super::super::function::Evaluator;
use super::super::super::map::{HashMap, HashSet};
use super::super::super::types::{TypeId, TypeKind, Types, only};
use super::super::super::view::View;
use super::super::{NodeAt, Service};
use super::offer::Offer;
use super::report::SHOWN;
use super::wanted::{Asked, Wanted};
use super::{Fitting, occurrences};
use crate::diagnostic::Sink;

/// The most node templates that are judged for all requirements together. What is left is not chosen from.
const MOST_JUDGED: usize = 1_000_000;

/// The most targets that are chosen beyond one for each requirement. What asks for more has to name them.
const MOST_CHOSEN: usize = 100_000;

/// What is asked for by type: node types, and a capability.
type Kind<'a> = (Vec<TypeId>, Asked<'a>);

/// Chooses targets. Remembers which node templates are of a kind: thousands of requirements may ask for the same.
pub(super) struct Chooser<'s, 'a> {
    service: &'s Service<'a>,
    pools: HashMap<Kind<'a>, Vec<NodeAt>>,
    values: Evaluator<'s, 'a>,
    /// Whether targets are needed: when compiling.
    strict: bool,
    /// Requirements that `substitution_mappings` hands on: node and requirement. Others fulfil them.
    mapped: HashSet<(&'a str, &'a str)>,
    /// A node template is of a type that is not known: it might fit anything.
    has_unknown: bool,
    left: usize,
    /// How many more targets may be chosen beyond one for each requirement.
    more: usize,
    /// How often the requirements of the node that was asked for last are assigned.
    claims: Option<(NodeAt, HashMap<&'a str, u64>)>,
}

/// What is found among the node templates.
#[derive(Default)]
struct Choice<'a> {
    sure: Vec<Fitting<'a>>,
    maybe: Vec<Fitting<'a>>,
    /// Those that would fit but for one thing.
    near: Vec<(NodeAt, Failure<'a>)>,
    /// Not all were looked at.
    cut: bool,
}

impl<'s, 'a> Chooser<'s, 'a> {
    pub(super) fn new(service: &'s Service<'a>, options: &Options) -> Self {
        Self {
            service,
            pools: HashMap::default(),
            values: Evaluator::with_inputs(service, options.require_inputs),
            strict: options.require_inputs,
            mapped: mapped(service),
            has_unknown: service.nodes.iter().any(|node| node.is_open(&service.types)),
            left: MOST_JUDGED,
            more: MOST_CHOSEN,
            claims: None,
        }
    }

    /// The node templates that fulfil a requirement. What is wrong with the choice is reported.
    pub(super) fn choose(&mut self, wanted: &Wanted<'s, 'a>, sink: &mut Sink) -> Vec<Fitting<'a>> {
        self.try_choose(wanted, sink).unwrap_or_default()
    }

    fn try_choose(&mut self, wanted: &Wanted<'s, 'a>, sink: &mut Sink) -> Option<Vec<Fitting<'a>>> {
        let types = &self.service.types;
        let mut node_types: Vec<TypeId> = wanted.def.and_then(|def| def.node).into_iter().collect();
        if let Some((view, name)) = wanted.requirement.target_name() {
            let file = types.forest.file_of(view);
            let Some(of) = types.scopes.find(file, TypeKind::Node, name) else {
                let mut nodes = self.service.nodes.iter();
                let mut is_slip = || nodes.any(|node| strsim::osa_distance(node.name, name) == 1);
                if !types.scopes.is_incomplete(file) || name.len() > 3 && is_slip() {
                    wanted.report_unknown(view, name, sink);
                }
                return None;
            };
            if !narrow(types, &mut node_types, of) {
                if !wanted.is_open() {
                    wanted.report_unrelated(view, of, node_types[0], sink);
                }
                return None;
            }
        } else if wanted.requirement.body.is_some_and(|body| !body.is_map()) {
            return None;
        }
        let sensible = wanted.has_sensible_filters(node_types.first().copied(), sink);
        let asked = wanted.asked();
        if node_types.is_empty() && asked == Asked::Any {
            return None;
        }
        if wanted.report_unrelated_capability(sink) {
            return None;
        }
        let (least, most) = self.range(wanted);
        let choice = self.look(wanted, (node_types.clone(), asked), most);
        let is_mapped = self.is_mapped(wanted);
        let unclear = !sensible || choice.cut || wanted.source().is_selected() || self.is_unclear(wanted);
        let Choice {
            sure, maybe, near, ..
        } = choice;
        let mut found = sure;
        if found.is_empty() || found.len() < least {
            found.extend(maybe);
        }
        if found.len() > most || found.len() > self.more {
            if !is_mapped {
                wanted.report_several(&found, most, sink);
            }
            return None;
        }
        if found.len() < least && !unclear {
            wanted.report_few(&found, least, (&node_types, &near), self.strict, sink);
        }
        self.more -= found.len().saturating_sub(1);
        Some(found)
    }

    /// The node templates that may fulfil a requirement that is not assigned, a few of them; none where that is unclear.
    pub(super) fn fitting(&mut self, wanted: &Wanted<'s, 'a>) -> Option<Vec<NodeAt>> {
        let node_types: Vec<TypeId> = wanted.def.and_then(|def| def.node).into_iter().collect();
        let asked = wanted.asked();
        let unclear = (node_types.is_empty() && asked == Asked::Any)
            || !wanted.has_sensible_filters(None, &mut Sink::new())
            || self.is_unclear(wanted);
        let choice = (!unclear).then(|| self.look(wanted, (node_types, asked), 1))?;
        let found = choice.sure.into_iter().chain(choice.maybe);
        (!choice.cut).then(|| found.map(|(at, _)| at).collect())
    }

    /// Whether `substitution_mappings` hands the requirement on.
    fn is_mapped(&self, wanted: &Wanted<'s, 'a>) -> bool {
        let requirement = (wanted.source().name, wanted.requirement.name);
        self.mapped.contains(&requirement)
    }

    /// Whether more might fulfil a requirement than the node templates that are known.
    fn is_unclear(&self, wanted: &Wanted<'s, 'a>) -> bool {
        let types = &self.service.types;
        let file = types.forest.file_of(wanted.requirement.key);
        self.has_unknown || self.is_mapped(wanted) || wanted.is_open() || types.scopes.is_incomplete(file)
    }

    /// The least and the most targets that a requirement wants here: no more than its definition leaves to it.
    fn range(&mut self, wanted: &Wanted<'s, 'a>) -> (usize, usize) {
        let narrow = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let (least, most) = wanted.requirement.occurrences();
        let most = most.map_or(usize::MAX, narrow);
        let limit = wanted.def.and_then(|def| def.most);
        let Some(limit) = limit.filter(|_| most > 1) else {
            return (narrow(least), most);
        };
        if self.claims.as_ref().is_none_or(|(at, _)| *at != wanted.at) {
            self.claims = Some((wanted.at, occurrences::claims(wanted.source())));
        }
        let claims = self.claims.as_ref().map(|(_, claims)| claims);
        let all = claims.and_then(|claims| claims.get(wanted.requirement.name));
        let others = all.map_or(0, |all| all.saturating_sub(least.max(1)));
        let left = narrow(limit.saturating_sub(others).max(least).max(1));
        (narrow(least), most.min(left))
    }

    /// Judges the node templates of a kind.
    fn look(&mut self, wanted: &Wanted<'s, 'a>, kind: Kind<'a>, most: usize) -> Choice<'a> {
        let service = self.service;
        let pool = self
            .pools
            .entry(kind)
            .or_insert_with_key(|kind| pool(service, kind));
        let filters = wanted.filters();
        let mut choice = Choice::default();
        let mut offers = HashMap::default();
        for &other in pool.iter().filter(|&&other| other != wanted.at) {
            if choice.sure.len() > most.max(SHOWN) {
                break;
            }
            if self.left == 0 {
                choice.cut = true;
                break;
            }
            self.left -= 1;
            let mut failures = Vec::new();
            let mut undecided = false;
            let mut capability = None;
            // What a node template has is a matter of its type.
            let of = service.node(other).of;
            match *offers.entry(of).or_insert_with(|| wanted.offer(other)) {
                Offer::Fits(found) => capability = found,
                Offer::Unknown => undecided = true,
                Offer::Lacks | Offer::Unsuited(..) => continue,
                Offer::RefusesSource(name, list) => failures.push(Failure {
                    asked: list,
                    what: format!("capability `{name}`"),
                    why: format!("it takes {}", only(list)),
                    value: None,
                }),
                Offer::RefusesTarget(name, _, list) => failures.push(Failure {
                    asked: list,
                    what: format!("capability `{name}`"),
                    why: format!("the relationship leads to {}", only(list)),
                    value: None,
                }),
            }
            for filter in &filters {
                let verdict = filter::judge(&mut self.values, wanted.at, other, filter);
                failures.extend(verdict.failures);
                undecided |= verdict.undecided;
            }
            match (failures.pop(), undecided) {
                (None, false) => choice.sure.push((other, capability)),
                (None, true) => choice.maybe.push((other, capability)),
                (Some(only), _) if failures.is_empty() => choice.near.push((other, only)),
                _ => {}
            }
        }
        choice
    }
}

/// Adds a type that the target must be of too; false if nothing can be of both. The narrower one comes first.
fn narrow(types: &Types<'_>, node_types: &mut Vec<TypeId>, of: TypeId) -> bool {
    match node_types.first() {
        None => node_types.push(of),
        Some(&known) if types.is_a(of, known) => node_types[0] = of,
        Some(&known) => return types.is_a(known, of) || types.get(of).open || types.get(known).open,
    }
    true
}

/// The node templates of a kind, in their order.
fn pool(service: &Service<'_>, (node_types, asked): &Kind<'_>) -> Vec<NodeAt> {
    let types = &service.types;
    let has = |of: TypeId| {
        let mut all = types.chain(of).flat_map(|of| &of.capabilities);
        match *asked {
            Asked::Any => true,
            Asked::Type(wanted) => {
                all.any(|(_, capability)| capability.of.is_some_and(|of| types.is_a(of, wanted)))
            }
            Asked::Named(name, wanted) => all.any(|(&known, capability)| {
                known == name
                    || wanted.is_some_and(|wanted| capability.of.is_some_and(|of| types.is_a(of, wanted)))
            }),
        }
    };
    let fits = |of: TypeId| node_types.iter().all(|&wanted| types.is_a(of, wanted)) && has(of);
    let mut known: HashMap<TypeId, bool> = HashMap::default();
    let nodes = service.all_nodes().filter(|(_, node)| {
        node.of
            .is_some_and(|of| *known.entry(of).or_insert_with(|| fits(of)))
    });
    nodes.map(|(at, _)| at).collect()
}

/// What `substitution_mappings` hands on.
fn mapped<'a>(service: &Service<'a>) -> HashSet<(&'a str, &'a str)> {
    let mappings = service.body.and_then(|body| body.get("substitution_mappings"));
    let requirements = mappings.and_then(|mappings| mappings.get("requirements"));
    let pairs = requirements
        .map(View::ordered)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(_, _, value)| {
            let mut names = value.get("mapping").unwrap_or(value).items();
            Some((names.next()?.name()?, names.next()?.name()?))
        });
    pairs.collect()
}
