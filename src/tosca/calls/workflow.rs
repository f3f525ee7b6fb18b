//! Calls in workflows, and in the triggers of policies.

use super::super::function::Here;
use super::super::template::Policy;
use super::super::value::What;
use super::super::view::View;
use super::Calls;
use crate::diagnostic::Sink;

impl<'a> Calls<'_, '_, 'a> {
    pub(super) fn workflows(&mut self, sink: &mut Sink) {
        let Some(body) = self.values.service.body else {
            return;
        };
        for (_, _, workflow) in body.entries_of("workflows") {
            if let Some(inputs) = workflow.get("inputs") {
                self.look(inputs, Here::Topology, sink);
            }
            self.values.within(workflow.get("inputs"));
            for precondition in workflow.get("preconditions").into_iter().flat_map(View::items) {
                self.look(precondition, self.acted(precondition), sink);
            }
            for (_, _, step) in workflow.entries_of("steps") {
                let here = self.acted(step);
                self.look(step, here, sink);
                self.activities(step.get("activities"), here, sink);
            }
            for section in ["implementation", "outputs"] {
                if let Some(body) = workflow.get(section) {
                    self.look(body, Here::Some(None), sink);
                }
            }
            self.values.within(None);
        }
    }

    /// What the step of a workflow acts on: a node, if it is just one.
    fn acted(&self, step: View<'a>) -> Here {
        let target = step
            .name_of("target")
            .filter(|_| step.get("target_relationship").is_none());
        let node = target.and_then(|(_, name)| self.values.service.by_name.get(name));
        node.map_or(Here::Some(None), |&at| Here::Node(at))
    }

    pub(super) fn triggers(&mut self, policy: &Policy<'a>, sink: &mut Sink) {
        for (_, _, trigger) in policy.body.entries_of("triggers") {
            self.look(trigger, Here::Some(None), sink);
            self.activities(trigger.get("action"), Here::Some(None), sink);
        }
    }

    /// The inputs that activities give.
    fn activities(&mut self, activities: Option<View<'a>>, here: Here, sink: &mut Sink) {
        for (_, _, activity) in activities.into_iter().flat_map(View::ordered) {
            for (key, name, value) in activity.entries_of("inputs") {
                self.judge(value, None, (What("input", name), key), here, sink);
            }
        }
    }
}
