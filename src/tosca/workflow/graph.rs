//! The graph that the steps of a workflow form, and the one that workflows form by inlining each other.

use indexmap::IndexMap;

use super::super::view::View;
use super::next;
use crate::diagnostic::{Diagnostic, Sink, codes, did_you_mean};

/// Places by name, and to which others they lead.
struct Graph<'a> {
    places: IndexMap<&'a str, View<'a>>,
    edges: Vec<Vec<usize>>,
}

/// Checks that steps lead to steps, never in a circle, and that each can be reached.
pub(super) fn check_steps(workflow: View<'_>, sink: &mut Sink) {
    let steps: Vec<_> = workflow.entries_of("steps").collect();
    let mut graph = Graph::new(steps.iter().map(|&(key, name, _)| (name, key)));
    let mut any = Graph::new(steps.iter().map(|&(key, name, _)| (name, key)));
    let mut led_to = vec![false; steps.len()];
    for (at, &(_, _, step)) in steps.iter().enumerate() {
        for way in ["on_success", "on_failure"] {
            for (view, name) in next(step, way) {
                let Some(to) = graph.places.get_index_of(name) else {
                    unknown_step(&graph, view, name, sink);
                    continue;
                };
                led_to[to] = true;
                any.edges[at].push(to);
                if way == "on_success" {
                    graph.edges[at].push(to);
                }
            }
        }
    }
    if let Some(cycle) = graph.cycle() {
        graph.report(&cycle, "steps wait for each other in a circle", "leads to", sink);
        return;
    }
    // What no first step leads to, one way or the other.
    let mut reached = vec![false; steps.len()];
    let mut open: Vec<usize> = (0..steps.len()).filter(|&at| !led_to[at]).collect();
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            open.extend(&any.edges[at]);
        }
    }
    if let Some(at) = reached.iter().position(|&reached| !reached) {
        let (key, name, _) = steps[at];
        sink.push(
            Diagnostic::new(
                &codes::UNREACHABLE_STEP,
                key.span(),
                format!("step `{name}` can never start"),
            )
            .note("a workflow begins with the steps that no other leads to, and none of them leads here")
            .help("let a first step lead to it, or remove it"),
        );
    }
}

/// Checks that no workflow contains itself.
pub(super) fn check_inlined(body: View<'_>, sink: &mut Sink) {
    let workflows: Vec<_> = body.entries_of("workflows").collect();
    let mut graph = Graph::new(workflows.iter().map(|&(key, name, _)| (name, key)));
    for (at, &(_, _, workflow)) in workflows.iter().enumerate() {
        let steps = workflow.entries_of("steps");
        let activities = steps
            .filter_map(|(_, _, step)| step.get("activities"))
            .flat_map(View::items);
        for (_, kind, value) in activities.filter_map(View::only_entry) {
            let named = value.name().or_else(|| Some(value.name_of("workflow")?.1));
            if kind == "inline"
                && let Some(to) = named.and_then(|name| graph.places.get_index_of(name))
            {
                graph.edges[at].push(to);
            }
        }
    }
    if let Some(cycle) = graph.cycle() {
        graph.report(
            &cycle,
            "workflows contain each other in a circle",
            "contains",
            sink,
        );
    }
}

impl<'a> Graph<'a> {
    fn new(places: impl Iterator<Item = (&'a str, View<'a>)>) -> Self {
        let places: IndexMap<_, _> = places.collect();
        Self {
            edges: vec![Vec::new(); places.len()],
            places,
        }
    }

    /// A circle, as the places on it in order. By a walk of its own stack: workflows may be long.
    fn cycle(&self) -> Option<Vec<usize>> {
        const NEW: u8 = 0;
        const OPEN: u8 = 1;
        const DONE: u8 = 2;
        let mut state = vec![NEW; self.edges.len()];
        for start in 0..self.edges.len() {
            if state[start] != NEW {
                continue;
            }
            state[start] = OPEN;
            let mut path = vec![(start, 0)];
            while let Some((at, tried)) = path.last_mut() {
                let Some(&to) = self.edges[*at].get(*tried) else {
                    state[*at] = DONE;
                    path.pop();
                    continue;
                };
                *tried += 1;
                if state[to] == OPEN {
                    let from = path.iter().position(|&(at, _)| at == to)?;
                    return Some(path[from..].iter().map(|&(at, _)| at).collect());
                }
                if state[to] == NEW {
                    state[to] = OPEN;
                    path.push((to, 0));
                }
            }
        }
        None
    }

    fn report(&self, cycle: &[usize], message: &str, words: &str, sink: &mut Sink) {
        let place = |at: usize| self.places.get_index(at).map(|(name, view)| (*name, *view));
        let places: Vec<_> = cycle.iter().filter_map(|&at| place(at)).collect();
        let Some(&(first, view)) = places.first() else {
            return;
        };
        let path: Vec<_> = places.iter().map(|(name, _)| format!("`{name}`")).collect();
        let mut fault = Diagnostic::new(&codes::WORKFLOW_CYCLE, view.span(), message)
            .note(format!("{} → `{first}`", path.join(" → ")))
            .help("take one of them out of the circle");
        for (at, &(name, view)) in places.iter().enumerate().skip(1).take(8) {
            let (before, _) = places[at - 1];
            fault = fault.related(view.span(), format!("`{before}` {words} `{name}`"));
        }
        sink.push(fault);
    }
}

fn unknown_step(graph: &Graph<'_>, view: View<'_>, name: &str, sink: &mut Sink) {
    sink.push(
        Diagnostic::new(
            &codes::UNKNOWN_STEP,
            view.span(),
            format!("unknown step `{name}`"),
        )
        .help(
            did_you_mean(name, graph.places.keys().copied())
                .unwrap_or_else(|| format!("add a step `{name}`, or name one of this workflow")),
        ),
    );
}
