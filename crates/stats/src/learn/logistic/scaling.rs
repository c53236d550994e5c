//! Columns brought to mean 0 and standard deviation 1, so that steps are well conditioned.

use crate::moments::Moments;

/// No standardised value is larger, so that sums of products stay finite.
const LARGEST: f64 = 1e9;

/// How one column is standardised: `(x · size − mean) · inverse`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    /// Keeps squares of the largest and smallest numbers within range.
    size: f64,
    mean: f64,
    /// One over the standard deviation; 0 if the column is constant.
    inverse: f64,
}

impl Scale {
    /// Of finite values.
    pub(super) fn of(values: &[f64]) -> Self {
        let largest = values.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let plain = largest <= 0.0 || (1e-100..1e100).contains(&largest);
        let size = if plain {
            1.0
        } else {
            1.0 / largest.clamp(1e-300, 1e300)
        };
        let moments = if plain {
            Moments::of(values)
        } else {
            Moments::of(&values.iter().map(|x| x * size).collect::<Vec<_>>())
        };
        let sd = (moments.m2 / moments.n.max(1) as f64).sqrt();
        let inverse = if sd > 0.0 { 1.0 / sd } else { 0.0 };
        Self {
            size,
            mean: moments.mean,
            inverse,
        }
    }

    /// This scale, or that of a constant column if `penalty` leaves nothing of its weight.
    pub(super) fn under(self, penalty: f64) -> Self {
        let inverse = if self.inward(penalty) < 1e150 {
            self.inverse
        } else {
            0.0
        };
        Self { inverse, ..self }
    }

    /// Standardised values; what is not a number counts as the mean.
    pub(super) fn fill(&self, values: &[f64], to: &mut [f64]) {
        for (to, x) in to.iter_mut().zip(values) {
            let z = (x * self.size - self.mean) * self.inverse;
            *to = if z.is_nan() {
                0.0
            } else {
                z.clamp(-LARGEST, LARGEST)
            };
        }
    }

    /// A weight of the standardised column as one of the column itself.
    pub(super) fn outward(&self, weight: f64) -> f64 {
        weight * self.inverse * self.size
    }

    /// What a penalty of the column's own weight is for that of the standardised one.
    pub(super) fn inward(&self, penalty: f64) -> f64 {
        let by = self.inverse * self.size;
        penalty * by * by
    }

    /// The standardised form of 0, with its sign turned.
    pub(super) fn zero(&self) -> f64 {
        self.mean * self.inverse
    }

    /// Whether all values are one.
    pub(super) fn is_constant(&self) -> bool {
        self.inverse <= 0.0
    }
}
