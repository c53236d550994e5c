//! What one method says about two samples.

use crate::figure::Figure;

/// One method's answer on a reference and a current sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The method, as statistics and specs name it, e.g. `ks`.
    pub method: &'static str,
    /// Its statistic, with an interval where one is known; `n` counts the rows of both sides that it used.
    pub statistic: Figure,
    /// The probability of a statistic at least as extreme if nothing had changed; within [0, 1].
    pub p_value: Option<f64>,
    /// How large the difference is, on a scale that does not grow with the number of rows.
    pub effect: Option<f64>,
    /// What the effect is, e.g. `D` or `cramers_v`.
    pub effect_name: &'static str,
    /// Rows of the reference that were used.
    pub reference: u64,
    /// Rows of the current sample that were used.
    pub current: u64,
}

impl Comparison {
    /// What a method cannot tell of these samples, and why.
    pub fn undefined(
        method: &'static str,
        reason: &'static str,
        (reference, current): (u64, u64),
    ) -> Self {
        Self {
            method,
            statistic: Figure::undefined(reason, reference + current, method),
            p_value: None,
            effect: None,
            effect_name: "",
            reference,
            current,
        }
    }
}
