//! The static proof of a generation, computed from its finished roles alone: nothing of how they were made is believed.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde::Serialize;

use super::verify::verify;
use super::{Role, generation_digest};
use crate::topology::Weaving;

/// What was proved of a set of roles, and how long the dance is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// The application.
    pub application: String,
    /// How it was woven.
    pub weaving: Weaving,
    /// The digest of the generation the proof is about.
    pub digest: String,
    /// Hosts with a role.
    pub hosts: usize,
    /// Steps of coming up.
    pub steps: usize,
    /// Steps of going away.
    pub steps_down: usize,
    /// Guards inside hosts.
    pub guards: usize,
    /// Waits between hosts, each step of another host counted once per host that waits for it.
    pub cues: usize,
    /// The longest ways through coming up.
    pub longest: LongestPath,
    /// The longest ways through going away.
    pub longest_down: LongestPath,
}

/// How far it is from a step that waits for nothing to one that nothing waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LongestPath {
    /// The most steps on any way.
    pub steps: usize,
    /// The most edges between hosts on any way (not always the same one): each costs a hop over the store.
    pub hops: usize,
    /// The names of the steps on a way with the most steps.
    pub path: Vec<String>,
}

/// What keeps a set of roles from being proved: a fault of khor, or roles that somebody changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaw(pub String);

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A step, as the proof sees it.
struct Point<'r> {
    role: usize,
    name: &'r str,
    up: bool,
    before: Vec<u32>,
}

impl Certificate {
    /// Proves `roles`: each of them sound in itself; all of one application and one per host; every guard's step
    /// exists, with the digest that is waited for, and is known to be awaited; every state key has one writer; the
    /// guards of all together acyclic, and so every step reachable from those that wait for nothing.
    pub fn prove(roles: &[Role]) -> Result<Self, Vec<Flaw>> {
        let mut flaws: BTreeSet<Flaw> = BTreeSet::new();
        let mut flaw = |reason: String| {
            flaws.insert(Flaw(reason));
        };
        for role in roles {
            if let Err(error) = verify(role) {
                flaw(format!("the role of `{}`: {error}", role.host));
            }
            if role.application != roles[0].application || role.weaving != roles[0].weaving {
                flaw(format!(
                    "the role of `{}` is of another application or weaving",
                    role.host
                ));
            }
        }
        if !flaws.is_empty() {
            return Err(flaws.into_iter().collect());
        }
        let (points, hops) =
            points(roles).map_err(|reasons| reasons.into_iter().map(Flaw).collect::<Vec<_>>())?;
        let order = order(&points).map_err(|name| {
            vec![Flaw(format!(
                "the guards are not acyclic: `{name}` waits for itself over others"
            ))]
        })?;
        Ok(Self {
            application: roles
                .first()
                .map(|role| role.application.clone())
                .unwrap_or_default(),
            weaving: roles.first().map(|role| role.weaving).unwrap_or_default(),
            digest: generation_digest(roles),
            hosts: roles.len(),
            steps: points.iter().filter(|point| point.up).count(),
            steps_down: points.iter().filter(|point| !point.up).count(),
            guards: points.iter().map(|point| point.before.len()).sum::<usize>() - hops,
            cues: roles.iter().map(|role| role.cues.len()).sum(),
            longest: longest(&points, &order, true),
            longest_down: longest(&points, &order, false),
        })
    }
}

/// All steps of all roles, each with the numbers of those it waits for; and how many of these waits cross hosts.
fn points(roles: &[Role]) -> Result<(Vec<Point<'_>>, usize), Vec<String>> {
    let mut flaws = Vec::new();
    let mut writers: HashMap<(&str, &str), (usize, u32)> = HashMap::new();
    // A step that leaves one host while another one comes to have it stands in both roles, under two keys.
    let mut staying: HashMap<&str, usize> = HashMap::new();
    let mut hosts: HashMap<&str, usize> = HashMap::new();
    let mut firsts = Vec::with_capacity(roles.len());
    let mut count = 0_u32;
    for (at, role) in roles.iter().enumerate() {
        if hosts.insert(&role.host, at).is_some() {
            flaws.push(format!("the host `{}` has two roles", role.host));
        }
        firsts.push(count);
        for step in &role.steps {
            writers.insert((&role.host, &step.name), (at, count));
            if !step.leaving
                && let Some(other) = staying.insert(&step.name, at)
            {
                flaws.push(format!(
                    "the state of `{}` has two writers, `{}` and `{}`",
                    step.name, roles[other].host, role.host
                ));
            }
            count += 1;
        }
    }
    // What follows is only a consequence then.
    if !flaws.is_empty() {
        return Err(flaws);
    }
    let mut points = Vec::with_capacity(count as usize);
    let mut hops = 0;
    for (at, role) in roles.iter().enumerate() {
        let mut cues = Vec::with_capacity(role.cues.len());
        for cue in &role.cues {
            let Some(&(other, point)) = writers.get(&(cue.host.as_str(), cue.step.as_str())) else {
                flaws.push(format!(
                    "`{}` waits for `{}` of `{}`, which does not exist",
                    role.host, cue.step, cue.host
                ));
                cues.push(0);
                continue;
            };
            let step = &roles[other].steps[(point - firsts[other]) as usize];
            if step.digest != cue.digest {
                flaws.push(format!(
                    "`{}` waits for another version of `{}`",
                    role.host, cue.step
                ));
            }
            if !step.awaited {
                flaws.push(format!(
                    "`{}` does not know that `{}` waits for `{}`",
                    cue.host, role.host, cue.step
                ));
            }
            cues.push(point);
        }
        for step in &role.steps {
            hops += step.cues.len();
            let local = step.guards.iter().map(|guard| firsts[at] + guard);
            let remote = step.cues.iter().map(|cue| cues[*cue as usize]);
            points.push(Point {
                role: at,
                name: &step.name,
                up: step.up,
                before: local.chain(remote).collect(),
            });
        }
    }
    if flaws.is_empty() {
        Ok((points, hops))
    } else {
        Err(flaws)
    }
}

/// The points, each behind those it waits for: all of them are reached from those that wait for nothing. Else the name
/// of one that is not.
fn order(points: &[Point<'_>]) -> Result<Vec<u32>, String> {
    let mut missing: Vec<usize> = points.iter().map(|point| point.before.len()).collect();
    let mut followers: Vec<Vec<u32>> = vec![Vec::new(); points.len()];
    for (at, point) in (0..).zip(points) {
        for &before in &point.before {
            followers[before as usize].push(at);
        }
    }
    let mut order: Vec<u32> = (0..)
        .zip(&missing)
        .filter(|(_, missing)| **missing == 0)
        .map(|(at, _)| at)
        .collect();
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        next += 1;
        for &follower in &followers[at as usize] {
            missing[follower as usize] -= 1;
            if missing[follower as usize] == 0 {
                order.push(follower);
            }
        }
    }
    match missing.iter().position(|&missing| missing > 0) {
        Some(at) => Err(points[at].name.to_owned()),
        None => Ok(order),
    }
}

fn longest(points: &[Point<'_>], order: &[u32], up: bool) -> LongestPath {
    let mut steps = vec![0_usize; points.len()];
    let mut hops = vec![0_usize; points.len()];
    let mut from: Vec<Option<u32>> = vec![None; points.len()];
    let mut last: Option<u32> = None;
    for &at in order.iter().filter(|at| points[**at as usize].up == up) {
        let point = &points[at as usize];
        for &before in point
            .before
            .iter()
            .filter(|before| points[**before as usize].up == up)
        {
            let far = usize::from(points[before as usize].role != point.role);
            hops[at as usize] = hops[at as usize].max(hops[before as usize] + far);
            if steps[before as usize] > steps[at as usize] {
                steps[at as usize] = steps[before as usize];
                from[at as usize] = Some(before);
            }
        }
        steps[at as usize] += 1;
        if last.is_none_or(|last| steps[last as usize] < steps[at as usize]) {
            last = Some(at);
        }
    }
    let mut path: Vec<String> = std::iter::successors(last, |&at| from[at as usize])
        .map(|at| points[at as usize].name.to_owned())
        .collect();
    path.reverse();
    LongestPath {
        steps: path.len(),
        hops: hops.into_iter().max().unwrap_or(0),
        path,
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More of a path than this is left out in its middle.
        const SHOWN: usize = 12;
        let weaving = match self.weaving {
            Weaving::Normative => "normative",
            Weaving::Layered => "layered",
        };
        let all = self.steps + self.steps_down;
        writeln!(
            f,
            "certificate of `{}`, woven {weaving}, proved from its role documents",
            self.application
        )?;
        writeln!(f, "  digest             {}", self.digest)?;
        writeln!(
            f,
            "  guards acyclic     yes, {} inside hosts and {} cues between them",
            self.guards, self.cues
        )?;
        writeln!(
            f,
            "  guards exist       yes, each with the digest that is waited for"
        )?;
        writeln!(
            f,
            "  one writer a key   yes, {all} state keys on {} hosts",
            self.hosts
        )?;
        writeln!(
            f,
            "  steps reachable    all {all}, {} up and {} down",
            self.steps, self.steps_down
        )?;
        let ways = [
            ("longest way up", &self.longest),
            ("longest way down", &self.longest_down),
        ];
        for (title, way) in ways.into_iter().filter(|(_, way)| way.steps > 0) {
            let plural = |count: usize| if count == 1 { "" } else { "s" };
            let (steps, hops) = (way.steps, way.hops);
            let (s, h) = (plural(steps), plural(hops));
            writeln!(f, "  {title:<19}{steps} step{s}, {hops} hop{h} over the store")?;
            for (at, name) in way.path.iter().enumerate() {
                if way.path.len() <= SHOWN || at < SHOWN / 2 || at >= way.path.len() - SHOWN / 2 {
                    writeln!(f, "    {name}")?;
                } else if at == SHOWN / 2 {
                    writeln!(f, "    ({} more)", way.path.len() - SHOWN)?;
                }
            }
        }
        Ok(())
    }
}
