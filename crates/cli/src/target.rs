//! Which server a command talks to: one that runs, or one of its own over a data directory.

use crate::failure::Failure;
use crate::local::Config;
use crate::master::Master;
use crate::{clock, local};
use candor_sdk::{Client, Endpoint, Retry};
use clap::Args;
use std::path::PathBuf;

/// Tries of a request while the server is full.
const TRIES: u32 = 20;

/// The server to talk to.
#[derive(Debug, Clone, Args)]
pub(crate) struct Remote {
    /// Address of the server
    #[arg(
        long,
        value_name = "URL",
        env = "CANDOR_SERVER",
        default_value = "http://127.0.0.1:7411"
    )]
    pub(crate) server: String,
    /// Token for the server
    #[arg(
        long,
        value_name = "TOKEN",
        env = "CANDOR_TOKEN",
        hide_env_values = true
    )]
    pub(crate) token: Option<String>,
}

/// The server, or a data directory.
#[derive(Debug, Clone, Args)]
pub(crate) struct Target {
    #[command(flatten)]
    pub(crate) remote: Remote,
    /// Data directory instead of a server; if a server is using it, that one is asked
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Settings of the data directory given by --data, if it is not used with the defaults
    #[arg(long, value_name = "FILE", env = "CANDOR_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) master: Master,
}

impl Remote {
    /// A client of the server.
    pub(crate) fn client(&self) -> Client {
        client(&self.server, self.token.clone())
    }
}

impl Target {
    /// The settings of the data directory, if one is named.
    pub(crate) fn config(&self) -> Result<Option<Config>, Failure> {
        let Some(data) = &self.data else {
            return Ok(None);
        };
        let (file, data) = (self.config.as_deref(), Some(data.clone()));
        local::config(file, data, Some(local::any_port()), &self.master).map(Some)
    }

    /// Runs `work` with a client of the server or of the data directory.
    pub(crate) fn with_client<T>(
        &self,
        work: impl FnOnce(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(config) = self.config()? else {
            return work(&self.remote.client());
        };
        if let Some(url) = running(&config.data) {
            return work(&client(&url, self.remote.token.clone()));
        }
        let server = local::Own::over(config)?;
        let outcome = work(&client(server.url(), server.token()));
        server.stop()?;
        outcome
    }
}

/// A client of the server at `url`, patient while the server is full.
pub(crate) fn client(url: &str, token: Option<String>) -> Client {
    let retry = Retry::new(TRIES, clock::jitter, clock::pause);
    Client::new(Endpoint::new(url).with_token(token), retry)
}

/// The address of the server that uses `data` now, if one does.
fn running(data: &std::path::Path) -> Option<String> {
    let text = std::fs::read(data.join("server.json")).ok()?;
    let told: serde_json::Value = serde_json::from_slice(&text).ok()?;
    let url = told.get("url")?.as_str()?;
    // A crash leaves the file behind; only an answer counts.
    client(url, None).is_ready().then(|| url.to_owned())
}
