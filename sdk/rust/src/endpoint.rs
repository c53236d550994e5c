//! Where a server is, and how to be let in.

use std::time::Duration;

/// How long a request may take unless the endpoint says otherwise.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Where the server is.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Base address, e.g. `http://127.0.0.1:7411`.
    pub url: String,
    /// Bearer token, if the server wants one.
    pub token: Option<String>,
    /// How long one request may take.
    pub timeout: Duration,
}

impl Endpoint {
    /// A server at `url`, with the usual timeout and no token.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: None,
            timeout: TIMEOUT,
        }
    }

    /// The same with a token.
    #[must_use]
    pub fn with_token(mut self, token: Option<String>) -> Self {
        self.token = token;
        self
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "secret");
        f.debug_struct("Endpoint")
            .field("url", &self.url)
            .field("token", &token)
            .finish_non_exhaustive()
    }
}
