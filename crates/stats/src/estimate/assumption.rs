//! What estimates take for granted.

use super::audit::ConceptShift;
use crate::figure::Figure;

/// A p-value below which an assumption counts as broken.
const LEVEL: f64 = 0.01;

/// Share of rows outside the reference's support beyond which an assumption counts as broken.
const OUTSIDE_MAX: f64 = 0.05;

/// Whether an assumption was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was there to check it with.
    Unchecked,
    /// It was, and nothing speaks against it.
    Unrefuted,
    /// It does not hold: the estimate may be wrong by any amount.
    Broken,
}

/// An assumption of an estimate, to be printed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumption {
    /// A key, e.g. `no_concept_shift`.
    pub name: &'static str,
    /// One sentence for people.
    pub sentence: &'static str,
    /// Whether it was checked.
    pub standing: Standing,
}

const fn assumed(name: &'static str, sentence: &'static str) -> Assumption {
    Assumption {
        name,
        sentence,
        standing: Standing::Unchecked,
    }
}

const CONCEPT: Assumption = assumed(
    "no_concept_shift",
    "Rows with the same inputs turn out as they did in the reference; if that relation changes, no method without outcomes can see it.",
);
const SUPPORT: Assumption = assumed(
    "covered_region",
    "Rows lie where the reference has rows; elsewhere the estimate is a guess.",
);
const CALIBRATION: Assumption = assumed(
    "calibrated_scores",
    "Scores, calibrated on the reference, are probabilities for current rows too, in every part of them.",
);
const WEIGHTED: Assumption = assumed(
    "known_density_ratio",
    "The classifier that tells current from reference rows weighs the reference as the current population would.",
);
const LOSSES: Assumption = assumed(
    "errors_follow_inputs",
    "How large errors are depends on inputs and prediction as it did in the reference.",
);
const LABELS: Assumption = assumed(
    "random_labels",
    "Rows whose outcome is known are a random sample of the rows that the figure is about.",
);

impl Assumption {
    /// What [`super::Cbpe`] takes for granted.
    pub const CBPE: [Assumption; 3] = [CONCEPT, CALIBRATION, SUPPORT];
    /// What [`super::Cbpe`] with a [`super::DensityRatio`] takes for granted.
    pub const WEIGHTED: [Assumption; 3] = [CONCEPT, WEIGHTED, SUPPORT];
    /// What [`super::Dle`] takes for granted.
    pub const DLE: [Assumption; 3] = [CONCEPT, LOSSES, SUPPORT];
    /// What prediction-powered figures take for granted.
    pub const AUDIT: [Assumption; 1] = [LABELS];

    /// Holds it against a test of concept shift and the share of rows outside the reference's support, if
    /// they are there and speak about it. A test breaks it at p < 0.01, a share if its whole interval is
    /// above 5 %.
    #[must_use]
    pub fn checked(mut self, shift: Option<&ConceptShift>, outside: Option<&Figure>) -> Self {
        let broken = match self.name {
            "no_concept_shift" | "calibrated_scores" => {
                shift.filter(|s| s.freedom > 0).map(|s| s.p < LEVEL)
            }
            "covered_region" => outside
                .and_then(|share| share.low)
                .map(|low| low > OUTSIDE_MAX),
            _ => None,
        };
        if let Some(broken) = broken {
            self.standing = if broken {
                Standing::Broken
            } else {
                Standing::Unrefuted
            };
        }
        self
    }
}
