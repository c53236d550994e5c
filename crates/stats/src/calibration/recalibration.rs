//! The line that would mend probabilities: logistic regression of the outcome on one number.

use super::forecasts::Forecasts;
use crate::figure::Figure;
use crate::moments::Moments;
use crate::proportion::z;

/// Probabilities nearer to 0 or 1 than this count as so near.
const EDGE: f64 = 1e-12;
const STEPS_MAX: usize = 100;
/// Newton's decrement, in squared standard errors, at which the fit stands.
const SETTLED: f64 = 1e-16;
const METHOD: &str = "logistic_newton";

/// `log odds of the outcome = intercept + slope · x`, by maximum likelihood without a penalty, with
/// Wald's intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The slope. Of log odds on log odds: 1 is right, below 1 the probabilities are too extreme.
    pub slope: Figure,
    /// The intercept.
    pub intercept: Figure,
    /// Standard error of the slope.
    pub slope_se: Option<f64>,
    /// Standard error of the intercept.
    pub intercept_se: Option<f64>,
}

impl Line {
    fn new(fit: Result<Fit, &'static str>, n: u64) -> Self {
        let fit = match fit {
            Ok(fit) => fit,
            Err(reason) => {
                return Self {
                    slope: Figure::undefined(reason, n, METHOD),
                    intercept: Figure::undefined(reason, n, METHOD),
                    slope_se: None,
                    intercept_se: None,
                };
            }
        };
        let wald = |x: f64, se: f64| Figure::new(x, (x - z() * se, x + z() * se), n, METHOD);
        Self {
            slope: wald(fit.slope, fit.slope_se),
            intercept: wald(fit.intercept, fit.intercept_se),
            slope_se: Some(fit.slope_se).filter(|x| x.is_finite()),
            intercept_se: Some(fit.intercept_se).filter(|x| x.is_finite()),
        }
    }

    /// The probability that the line gives to `x`; `None` if the line is undefined or `x` is NaN.
    pub fn probability(&self, x: f64) -> Option<f64> {
        let log_odds = self.intercept.value? + self.slope.value? * x;
        Some(sigmoid(log_odds)).filter(|p| !p.is_nan())
    }
}

impl Forecasts {
    /// The line of recalibration (Cox 1958): the outcome on the log odds of the probability, which is cut
    /// to [1e-12, 1 − 1e-12]. Undefined with one class only, equal probabilities, or where a threshold
    /// parts the classes, since then no line is the best.
    pub fn recalibration(&self) -> Line {
        let xs: Vec<f64> = self.probabilities().iter().map(|p| logit(*p)).collect();
        Line::new(fit(&xs, self.outcomes()), self.n())
    }

    /// Calibration in the large: the intercept with the slope held at 1. Above zero the probabilities are
    /// too low.
    pub fn in_the_large(&self) -> Figure {
        const METHOD: &str = "logistic_offset";
        let (n, k) = (self.n(), self.positives());
        if k == 0 || k == n {
            return Figure::undefined("there is one class only", n, METHOD);
        }
        let xs: Vec<f64> = self.probabilities().iter().map(|p| logit(*p)).collect();
        // The sum of probabilities rises with the shift: Newton's steps, kept within a shrinking bracket.
        let (mut low, mut high, mut shift) = (-80.0, 80.0, 0.0);
        let mut weight = 0.0;
        for _ in 0..STEPS_MAX {
            let (mut sum, mut spread) = (0.0, 0.0);
            for x in &xs {
                let p = sigmoid(x + shift);
                sum += p;
                spread += p * (1.0 - p);
            }
            weight = spread;
            let off = k as f64 - sum;
            if off > 0.0 {
                low = shift;
            } else {
                high = shift;
            }
            let step = off / spread;
            if off * step <= SETTLED {
                break;
            }
            let next = shift + step;
            shift = if next > low && next < high {
                next
            } else {
                f64::midpoint(low, high)
            };
        }
        let half = z() / weight.sqrt();
        Figure::new(shift, (shift - half, shift + half), n, METHOD)
    }
}

/// Platt scaling (1999): the line of the outcome on a raw score, which [`Line::probability`] then turns
/// into a probability. By plain maximum likelihood, without Platt's smoothed targets. Rows whose score is
/// not finite are left out.
pub fn platt(scores: &[f64], outcomes: &[bool]) -> Line {
    let rows = scores.iter().zip(outcomes).filter(|(x, _)| x.is_finite());
    let (xs, ys): (Vec<f64>, Vec<bool>) = rows.map(|(x, y)| (*x, *y)).unzip();
    Line::new(fit(&xs, &ys), xs.len() as u64)
}

struct Fit {
    slope: f64,
    intercept: f64,
    slope_se: f64,
    intercept_se: f64,
}

/// Newton's method on scores brought to mean 0 and spread 1.
fn fit(xs: &[f64], ys: &[bool]) -> Result<Fit, &'static str> {
    overlapping(xs, ys)?;
    let largest = xs.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let scaled: Vec<f64> = xs.iter().map(|x| x / largest).collect();
    let moments = Moments::of(&scaled);
    let spread = (moments.m2 / moments.n as f64).sqrt();
    if !(spread > 0.0 && spread.is_finite()) {
        return Err("all scores are equal");
    }
    let us: Vec<f64> = scaled.iter().map(|x| (x - moments.mean) / spread).collect();
    let positives = ys.iter().filter(|y| **y).count() as f64;
    let mut at = [logit(positives / ys.len() as f64), 0.0];
    let mut now = Likelihood::at(&us, ys, at);
    for _ in 0..STEPS_MAX {
        let step = now.step().ok_or("the fit does not converge")?;
        let decrement = step[0] * now.slope[0] + step[1] * now.slope[1];
        let mut part = 1.0;
        let mut next = Likelihood::at(&us, ys, [at[0] + step[0], at[1] + step[1]]);
        while next.value < now.value - 1e-9 * now.value.abs() && part > 1e-6 {
            part /= 2.0;
            next = Likelihood::at(&us, ys, [at[0] + part * step[0], at[1] + part * step[1]]);
        }
        at = [at[0] + part * step[0], at[1] + part * step[1]];
        now = next;
        if decrement <= SETTLED {
            return now.fit(at, (moments.mean / spread, largest * spread));
        }
    }
    Err("the fit does not converge")
}

/// A best line exists if and only if no threshold parts the classes (Albert and Anderson 1984).
fn overlapping(xs: &[f64], ys: &[bool]) -> Result<(), &'static str> {
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut negative, mut positive) = (none, none);
    for (x, y) in xs.iter().zip(ys) {
        let side = if *y { &mut positive } else { &mut negative };
        *side = (side.0.min(*x), side.1.max(*x));
    }
    if negative == none || positive == none {
        return Err("there is one class only");
    }
    if negative.0.min(positive.0) >= negative.1.max(positive.1) {
        return Err("all scores are equal");
    }
    if negative.1 <= positive.0 || positive.1 <= negative.0 {
        return Err("a threshold parts the classes");
    }
    Ok(())
}

/// Log likelihood with its first and second derivatives.
struct Likelihood {
    value: f64,
    slope: [f64; 2],
    curve: [f64; 3],
}

impl Likelihood {
    fn at(us: &[f64], ys: &[bool], [a, b]: [f64; 2]) -> Self {
        let mut made = Self {
            value: 0.0,
            slope: [0.0; 2],
            curve: [0.0; 3],
        };
        for (u, y) in us.iter().zip(ys) {
            let odds = a + b * u;
            let tail = (-odds.abs()).exp();
            let p = if odds >= 0.0 { 1.0 } else { tail } / (1.0 + tail);
            let own = if *y { odds } else { 0.0 };
            made.value += own - odds.max(0.0) - tail.ln_1p();
            let (off, weight) = (f64::from(u8::from(*y)) - p, p * (1.0 - p));
            made.slope[0] += off;
            made.slope[1] += off * u;
            made.curve[0] += weight;
            made.curve[1] += weight * u;
            made.curve[2] += weight * u * u;
        }
        made
    }

    fn inverse(&self) -> Option<[f64; 3]> {
        let [a, b, c] = self.curve;
        let det = a * c - b * b;
        (det > 0.0).then(|| [c / det, -b / det, a / det])
    }

    fn step(&self) -> Option<[f64; 2]> {
        let [a, b, c] = self.inverse()?;
        let [g, h] = self.slope;
        Some([a * g + b * h, b * g + c * h])
    }

    /// The line in the scores' own units; `middle` and `unit` undo the scaling.
    fn fit(&self, [a, b]: [f64; 2], (middle, unit): (f64, f64)) -> Result<Fit, &'static str> {
        let [va, vab, vb] = self.inverse().ok_or("the fit does not converge")?;
        Ok(Fit {
            slope: b / unit,
            intercept: a - b * middle,
            slope_se: vb.sqrt() / unit,
            intercept_se: (va - 2.0 * middle * vab + middle * middle * vb)
                .max(0.0)
                .sqrt(),
        })
    }
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(EDGE, 1.0 - EDGE);
    (p / (1.0 - p)).ln()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
