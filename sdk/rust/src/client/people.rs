//! What is kept of people: keys of their hashes, and erasure.

use super::{Client, escape};
use crate::Result;
use serde_json::{Value, json};

impl Client {
    /// The installation's keys, without their secrets.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn keys(&self) -> Result<Value> {
        self.read("/v1/keys")
    }

    /// Makes a new key for a purpose, `subject` or `personal`; older ones are kept.
    ///
    /// # Errors
    /// `not_rotated` if the purpose's key cannot be.
    pub fn rotate_key(&self, purpose: &str) -> Result<Value> {
        self.post(&format!("/v1/keys/{}/rotate", escape(purpose)), "{}")
    }

    /// Erases a person's rows, of one model or all; answers with the receipt when they are gone.
    ///
    /// # Errors
    /// Nothing is promised: ask again.
    pub fn erase(&self, subject: &str, model: Option<&str>) -> Result<Value> {
        let body = json!({"subject": subject, "model": model}).to_string();
        self.post("/v1/erasures", &body)
    }
}
