//! What the null says about a value.

/// The values that the null allows: a point, or the interval that a reference leaves for it.
///
/// Evidence against an interval is the least evidence against any point of it, so that a reference that is
/// itself a sample is not taken for the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Smallest value that is no alarm.
    pub low: f64,
    /// Largest value that is no alarm.
    pub high: f64,
}

impl Target {
    /// A known value.
    pub fn point(value: f64) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    /// Anything between two ends, in either order.
    pub fn between(a: f64, b: f64) -> Self {
        Self {
            low: a.min(b),
            high: a.max(b),
        }
    }

    /// The allowed value closest to `x`.
    pub fn nearest(&self, x: f64) -> f64 {
        x.min(self.high).max(self.low)
    }
}
