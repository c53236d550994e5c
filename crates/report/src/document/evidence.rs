//! Keys that lead from a finding to its figures.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Where the figures of a finding stand.
///
/// In JSON a path of names, e.g. `columns/income` or `windows/performance/roc_auc`; `~` and `/` inside
/// a name are `~0` and `~1`, as in a JSON Pointer (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// A column.
    Column(String),
    /// Drift of the data as a whole.
    Drift,
    /// A check of quality, by name.
    Quality(String),
    /// A metric by outcomes.
    Performance(String),
    /// A metric without outcomes.
    EstimatedPerformance(String),
    /// The reliability curves.
    Calibration,
    /// A rate of an attribute's groups.
    Fairness {
        /// The attribute.
        attribute: String,
        /// The rate.
        measure: String,
    },
    /// A slice, by its place from 0.
    Slice(usize),
    /// A measure over the windows.
    Windows {
        /// `drift`, `quality`, `performance` or `estimated_performance`.
        family: String,
        /// The column, check or metric.
        name: String,
    },
    /// A key of a later version.
    Other(String),
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| escaped(name)).collect();
            names.join("/")
        };
        let key = match self {
            Evidence::Column(name) => path(&["columns", name]),
            Evidence::Drift => path(&["drift"]),
            Evidence::Quality(name) => path(&["quality", name]),
            Evidence::Performance(name) => path(&["performance", name]),
            Evidence::EstimatedPerformance(name) => path(&["estimated_performance", name]),
            Evidence::Calibration => path(&["calibration"]),
            Evidence::Fairness { attribute, measure } => path(&["fairness", attribute, measure]),
            Evidence::Slice(place) => path(&["slices", &place.to_string()]),
            Evidence::Windows { family, name } => path(&["windows", family, name]),
            Evidence::Other(key) => key.clone(),
        };
        f.write_str(&key)
    }
}

impl Evidence {
    /// Reads a key; one that is not known is kept as it is.
    pub fn of(key: &str) -> Self {
        let names: Vec<String> = key.split('/').map(plain).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names[..] {
            ["columns", name] => Evidence::Column(name.to_owned()),
            ["drift"] => Evidence::Drift,
            ["quality", name] => Evidence::Quality(name.to_owned()),
            ["performance", name] => Evidence::Performance(name.to_owned()),
            ["estimated_performance", name] => Evidence::EstimatedPerformance(name.to_owned()),
            ["calibration"] => Evidence::Calibration,
            ["fairness", attribute, measure] => Evidence::Fairness {
                attribute: attribute.to_owned(),
                measure: measure.to_owned(),
            },
            ["slices", place] => match place.parse() {
                Ok(place) => Evidence::Slice(place),
                Err(_) => Evidence::Other(key.to_owned()),
            },
            ["windows", family, name] => Evidence::Windows {
                family: family.to_owned(),
                name: name.to_owned(),
            },
            _ => Evidence::Other(key.to_owned()),
        }
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn plain(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Evidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_say_where() {
        let check = |evidence: Evidence, key: &str| {
            assert_eq!(evidence.to_string(), key);
            assert_eq!(Evidence::of(key), evidence);
        };
        check(Evidence::Column("income".into()), "columns/income");
        check(Evidence::Column("a/b~c".into()), "columns/a~1b~0c");
        check(Evidence::Drift, "drift");
        check(Evidence::Quality("id.unique".into()), "quality/id.unique");
        check(Evidence::Calibration, "calibration");
        check(Evidence::Slice(3), "slices/3");
        check(Evidence::Other("slices/x".into()), "slices/x");
        check(Evidence::Other("later/thing".into()), "later/thing");
        let windows = Evidence::Windows {
            family: "performance".into(),
            name: "ndcg@10".into(),
        };
        check(windows, "windows/performance/ndcg@10");
    }

    proptest! {
        #[test]
        fn any_name_comes_back(name in ".*", measure in ".*") {
            for evidence in [
                Evidence::Column(name.clone()),
                Evidence::Performance(name.clone()),
                Evidence::EstimatedPerformance(name.clone()),
                Evidence::Fairness { attribute: name.clone(), measure: measure.clone() },
            ] {
                prop_assert_eq!(Evidence::of(&evidence.to_string()), evidence);
            }
        }
    }
}
