//! Profiles of a model's columns.

use super::{Client, escape};
use crate::Result;
use serde_json::Value;

impl Client {
    /// Makes a model's profiles of the days of `range` anew, in the background; how far it is. The range:
    /// `{"from", "to"}`, with `"reference": {"from", "to"}` for new bins.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn rebuild_profiles(&self, model: &str, range: &Value) -> Result<Value> {
        let path = format!("/v1/models/{}/profiles/rebuild", escape(model));
        self.post(&path, &range.to_string())
    }

    /// How far the newest rebuild of a model's profiles is.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn rebuild_progress(&self, model: &str) -> Result<Value> {
        self.read(&format!("/v1/models/{}/profiles/rebuild", escape(model)))
    }
}
