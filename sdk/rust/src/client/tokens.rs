//! Tokens of the server's doors.

use super::{Client, escape};
use crate::Result;
use serde_json::{Value, json};

impl Client {
    /// All tokens, without their secret part.
    ///
    /// # Errors
    /// The server refused or could not be reached.
    pub fn tokens(&self) -> Result<Vec<Value>> {
        self.all("/v1/tokens")
    }

    /// Makes a token; the answer's `token` is shown only now. `expires_at` is RFC 3339.
    ///
    /// # Errors
    /// `invalid_token` names what is wrong.
    pub fn create_token(
        &self,
        name: &str,
        scopes: &[String],
        expires_at: Option<&str>,
    ) -> Result<Value> {
        let body = json!({"name": name, "scopes": scopes, "expires_at": expires_at}).to_string();
        self.post("/v1/tokens", &body)
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// `not_found` if there is none.
    pub fn revoke_token(&self, id: &str) -> Result<()> {
        self.delete(format!("/v1/tokens/{}", escape(id)))
    }
}
