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
}
