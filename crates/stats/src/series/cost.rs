//! What a segment of a series costs.

/// What a segment costs: twice its negative logarithmic likelihood, but for what all segmentations share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Normal values of one spread whose mean changes.
    L2,
    /// Counts whose rate changes. Values below 0 count as 0.
    Poisson,
}

/// Prefix sums of a series, so that any segment costs constant time.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    cost: Cost,
    /// Sums of the first values, in units of the spread around the middle.
    totals: Vec<f64>,
    squares: Vec<f64>,
}

impl Sums {
    /// Of finite values; `middle` and `scale` bring them to a size at which sums are exact.
    pub(super) fn new(values: &[f64], cost: Cost, middle: f64, scale: f64) -> Self {
        let mut totals = Vec::with_capacity(values.len() + 1);
        let mut squares = Vec::with_capacity(values.len() + 1);
        let (mut total, mut square) = (0.0, 0.0);
        totals.push(0.0);
        squares.push(0.0);
        for x in values {
            let x = match cost {
                Cost::L2 => (x / scale - middle / scale).clamp(-1e100, 1e100),
                Cost::Poisson => x.clamp(0.0, 1e100),
            };
            total += x;
            square += x * x;
            totals.push(total);
            squares.push(square);
        }
        Self {
            cost,
            totals,
            squares,
        }
    }

    /// Values in all.
    pub(super) fn n(&self) -> usize {
        self.totals.len() - 1
    }

    fn over(sums: &[f64], from: usize, to: usize) -> f64 {
        let at = |at: usize| sums.get(at).copied().unwrap_or_default();
        at(to) - at(from)
    }

    /// The cost of the values in `from..to`; 0 if there are none.
    pub(super) fn of(&self, from: usize, to: usize) -> f64 {
        if to <= from {
            return 0.0;
        }
        let n = (to - from) as f64;
        let total = Self::over(&self.totals, from, to);
        match self.cost {
            Cost::L2 => (Self::over(&self.squares, from, to) - total * total / n).max(0.0),
            Cost::Poisson if total <= 0.0 => 0.0,
            Cost::Poisson => 2.0 * total * (1.0 - (total / n).ln()),
        }
    }
}
