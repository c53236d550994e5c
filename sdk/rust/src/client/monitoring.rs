//! How monitors stand, and what they would have told.

use super::{Client, escape};
use crate::Result;
use serde_json::Value;

impl Client {
    /// How the monitors of a model stand.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn monitors(&self, model: &str) -> Result<Value> {
        self.read(&format!("/v1/models/{}/monitors", escape(model)))
    }

    /// Runs monitors over a model's history: `{"model", "to", "monitors", "only"}`.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn backtest(&self, asked: &Value) -> Result<Value> {
        self.post("/v1/backtests", &asked.to_string())
    }

    /// Whether the observer can be believed: the newest run of each model or, of one model, its runs, the newest
    /// first.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn observer(&self, model: Option<&str>) -> Result<Vec<Value>> {
        match model {
            Some(model) => self.all(&format!("/v1/observer?model={}", escape(model))),
            None => self.all("/v1/observer"),
        }
    }

    /// Holds what the observer says of a model against what is known better, now.
    ///
    /// # Errors
    /// `not_found` without predictions in the lake; `busy` while another run is under way.
    pub fn observe(&self, model: &str) -> Result<Value> {
        let asked = serde_json::json!({"model": model});
        self.post("/v1/observer/runs", &asked.to_string())
    }
}
