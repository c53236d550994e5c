//! Corrections of many tests at once.

/// How p-values of a family of tests are adjusted. A test is significant at a level if its adjusted
/// p-value is at most that level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// m·p: chance of any false alarm, whatever the dependence.
    Bonferroni,
    /// The same by steps from the smallest (Holm 1979): never weaker.
    Holm,
    /// By steps from the largest (Hochberg 1988): never weaker than Holm, for independent tests.
    Hochberg,
    /// Expected share of false alarms among all alarms (Benjamini and Hochberg 1995), for independent or
    /// positively dependent tests.
    BenjaminiHochberg,
    /// The same, whatever the dependence (Benjamini and Yekutieli 2001).
    BenjaminiYekutieli,
}

impl Correction {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Bonferroni,
        Self::Holm,
        Self::Hochberg,
        Self::BenjaminiHochberg,
        Self::BenjaminiYekutieli,
    ];

    /// Its key, as written in `methods`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bonferroni => "bonferroni",
            Self::Holm => "holm",
            Self::Hochberg => "hochberg",
            Self::BenjaminiHochberg => "benjamini_hochberg",
            Self::BenjaminiYekutieli => "benjamini_yekutieli",
        }
    }

    /// The adjusted p-values, in the order of `p`. What is not a number shows nothing and counts as 1.
    pub fn adjusted(self, p: &[f64]) -> Vec<f64> {
        let p: Vec<f64> = p.iter().map(|p| cut(*p)).collect();
        let m = p.len() as f64;
        let harmonic = || (1..=p.len()).map(|k| 1.0 / k as f64).sum::<f64>();
        match self {
            Self::Bonferroni => p.iter().map(|p| cut(m * p)).collect(),
            Self::Holm => from_smallest(&p, |rank| m - rank + 1.0),
            Self::Hochberg => from_largest(&p, |rank| m - rank + 1.0),
            Self::BenjaminiHochberg => from_largest(&p, |rank| m / rank),
            Self::BenjaminiYekutieli => {
                let sum = harmonic();
                from_largest(&p, |rank| m * sum / rank)
            }
        }
    }
}

/// Adjusted levels of e-values, in the order of `e` (e-BH, Wang and Ramdas 2022): rejecting what is at most α
/// keeps the expected share of false alarms at α, whatever the dependence. What is not a number counts as 0.
pub fn e_adjusted(e: &[f64]) -> Vec<f64> {
    let inverse: Vec<f64> = e.iter().map(|e| cut(1.0 / e.max(0.0))).collect();
    let m = e.len() as f64;
    from_largest(&inverse, |rank| m / rank)
}

/// Into [0, 1]; 1 for what is not a number.
fn cut(p: f64) -> f64 {
    if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) }
}

/// Positions of `p`, ascending by its values.
fn ranked(p: &[f64]) -> Vec<(usize, f64)> {
    let mut ranked: Vec<(usize, f64)> = p.iter().copied().enumerate().collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    ranked
}

/// The running largest of p times a factor of its rank, from the smallest p on.
fn from_smallest(p: &[f64], factor: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut so_far = 0.0_f64;
    let steps = ranked(p).into_iter().enumerate().map(|(at, (place, p))| {
        so_far = so_far.max(cut(p * factor(at as f64 + 1.0)));
        (place, so_far)
    });
    placed(steps.collect())
}

/// The running smallest of p times a factor of its rank, from the largest p on.
fn from_largest(p: &[f64], factor: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut so_far = 1.0_f64;
    let steps = ranked(p)
        .into_iter()
        .enumerate()
        .rev()
        .map(|(at, (place, p))| {
            so_far = so_far.min(cut(p * factor(at as f64 + 1.0)));
            (place, so_far)
        });
    placed(steps.collect())
}

fn placed(mut values: Vec<(usize, f64)>) -> Vec<f64> {
    values.sort_unstable_by_key(|(place, _)| *place);
    values.into_iter().map(|(_, value)| value).collect()
}
