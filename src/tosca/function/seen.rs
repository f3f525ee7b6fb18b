//! What is read of a node that has several instances.

use super::super::template::NodeAt;
use super::entity::Entity;
use super::evaluate::{Evaluator, Here, Stop, Term};
use crate::topology::NodeId;

/// The scalable node that a node is or stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tosca) struct Group {
    /// The scalable node.
    pub(in crate::tosca) node: NodeAt,
    /// Whether it is scalable indeed: while linting that may depend on an input.
    pub(in crate::tosca) is_known: bool,
}

impl<'a> Evaluator<'_, 'a> {
    /// The scalable node that a node is or stands on.
    pub(super) fn group(&self, at: NodeAt) -> Option<Group> {
        self.groups.get(at.0).copied().flatten()
    }

    /// What `here` sees of something that `term` is for one instance of its owner. What is scaled together has the same
    /// number, so that one is meant; all others see a list, in the order of the numbers, also where there is one instance or
    /// none: a template must not read otherwise because it is scaled.
    pub(super) fn seen_from(&self, here: Here, owner: Entity<'a>, term: Term) -> Result<Term, Stop> {
        if self.groups.is_empty() {
            return Ok(term);
        }
        let own = match here {
            Here::Node(at) => [self.group(at), None],
            Here::Relationship(at, which) => self.groups_of_ends(at, which),
            Here::Topology | Here::Some(_) | Here::Type(_) => [None, None],
        };
        let [first, second] = match owner {
            Entity::Node(at) | Entity::Capability(at, _) => [self.group(at), None],
            Entity::Relationship(at, which) => self.groups_of_ends(at, which),
            Entity::Template(..) | Entity::Type(_) | Entity::CapabilityOfType(..) => [None, None],
        };
        let groups = [first, second.filter(|_| second != first)].into_iter().flatten();
        let mut foreign = groups.filter(|group| !own.contains(&Some(*group)));
        foreign.try_fold(term, |term, group| {
            if !group.is_known {
                return Err(Stop::Unknown);
            }
            Ok(Term::Each {
                node: NodeId(u32::try_from(group.node.0).unwrap_or(u32::MAX)),
                of: Box::new(term),
            })
        })
    }

    fn groups_of_ends(&self, at: NodeAt, which: usize) -> [Option<Group>; 2] {
        let target = self.service.node(at).requirements[which].target;
        [self.group(at), target.and_then(|target| self.group(target))]
    }
}
