//! How figures were made.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A method that was used, with everything that was chosen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// Its name, as figures have it in `method`.
    pub name: String,
    /// What it served: `drift`, `quality`, `performance`, …
    #[serde(default)]
    pub area: String,
    /// What it computes, for people.
    #[serde(default)]
    pub definition: String,
    /// The threshold that verdicts were made with.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// Everything else that was chosen: levels, bins, seeds, sizes of samples.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    /// Paper, standard or peer that it comes from.
    #[serde(default)]
    pub source: Option<String>,
}
