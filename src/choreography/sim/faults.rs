//! What goes wrong.

use super::plan::change;
use super::{Event, Happening, World};
use crate::role::{Goal, RoleStep};

impl World {
    pub(super) fn fault(&mut self) {
        let host = self.random.usize(0..self.hosts.len());
        let now = self.now;
        match self.random.u8(0..100) {
            0..50 => {
                // Drift, or somebody's helping hand.
                let steps = self.hosts[host].role.steps.iter().filter(|step| step.up);
                let steps: Vec<RoleStep> = steps.cloned().collect();
                if steps.is_empty() {
                    return;
                }
                let step = steps[self.random.usize(0..steps.len())].clone();
                // Who makes by hand what is to be gone may have it left over.
                let helps = step.is_for(self.goal) && !self.chance(70);
                if helps {
                    self.hosts[host]
                        .reality
                        .insert(step.name.clone(), step.digest.clone());
                } else {
                    self.hosts[host].reality.remove(&step.name);
                }
                self.changed(host, &step.name);
            }
            50..62 => {
                self.crash(host);
                let away = self.random.u64(0..300);
                self.at(away, Happening::Start(host));
            }
            62..75 => {
                if self.hosts[host].cut {
                    self.heal_cut(host);
                } else {
                    self.hosts[host].cut = true;
                    let life = self.hosts[host].life;
                    self.at(0, Happening::Event(host, life, Event::StoreLost));
                }
                self.hosts[host].disturbed = now;
            }
            75..85 => {
                // The lease ran out while nobody looked.
                self.fences[host] = 0;
                self.hosts[host].disturbed = now;
            }
            85..88 => self.new_generation(),
            88 => self.turn_round(),
            89 => self.wish(),
            90..92 => {
                self.paused = match self.paused {
                    None => Some(self.random.bool()),
                    Some(_) => None,
                };
                self.spread();
            }
            92..95 => {
                let life = self.hosts[host].life;
                let limit = self.random.usize(1..4);
                self.at(0, Happening::Event(host, life, Event::Limit(limit)));
            }
            _ => {
                let life = self.hosts[host].life;
                if !self.hosts[host].cut {
                    self.reset(host, life);
                }
            }
        }
    }

    pub(super) fn heal_cut(&mut self, host: usize) {
        self.hosts[host].cut = false;
        self.hosts[host].disturbed = self.now;
        let life = self.hosts[host].life;
        // The lease may have survived the outage or not; the agent finds out.
        if self.chance(50) && self.fences[host] == self.hosts[host].fence && self.fences[host] > 0 {
            self.pause(host, life);
            self.tell(host, life, Event::StoreBack);
            self.cast(host, life);
            self.ask(host, life);
            self.reset(host, life);
        } else {
            self.at(1, Happening::Register(host, life));
        }
    }

    /// Somebody wishes that all in trouble start anew.
    fn wish(&mut self) {
        self.revision += 1;
        self.wished = self.revision;
        self.spread();
    }

    /// What people ask for comes to the hosts.
    fn spread(&mut self) {
        for host in 0..self.hosts.len() {
            let (life, late) = (self.hosts[host].life, self.random.u64(0..50));
            self.at(late, Happening::Wished(host, life));
        }
    }

    /// Some steps change, some move, some go, some come. Who compiles asks for all of it to be there.
    pub(super) fn new_generation(&mut self) {
        self.generation += 1;
        let roles = change(self);
        self.turns += u64::from(self.goal == Goal::Absent);
        self.goal = Goal::Present;
        for (this, role) in self.hosts.iter_mut().zip(roles) {
            this.role = role;
        }
        self.publish();
    }

    /// All is to go away, or to come back.
    fn turn_round(&mut self) {
        self.goal = match self.goal {
            Goal::Present => Goal::Absent,
            Goal::Absent => Goal::Present,
        };
        self.turns += 1;
        self.publish();
    }

    fn publish(&mut self) {
        self.revision += 1;
        self.published = self.revision;
        for host in 0..self.hosts.len() {
            self.hosts[host].disturbed = self.now;
            self.look_over(host);
            if !self.hosts[host].cut {
                let (life, late) = (self.hosts[host].life, self.random.u64(0..50));
                self.at(late, Happening::Recast(host, life));
            }
        }
    }

    pub(super) fn end_faults(&mut self) {
        for host in 0..self.hosts.len() {
            if self.hosts[host].cut {
                self.heal_cut(host);
            }
            self.start(host);
        }
        if self.random.bool() {
            self.turn_round();
        }
        // What is blocked or paused by now waits for a person.
        self.paused = None;
        self.wish();
    }
}
