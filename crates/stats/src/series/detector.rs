//! What all detectors of change do.

/// Larger values count as this, so that squares stay finite.
const LARGEST: f64 = 1e120;

/// Watches a stream, one value after the other, for a change of its level.
///
/// After a change it starts anew with the next value. What is not a finite number is left out.
pub trait Detector {
    /// Takes the next value.
    fn update(&mut self, x: f64) -> Signal;

    /// Forgets all values.
    fn reset(&mut self);
}

/// What a value meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signal {
    /// Nothing.
    #[default]
    Quiet,
    /// A change may be under way.
    Warning,
    /// The level has changed.
    Change(Direction),
}

impl Signal {
    /// Whether the level has changed.
    pub const fn is_change(self) -> bool {
        matches!(self, Self::Change(_))
    }
}

/// Where the level went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It rose.
    Up,
    /// It fell.
    Down,
}

/// The value as detectors take it, if they do.
pub(super) fn taken(x: f64) -> Option<f64> {
    x.is_finite().then(|| x.clamp(-LARGEST, LARGEST))
}

/// A running mean.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Mean {
    pub(super) n: f64,
    pub(super) mean: f64,
}

impl Mean {
    pub(super) fn add(&mut self, x: f64) {
        self.n += 1.0;
        self.mean += (x - self.mean) / self.n;
    }
}
