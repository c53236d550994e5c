//! Drift of one column, and of the data as a whole.

use super::figure::Figure;
use serde::{Deserialize, Serialize};

/// Whether a column drifted by one method.
///
/// It drifted when the effect is material (at or above `threshold`; of shares of rows: when it may be so large) and
/// significant (`adjusted_p_value` at or below `alpha`) at the sizes of both samples.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The verdict.
    pub drifted: bool,
    /// Whether it can be told neither that it drifted nor that it did not: the effect lies beyond `threshold`, and at
    /// these sizes chance may have made it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub undecided: bool,
    /// The method, e.g. `wasserstein_normed`.
    pub method: String,
    /// What the method computes, uncorrected.
    #[serde(default)]
    pub statistic: Option<f64>,
    /// Probability of so much without any change.
    #[serde(default)]
    pub p_value: Option<f64>,
    /// The effect from which on it is material.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// `p_value` corrected for the number of columns, and for the comparisons of the column. One beside the column's
    /// method counts as significant, too, if the method is.
    #[serde(default)]
    pub adjusted_p_value: Option<f64>,
    /// The bound of `adjusted_p_value`.
    #[serde(default)]
    pub alpha: Option<f64>,
    /// The effect's size that is held against `threshold`; of distances (Wasserstein's, Jensen–Shannon's and the like)
    /// what sizes alone explain is taken off, of tests and shares it is as measured.
    #[serde(default)]
    pub effect: Option<f64>,
    /// Of shares of rows how large the effect may be, four standard errors out; this, not `effect`, is held against
    /// `threshold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<f64>,
    /// What `statistic` would be without any change, at these sizes.
    #[serde(default)]
    pub expected: Option<f64>,
    /// What it drifted by, if not by the method itself, e.g. the `share` of a category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<DecidedBy>,
    /// The verdict for people.
    #[serde(default)]
    pub sentence: String,
}

/// A comparison beside a column's method that made it drift.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DecidedBy {
    /// `share`, `ks`, `missing`, `unseen` or `range`.
    pub method: String,
    /// Its effect.
    pub effect: Option<f64>,
    /// The effect that it reaches, or may reach within four standard errors.
    pub threshold: f64,
    /// How large the effect may be, four standard errors out, where that is held against `threshold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(is: &bool) -> bool {
    !is
}

impl Drift {
    /// Name, effect and threshold of what decided.
    pub fn decisive(&self) -> (&str, Option<f64>, Option<f64>) {
        match &self.decided_by {
            Some(by) => (&by.method, by.effect, Some(by.threshold)),
            None => (&self.method, self.effect.or(self.statistic), self.threshold),
        }
    }

    /// How large the effect that decided may be, if it does not reach its threshold itself.
    pub fn may_be(&self) -> Option<f64> {
        let (_, effect, threshold) = self.decisive();
        let reach = match &self.decided_by {
            Some(by) => by.reach,
            None => self.reach,
        };
        reach
            .filter(|_| self.drifted && effect.zip(threshold).is_some_and(|(x, max)| x.abs() < max))
    }

    /// The effect that decided in units of its threshold, so that methods compare; 0 if either is unknown.
    pub fn strength(&self) -> f64 {
        let (_, effect, threshold) = self.decisive();
        match (effect, threshold) {
            (Some(effect), Some(threshold)) if threshold > 0.0 && effect.is_finite() => {
                effect.abs() / threshold
            }
            _ => 0.0,
        }
    }
}

/// Drift of the data as a whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DataDrift {
    /// Whether the model's data drifted.
    pub drifted: bool,
    /// Drifted inputs.
    #[serde(default)]
    pub drifted_count: u64,
    /// Inputs that were judged.
    #[serde(default)]
    pub judged_count: u64,
    /// Share of inputs that drifted, each counted once.
    #[serde(default)]
    pub share: Option<f64>,
    /// The same weighted by importance.
    #[serde(default)]
    pub weighted_share: Option<f64>,
    /// The share above which the data drifted.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// The verdict for people.
    #[serde(default)]
    pub sentence: String,
    /// Methods that look at all columns together.
    #[serde(default)]
    pub joint: Vec<JointDrift>,
}

/// What a method says that looks at all columns together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JointDrift {
    /// The method, e.g. `domain_classifier`.
    pub method: String,
    /// What it measures.
    pub figure: Figure,
    /// Bounds outside which it drifted.
    #[serde(default)]
    pub lower: Option<f64>,
    /// See `lower`.
    #[serde(default)]
    pub upper: Option<f64>,
    /// The verdict.
    #[serde(default)]
    pub drifted: bool,
    /// Whether it can be told neither that they drifted nor that they did not: the interval has the bound inside.
    #[serde(default, skip_serializing_if = "is_false")]
    pub undecided: bool,
    /// The columns that tell both sides apart, strongest first; none if they do not.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The verdict for people.
    #[serde(default)]
    pub sentence: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_is_the_effect_in_units_of_its_threshold() {
        for (effect, statistic, threshold, strength) in [
            (Some(0.3), Some(0.4), Some(0.1), 3.0),
            (None, Some(-0.2), Some(0.1), 2.0),
            (Some(0.3), None, None, 0.0),
            (Some(0.3), None, Some(0.0), 0.0),
            (Some(f64::NAN), None, Some(0.1), 0.0),
            (None, None, Some(0.1), 0.0),
        ] {
            let drift = Drift {
                effect,
                statistic,
                threshold,
                ..Drift::default()
            };
            assert!((drift.strength() - strength).abs() < 1e-12, "{drift:?}");
        }
    }
}
