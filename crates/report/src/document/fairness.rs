//! Groups of the protected attributes, and how far apart they are.

use super::figure::Figure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Groups and disparities.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fairness {
    /// By attribute, then group.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Worst first.
    #[serde(default)]
    pub disparities: Vec<Disparity>,
}

/// One group of one attribute.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The attribute, or attributes joined by ` & `.
    pub attribute: String,
    /// The group's value.
    pub group: String,
    /// Its rows.
    pub n: u64,
    /// Whether it is too small to be shown by itself.
    #[serde(default)]
    pub suppressed: bool,
    /// Of groups that are too small and counted together: their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pooled: Vec<String>,
    /// A figure's own `n` is that of the rate, e.g. of `tpr` the positive outcomes; too few of them have no value.
    /// `base_rate`, `selection_rate`, `tpr`, `fpr`, `fnr`, `fdr`, `ppv`, `calibration`, … → figure.
    #[serde(flatten)]
    pub rates: BTreeMap<String, Figure>,
}

/// What the interval of a gap says about its bound.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum GapVerdict {
    /// All of it lies beyond the bound.
    Breach,
    /// The bound lies inside: more rows are needed to say.
    #[default]
    Open,
    /// All of it lies within.
    Within,
}

/// How far the groups of an attribute lie apart in one rate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Disparity {
    /// The attribute.
    pub attribute: String,
    /// The rate or the criterion, e.g. `equalised_odds`.
    pub measure: String,
    /// The group with the lowest rate of the pair that is farthest apart by difference.
    #[serde(default)]
    pub lowest: String,
    /// The group with the highest rate of it.
    #[serde(default)]
    pub highest: String,
    /// The rate in which they differ, e.g. `tpr`; none for calibration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// The lowest group of the pair that is farthest apart by ratio; empty without a ratio.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ratio_lowest: String,
    /// The highest group of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ratio_highest: String,
    /// The rate in which those differ, e.g. `fpr`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_rate: Option<String>,
    /// Highest less lowest.
    #[serde(default)]
    pub difference: Figure,
    /// Lowest over highest.
    #[serde(default)]
    pub ratio: Figure,
    /// The difference that is allowed.
    #[serde(default)]
    pub difference_max: Option<f64>,
    /// The ratio that is asked for.
    #[serde(default)]
    pub ratio_min: Option<f64>,
    /// Whether an interval lies beyond its bound; the same as `verdict` `breach`.
    #[serde(default)]
    pub breach: bool,
    /// Beyond a bound, within all, or not to be told yet.
    #[serde(default)]
    pub verdict: GapVerdict,
    /// The verdict for people.
    #[serde(default)]
    pub sentence: String,
}

impl Disparity {
    /// Its verdict; a document that tells of a breach only is believed.
    pub fn stands(&self) -> GapVerdict {
        if self.breach {
            GapVerdict::Breach
        } else {
            self.verdict
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_lie_beside_the_groups_name() {
        let text = r#"{"attribute": "sex", "group": "F", "n": 40, "suppressed": false,
            "tpr": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 20, "method": "wilson", "status": "ok"}}"#;
        let group: Group = serde_json::from_str(text).unwrap();
        assert_eq!(group.rates["tpr"].value, Some(0.5));
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&group).unwrap(), json);
    }
}
