//! How a step kept its promise, and how long its dos took.

use serde::{Deserialize, Serialize};

/// How a step kept its promise so far: to stay reached, once it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// How long it was reached until it was last found broken, in milliseconds. While it is reached, the time since then
    /// comes on top.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub kept: u64,
    /// How often it was found broken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub broken: u64,
    /// When it was, in milliseconds since 1970, if it was not brought back since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_at: Option<u64>,
    /// How long it took until it was reached again.
    #[serde(default, skip_serializing_if = "Durations::is_empty")]
    pub repairs: Durations,
    /// How long those dos took that ended well, in this version of the step and in those before it.
    #[serde(default, skip_serializing_if = "Durations::is_empty")]
    pub took: Durations,
}

/// A number of durations in milliseconds: their sum, the longest, and the last few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// How many there were.
    pub count: u64,
    /// Their sum.
    pub total: u64,
    /// The longest.
    pub longest: u64,
    /// The last [`Self::KEPT`], the newest at the end: quantiles are theirs.
    pub last: Vec<u64>,
}

impl History {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What was reached for so long is found broken.
    pub fn broke(&mut self, now: u64, kept: u64) {
        self.kept = self.kept.saturating_add(kept);
        self.broken += 1;
        self.broken_at = Some(now);
    }

    /// It is reached (again).
    pub fn mended(&mut self, now: u64) {
        if let Some(at) = self.broken_at.take() {
            self.repairs.add(now.saturating_sub(at));
        }
    }

    /// Goes on from what was told `before` this began.
    pub fn continues(&mut self, before: &Self) {
        self.kept = self.kept.saturating_add(before.kept);
        self.broken += before.broken;
        self.broken_at = self.broken_at.or(before.broken_at);
        self.repairs.continues(&before.repairs);
        self.took.continues(&before.took);
    }
}

impl Durations {
    /// The most that are kept one by one.
    pub const KEPT: usize = 16;

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One more.
    pub fn add(&mut self, duration: u64) {
        self.count += 1;
        self.total = self.total.saturating_add(duration);
        self.longest = self.longest.max(duration);
        self.last.push(duration);
        self.forget();
    }

    /// Goes on from those that were `before`.
    pub fn continues(&mut self, before: &Self) {
        self.count += before.count;
        self.total = self.total.saturating_add(before.total);
        self.longest = self.longest.max(before.longest);
        self.last.splice(0..0, before.last.iter().copied());
        self.forget();
    }

    /// That of which `hundredths` of the last ones are no longer; none if there are none.
    pub fn quantile(&self, hundredths: usize) -> Option<u64> {
        let mut sorted = self.last.clone();
        sorted.sort_unstable();
        rank(&sorted, hundredths)
    }

    /// How much longer one that has lasted for `elapsed` is expected to last: by the median of those of the last ones that
    /// were longer. None: none of them was.
    pub fn left(&self, elapsed: u64) -> Option<u64> {
        let longer = self.last.iter().copied().filter(|&duration| duration > elapsed);
        let mut longer: Vec<u64> = longer.collect();
        longer.sort_unstable();
        rank(&longer, 50).map(|median| median - elapsed)
    }

    /// From when on one is far longer than any before: none while there are too few to tell.
    pub fn suspect(&self) -> Option<u64> {
        (self.count >= Self::ENOUGH).then_some(self.longest.saturating_mul(2).saturating_add(Self::SLACK))
    }

    /// So many are enough to be surprised by another one.
    const ENOUGH: u64 = 3;
    /// What a machine that has much to do may add to any do, in milliseconds.
    const SLACK: u64 = 1_000;

    fn forget(&mut self) {
        let over = self.last.len().saturating_sub(Self::KEPT);
        self.last.drain(..over);
    }
}

/// The nearest rank.
fn rank(sorted: &[u64], hundredths: usize) -> Option<u64> {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_last_ones() {
        let mut durations = Durations::default();
        assert_eq!(
            (durations.quantile(50), durations.left(0), durations.suspect()),
            (None, None, None)
        );
        for duration in 1..=100 {
            durations.add(duration);
        }
        assert_eq!(
            (durations.count, durations.total, durations.longest),
            (100, 5050, 100)
        );
        assert_eq!((durations.last.len(), durations.quantile(50)), (16, Some(92)));
        assert_eq!(
            (durations.quantile(0), durations.quantile(100)),
            (Some(85), Some(100))
        );
        // Of those that lasted longer than 95: 96 to 100.
        assert_eq!((durations.left(95), durations.left(100)), (Some(3), None));
        assert_eq!(durations.suspect(), Some(1_200));
    }

    #[test]
    fn a_history_goes_on_from_what_was_told_before() {
        let mut before = History::default();
        before.broke(100, 60);
        before.took.add(5);
        let mut history = History::default();
        history.took.add(7);
        history.continues(&before);
        history.mended(130);
        history.mended(140);
        assert_eq!((history.kept, history.broken, history.broken_at), (60, 1, None));
        assert_eq!(history.repairs.last, [30]);
        assert_eq!(history.took.last, [5, 7]);
        assert!(History::default().is_empty() && !history.is_empty());
    }
}
