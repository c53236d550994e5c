//! Where the master key is that an installation's keys are sealed under.

use crate::failure::Failure;
use clap::Args;
use std::fmt;
use std::path::PathBuf;

/// The master key, for commands that open a data directory.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Master {
    /// File with the master key; without it the key lies in the data directory
    #[arg(long, value_name = "FILE", env = "CANDOR_MASTER_KEY_FILE")]
    pub(crate) master_key_file: Option<PathBuf>,
    /// The master key, 64 hex digits. Meant for the environment: a command line is seen by others
    #[arg(
        long,
        value_name = "KEY",
        env = "CANDOR_MASTER_KEY",
        hide_env_values = true,
        hide = true
    )]
    pub(crate) master_key: Option<Secret>,
}

/// A text that is never shown.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Master {
    /// The key given directly, if any.
    pub(crate) fn given(&self) -> Result<Option<candor_server::MasterKey>, Failure> {
        let parse = |secret: &Secret| candor_server::MasterKey::parse(&secret.0);
        let parsed = self.master_key.as_ref().map(parse).transpose();
        parsed.map_err(|e| Failure::usage("invalid_master_key", e.to_string()))
    }
}
