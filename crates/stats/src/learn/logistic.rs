//! Logistic regression.

mod likelihood;
mod scaling;
mod solve;

use super::components::BLOCK;
use likelihood::{Likelihood, Pass, along, fill, probability};
use scaling::Scale;
use solve::{Factor, conjugate};

/// Up to so many columns Newton's steps are solved exactly and weights have standard errors; above, by
/// conjugate gradients.
const EXACT_MAX: usize = 128;
/// Most steps. Under a penalty of 1e-12 and perfect separation some forty are needed.
const STEPS_MAX: usize = 80;
/// Steps of one system of a wide model.
const INNER_MAX: usize = 100;
/// A step below this share of the model ends the search.
const STEP_MIN: f64 = 1e-9;
/// A last step above this, without a penalty, is one of a model that grows without end.
const GROWS: f64 = 1e-3;

/// A model of the log odds of `true`: an intercept and one weight for each column.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    /// Log odds where every column is 0.
    pub intercept: f64,
    /// Change of the log odds with one unit of each column.
    pub weights: Vec<f64>,
    /// Standard errors, the intercept's first: roots of the diagonal of the inverse of the (penalised)
    /// second derivatives. Infinite for a constant column without penalty. `None` above 128 columns.
    pub errors: Option<Vec<f64>>,
    scales: Vec<Scale>,
    /// The model of standardised columns, intercept first.
    model: Vec<f64>,
}

/// Why there is no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Columns, labels and weights differ in length, or the penalty or a weight is negative or no number.
    Shape,
    /// A value is missing or infinite.
    NotFinite,
    /// All rows with weight have one label, or there are none.
    OneClass,
    /// Columns tell the labels apart without error, or some of them do: without a penalty weights grow
    /// without end (Albert and Anderson 1984).
    Separated,
    /// Columns depend on each other linearly, and there is no penalty to choose among equal models.
    Collinear,
}

impl Unfit {
    /// The reason as the end of a sentence that begins with "undefined: ".
    pub const fn reason(self) -> &'static str {
        match self {
            Unfit::Shape => "the sizes or weights of the inputs are at odds",
            Unfit::NotFinite => "a value is missing or infinite",
            Unfit::OneClass => "there is only one class",
            Unfit::Separated => "the classes are separated, so weights grow without end",
            Unfit::Collinear => "columns depend on each other",
        }
    }
}

impl Logistic {
    /// Fits by Newton's method with halved steps (iteratively reweighted least squares; McCullagh and
    /// Nelder 1989) on standardised columns.
    ///
    /// It minimises −Σ wᵢ·log P(labelᵢ) + penalty/2 · Σ weight², the intercept not penalised: a penalty of
    /// 1/C is scikit-learn's `C`. `penalty` 0 is maximum likelihood. Columns are all of the labels' length.
    ///
    /// # Errors
    /// See [`Unfit`]. Under a positive penalty neither separation nor dependent columns are errors.
    pub fn fit(
        columns: &[&[f64]],
        labels: &[bool],
        penalty: f64,
        weights: Option<&[f64]>,
    ) -> Result<Self, Unfit> {
        let level = checked(columns, labels, penalty, weights)?;
        let scales: Vec<Scale> = columns
            .iter()
            .map(|c| Scale::of(c).under(penalty))
            .collect();
        let ridge: Vec<f64> = scales.iter().map(|s| s.inward(penalty)).collect();
        let fitted = Likelihood {
            columns,
            scales,
            labels,
            weights,
            ridge,
        };
        let mut start = vec![0.0; columns.len() + 1];
        start[0] = level;
        let search = Search {
            likelihood: &fitted,
            penalised: penalty > 0.0,
            exact: columns.len() <= EXACT_MAX,
        };
        let (model, pass) = search.run(start)?;
        let errors = search.exact.then(|| search.errors(&pass, penalty));
        Ok(Self::outward(fitted.scales, model, errors))
    }

    fn outward(scales: Vec<Scale>, model: Vec<f64>, errors: Option<Vec<f64>>) -> Self {
        let weights = scales.iter().zip(&model[1..]);
        let weights: Vec<f64> = weights.map(|(s, w)| s.outward(*w)).collect();
        let means = scales.iter().zip(&model[1..]);
        let intercept = model[0] - means.map(|(s, w)| w * s.zero()).sum::<f64>();
        Self {
            intercept,
            weights,
            errors,
            scales,
            model,
        }
    }

    /// The log odds of each row; a value that is missing counts as the column's mean in the fitted rows.
    /// Rows are those of the shortest column; the model's columns that are not given count as their means.
    pub fn log_odds(&self, columns: &[&[f64]]) -> Vec<f64> {
        let rows = columns.iter().map(|c| c.len()).min().unwrap_or(0);
        let columns = &columns[..columns.len().min(self.scales.len())];
        let mut made = vec![0.0; rows];
        let mut block = vec![0.0; BLOCK * columns.len()];
        for (odds, from) in made.chunks_mut(BLOCK).zip((0..).step_by(BLOCK)) {
            let block = fill(columns, &self.scales, from, odds.len(), &mut block);
            along(&self.model, block, odds);
        }
        made
    }

    /// The probability of `true` of each row, as [`Logistic::log_odds`].
    pub fn probabilities(&self, columns: &[&[f64]]) -> Vec<f64> {
        let mut made = self.log_odds(columns);
        made.iter_mut().for_each(|x| *x = probability(*x));
        made
    }
}

/// Refuses what cannot be fitted; returns the log odds of all rows together.
fn checked(
    columns: &[&[f64]],
    labels: &[bool],
    penalty: f64,
    weights: Option<&[f64]>,
) -> Result<f64, Unfit> {
    let even = columns.iter().all(|c| c.len() == labels.len());
    let fair = |w: &f64| w.is_finite() && *w >= 0.0;
    let weighed = weights.is_none_or(|w| w.len() == labels.len() && w.iter().all(fair));
    if !even || !weighed || !fair(&penalty) {
        return Err(Unfit::Shape);
    }
    if !columns.iter().all(|c| c.iter().all(|x| x.is_finite())) {
        return Err(Unfit::NotFinite);
    }
    let mut sums = [0.0; 2];
    for (at, label) in labels.iter().enumerate() {
        sums[usize::from(*label)] += weights.map_or(1.0, |w| w[at]);
    }
    let level = (sums[1] / sums[0]).ln();
    if level.is_finite() {
        Ok(level)
    } else {
        Err(Unfit::OneClass)
    }
}

struct Search<'a> {
    likelihood: &'a Likelihood<'a>,
    penalised: bool,
    exact: bool,
}

impl Search<'_> {
    /// Newton's steps from `model` to the best one.
    fn run(&self, mut model: Vec<f64>) -> Result<(Vec<f64>, Pass), Unfit> {
        let mut pass = self.likelihood.pass(&model, self.exact);
        let mut moved = 0.0;
        for count in 0..STEPS_MAX {
            let Some(step) = self.step(&pass) else {
                return Err(match count {
                    0 => Unfit::Collinear,
                    _ => Unfit::Separated,
                });
            };
            let Some((next, at, by)) = self.halved(&model, &pass, &step) else {
                // No shorter step is better: this is the best that floats can tell apart.
                return Ok((model, pass));
            };
            moved = by * largest(&step);
            (model, pass) = (next, at);
            if moved <= STEP_MIN * (1.0 + largest(&model)) {
                return Ok((model, pass));
            }
        }
        if !self.penalised && moved > GROWS {
            return Err(Unfit::Separated);
        }
        Ok((model, pass))
    }

    /// Newton's step; `None` if the second derivatives have no inverse.
    fn step(&self, pass: &Pass) -> Option<Vec<f64>> {
        let down: Vec<f64> = pass.gradient.iter().map(|x| -x).collect();
        if self.exact {
            return Some(self.factor(pass)?.solved(&down));
        }
        let product = |by: &[f64]| self.likelihood.bent(pass, by);
        let step = conjugate(product, &down, 1e-3, INNER_MAX);
        step.iter().all(|x| x.is_finite()).then_some(step)
    }

    fn factor(&self, pass: &Pass) -> Option<Factor> {
        let size = pass.gradient.len();
        let mut upper = pass.hessian.clone();
        for at in 0..size {
            // A constant column keeps its weight of 0.
            if upper[at * size + at] <= 0.0 && at > 0 {
                upper[at * size + at] = 1.0;
            }
        }
        Factor::of(&upper, size, 1e-12, self.penalised)
    }

    /// The whole step or the first of its halves that does not make the loss larger.
    fn halved(&self, model: &[f64], pass: &Pass, step: &[f64]) -> Option<(Vec<f64>, Pass, f64)> {
        let mut by = 1.0;
        for _ in 0..30 {
            let next: Vec<f64> = model.iter().zip(step).map(|(m, s)| m + by * s).collect();
            let at = self.likelihood.pass(&next, self.exact);
            if at.loss <= pass.loss + 1e-13 * pass.loss.abs() {
                return Some((next, at, by));
            }
            by /= 2.0;
        }
        None
    }

    /// Standard errors of the intercept and weights of the columns as they are.
    fn errors(&self, pass: &Pass, penalty: f64) -> Vec<f64> {
        let size = pass.gradient.len();
        let Some(factor) = self.factor(pass) else {
            return vec![f64::INFINITY; size];
        };
        let scales = &self.likelihood.scales;
        let variance = |direction: &[f64]| {
            let solved = factor.solved(direction);
            solved
                .iter()
                .zip(direction)
                .map(|(a, b)| a * b)
                .sum::<f64>()
        };
        let mut direction = vec![1.0; size];
        for (to, scale) in direction[1..].iter_mut().zip(scales) {
            *to = -scale.zero();
        }
        let mut made = vec![variance(&direction).sqrt()];
        for (at, scale) in scales.iter().enumerate() {
            direction.fill(0.0);
            direction[at + 1] = 1.0;
            made.push(if scale.is_constant() {
                (1.0 / penalty).sqrt()
            } else {
                scale.outward(variance(&direction).sqrt())
            });
        }
        made
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, x| most.max(x.abs()))
}

#[cfg(test)]
mod tests;
