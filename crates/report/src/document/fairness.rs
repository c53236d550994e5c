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
    /// The attribute, or attributes joined by ` × `.
    pub attribute: String,
    /// The group's value.
    pub group: String,
    /// Its rows.
    pub n: u64,
    /// Whether it is too small to be shown by itself.
    #[serde(default)]
    pub suppressed: bool,
    /// `base_rate`, `selection_rate`, `tpr`, `fpr`, `fnr`, `fdr`, `ppv`, `calibration`, … → figure.
    #[serde(flatten)]
    pub rates: BTreeMap<String, Figure>,
}

/// How far the groups of an attribute lie apart in one rate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Disparity {
    /// The attribute.
    pub attribute: String,
    /// The rate.
    pub measure: String,
    /// The group with the lowest rate.
    #[serde(default)]
    pub lowest: String,
    /// The group with the highest rate.
    #[serde(default)]
    pub highest: String,
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
    /// Whether the interval lies beyond a bound.
    #[serde(default)]
    pub breach: bool,
    /// The verdict for people.
    #[serde(default)]
    pub sentence: String,
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
