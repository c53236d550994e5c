//! The penalised likelihood of a logistic model, and its slope and curvature, in one pass over the rows.

use super::scaling::Scale;
use crate::learn::components::BLOCK;
use crate::learn::components::products::{add_scaled, dot};

/// What is fitted. Models are an intercept, then one weight for each standardised column.
pub(super) struct Likelihood<'a> {
    pub(super) columns: &'a [&'a [f64]],
    pub(super) scales: Vec<Scale>,
    pub(super) labels: &'a [bool],
    pub(super) weights: Option<&'a [f64]>,
    /// The penalty of each weight of a standardised column.
    pub(super) ridge: Vec<f64>,
}

/// At one model.
pub(super) struct Pass {
    /// Half the penalty's sum of squares minus the log of the likelihood.
    pub(super) loss: f64,
    pub(super) gradient: Vec<f64>,
    /// Upper triangle of the matrix of second derivatives by rows; empty unless asked for.
    pub(super) hessian: Vec<f64>,
    /// The curvature of each row's loss.
    curvature: Vec<f64>,
}

/// 1 / (1 + e⁻ˣ).
pub(super) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

impl Likelihood<'_> {
    pub(super) fn pass(&self, model: &[f64], with_hessian: bool) -> Pass {
        let size = model.len();
        let rows = self.labels.len();
        let mut made = Pass {
            loss: 0.0,
            gradient: vec![0.0; size],
            hessian: vec![0.0; if with_hessian { size * size } else { 0 }],
            curvature: Vec::with_capacity(rows),
        };
        let mut block = vec![0.0; BLOCK * self.columns.len()];
        let (mut odds, mut slope) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
        for from in (0..rows).step_by(BLOCK) {
            let count = BLOCK.min(rows - from);
            let block = self.filled(from, count, &mut block);
            let odds = &mut odds[..count];
            along(model, block, odds);
            let slope = &mut slope[..count];
            made.loss += self.rows(from, odds, slope, &mut made.curvature);
            made.gradient[0] += slope.iter().sum::<f64>();
            let columns = block.chunks_exact(count);
            for (sum, column) in made.gradient[1..].iter_mut().zip(columns) {
                *sum += dot(column, slope);
            }
            if with_hessian {
                let curvature = &made.curvature[from..];
                bend(&mut made.hessian, size, block, curvature, slope);
            }
        }
        for (at, (ridge, x)) in self.ridge.iter().zip(&model[1..]).enumerate() {
            made.loss += 0.5 * ridge * x * x;
            made.gradient[at + 1] += ridge * x;
            if with_hessian {
                made.hessian[(at + 1) * size + at + 1] += ridge;
            }
        }
        made
    }

    /// The product of the second derivatives at `pass` with `by`.
    pub(super) fn bent(&self, pass: &Pass, by: &[f64]) -> Vec<f64> {
        let mut made = vec![0.0; by.len()];
        let mut block = vec![0.0; BLOCK * self.columns.len()];
        let mut part = vec![0.0; BLOCK];
        let rows = self.labels.len();
        for from in (0..rows).step_by(BLOCK) {
            let count = BLOCK.min(rows - from);
            let block = self.filled(from, count, &mut block);
            let part = &mut part[..count];
            along(by, block, part);
            for (part, curvature) in part.iter_mut().zip(&pass.curvature[from..]) {
                *part *= curvature;
            }
            made[0] += part.iter().sum::<f64>();
            for (sum, column) in made[1..].iter_mut().zip(block.chunks_exact(count)) {
                *sum += dot(column, part);
            }
        }
        for ((sum, ridge), x) in made[1..].iter_mut().zip(&self.ridge).zip(&by[1..]) {
            *sum += ridge * x;
        }
        made
    }

    /// Slopes and curvatures of `odds.len()` rows from `from` on; returns their loss.
    fn rows(&self, from: usize, odds: &[f64], slope: &mut [f64], curvature: &mut Vec<f64>) -> f64 {
        let mut loss = 0.0;
        for (at, (x, slope)) in odds.iter().zip(slope).enumerate() {
            let weight = self.weights.map_or(1.0, |w| w[from + at]);
            let label = f64::from(self.labels[from + at]);
            // e^−|x| serves the loss, the probability and its curvature.
            let small = (-x.abs()).exp();
            let (one, rest) = (1.0 / (1.0 + small), small / (1.0 + small));
            let p = if *x >= 0.0 { one } else { rest };
            loss += weight * (x.max(0.0) + small.ln_1p() - label * x);
            *slope = weight * (p - label);
            curvature.push(weight * one * rest);
        }
        loss
    }

    fn filled<'b>(&self, from: usize, count: usize, to: &'b mut [f64]) -> &'b [f64] {
        fill(self.columns, &self.scales, from, count, to)
    }
}

/// Standardised values of `count` rows from `from` on, column after column.
pub(super) fn fill<'b>(
    columns: &[&[f64]],
    scales: &[Scale],
    from: usize,
    count: usize,
    to: &'b mut [f64],
) -> &'b [f64] {
    let to = &mut to[..count * columns.len()];
    let parts = to.chunks_exact_mut(count).zip(columns).zip(scales);
    for ((to, column), scale) in parts {
        scale.fill(&column[from..from + count], to);
    }
    to
}

/// The log odds of each row of a block.
pub(super) fn along(model: &[f64], block: &[f64], odds: &mut [f64]) {
    odds.fill(model[0]);
    for (by, column) in model[1..].iter().zip(block.chunks_exact(odds.len())) {
        add_scaled(odds, *by, column);
    }
}

/// Adds a block's second derivatives; `scratch` is overwritten.
fn bend(hessian: &mut [f64], size: usize, block: &[f64], curvature: &[f64], scratch: &mut [f64]) {
    let count = scratch.len();
    hessian[0] += curvature.iter().sum::<f64>();
    for (j, column) in block.chunks_exact(count).enumerate() {
        for ((to, x), by) in scratch.iter_mut().zip(column).zip(curvature) {
            *to = x * by;
        }
        hessian[j + 1] += scratch.iter().sum::<f64>();
        let row = &mut hessian[(j + 1) * size + j + 1..(j + 2) * size];
        for (sum, other) in row.iter_mut().zip(block.chunks_exact(count).skip(j)) {
            *sum += dot(scratch, other);
        }
    }
}
