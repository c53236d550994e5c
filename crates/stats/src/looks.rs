//! Looking many times without crying wolf: corrections for many tests, and tests that may be looked at
//! after every event.
//!
//! Many tests at once: [`Correction`] for p-values, [`e_adjusted`] for e-values. One after the other, without
//! an end: [`Lord`]. One stream, looked at whenever one likes: the [`Look`]s.
//!
//! States are plain structs: whoever keeps their fields may go on where they stopped.

mod adjust;
mod betting;
mod gaussian;
mod lord;
mod shape;
mod share;
mod target;

pub use adjust::{Correction, e_adjusted};
pub use betting::BettingMean;
pub use gaussian::GaussianMean;
pub use lord::{LORD_KEPT, Lord, LordTest};
pub use shape::{SHAPE_NEEDED, Shape};
pub use share::MixtureShare;
pub use target::Target;

use crate::figure::Figure;

/// A test of a stream that may be looked at after every event, and stopped at any.
///
/// Its evidence is an e-process: under the null its expected value is at most 1 whenever one stops (Ramdas,
/// Grünwald, Vovk and Shafer 2023). So it exceeds 1/α at any time with a probability of at most α (Ville 1939).
pub trait Look {
    /// Takes the next events. What is not a number is left out.
    fn update(&mut self, batch: &[f64]);

    /// The natural logarithm of the evidence against the null, as of now.
    fn ln_evidence(&self) -> f64;

    /// The natural logarithm of the largest evidence there ever was.
    fn ln_peak(&self) -> f64;

    /// The estimate with its confidence sequence: intervals that hold the true value at all times together.
    fn figure(&self) -> Figure;

    /// The evidence against the null: 20 is what a level of 0.05 asks for. At most the largest float.
    fn evidence(&self) -> f64 {
        self.ln_evidence().exp().min(f64::MAX)
    }

    /// A p-value that holds at all times together: one over the largest evidence.
    fn p_value(&self) -> f64 {
        (-self.ln_peak()).exp().min(1.0)
    }
}

/// A level that a test can have: within (0, 1), and 0.05 for what is not a number.
fn allowed(level: f64) -> f64 {
    if level.is_nan() {
        return 0.05;
    }
    level.clamp(1e-12, 1.0 - 1e-12)
}

/// The logarithm of the mean of `exp(x)` over two values of equal weight.
fn ln_mean(a: f64, b: f64) -> f64 {
    let top = a.max(b);
    if top == f64::NEG_INFINITY {
        return top;
    }
    top + (0.5 * ((a - top).exp() + (b - top).exp())).ln()
}

#[cfg(test)]
mod tests;
