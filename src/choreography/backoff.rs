//! How long to wait before the next attempt.

use crate::topology::{Action, Retry};

/// The delay after failure number `failures` (from 1): uniform between the least delay and twice that for the first
/// failure, doubling up to the longest delay (exponential with full jitter, so that hosts do not retry in step).
pub(super) fn delay(retry: Retry, failures: u32, random: &mut fastrand::Rng) -> u64 {
    let least = retry.min_delay_ms.max(1);
    let most = retry.max_delay_ms.max(least);
    let ceiling = least
        .checked_shl(failures.min(40))
        .filter(|ceiling| ceiling >> failures.min(40) == least)
        .map_or(most, |ceiling| ceiling.min(most));
    random.u64(least..=ceiling)
}

/// How often a step may be brought back without delay. Each heal costs what it took, and at least a price by the kind of
/// its do; the budget refills with time. When it is empty, or the step breaks again soon after a delayed heal, the next
/// heal is delayed, exponentially: a service that dies as it starts, or two programs that fight over one file, must not
/// spin the CPU.
#[derive(Clone, Copy, Debug)]
pub struct HealBudget {
    /// What is left, in milliseconds of doing.
    left: u64,
    /// When it was last counted.
    counted: u64,
    /// Delayed heals in a row.
    delayed: u32,
    /// The last of these delays.
    last_delay: u64,
}

impl HealBudget {
    /// A full budget, in milliseconds of doing.
    const FULL: u64 = 1_000;
    /// Part of the time that may go into healing one step: one tenth.
    const REFILL: u64 = 10;
    /// A step that held so long, in milliseconds, is taken for mended.
    const MENDED: u64 = 10_000;

    /// A full one.
    pub(super) const fn new() -> Self {
        Self {
            left: Self::FULL,
            counted: 0,
            delayed: 0,
            last_delay: 0,
        }
    }

    /// The least price of a heal: a file costs next to nothing, a script or a service is dear.
    fn price(action: Option<&Action>) -> u64 {
        match action {
            Some(Action::File(_) | Action::Template(_) | Action::Nil) => 1,
            _ => 200,
        }
    }

    /// A step that held for `held` milliseconds broke at `now`: how long to wait before it is brought back; 0: at once.
    pub(super) fn spend(
        &mut self,
        now: u64,
        held: u64,
        action: Option<&Action>,
        retry: Retry,
        random: &mut fastrand::Rng,
    ) -> u64 {
        let refill = now.saturating_sub(self.counted) / Self::REFILL;
        if refill > 0 {
            self.left = (self.left + refill).min(Self::FULL);
            self.counted = now;
        }
        if held >= Self::MENDED.max(2 * self.last_delay) {
            *self = Self {
                counted: now,
                ..Self::new()
            };
        }
        let price = Self::price(action);
        if self.delayed == 0 && self.left >= price {
            self.left -= price;
            return 0;
        }
        self.delayed = self.delayed.saturating_add(1);
        self.last_delay = delay(retry, self.delayed, random);
        self.last_delay
    }

    /// A heal took so many milliseconds.
    pub(super) fn took(&mut self, milliseconds: u64) {
        self.left = self.left.saturating_sub(milliseconds);
    }
}
