//! Why a server cannot start or had to stop.

/// A failed start, or the reason of a stop.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process uses the data directory.
    #[error("another process is using {path}; stop it, or choose another --data directory")]
    Locked {
        /// The directory.
        path: String,
    },
    /// The operating system refused.
    #[error("cannot {what} {path}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file, folder or address.
        path: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The installation's keys cannot be used.
    #[error(transparent)]
    Keys(#[from] crate::keyring::KeyError),
    /// No randomness to be had.
    #[error("the operating system gives no randomness: {0}")]
    Random(String),
    /// Listening on a foreign address without authentication.
    #[error(
        "refusing to listen on {address} without authentication: create a token first (candor token create --data DIR --name admin --scope admin), or listen on 127.0.0.1"
    )]
    Unprotected {
        /// The address.
        address: std::net::SocketAddr,
    },
    /// The lake failed.
    #[error("the lake failed: {0}")]
    Lake(#[from] candor_lake::Error),
    /// The catalog failed.
    #[error("the catalog failed: {0}")]
    Catalog(#[from] candor_catalog::Error),
    /// The settings contradict themselves.
    #[error("{0}")]
    Config(#[from] crate::config::ConfigError),
    /// The settings name another catalog or lake than the data directory was made with.
    #[error(
        "{path} was made with the {what} `{stored}`, the settings say `{wanted}`: give its own settings with --config, or use another data directory"
    )]
    OtherBackend {
        /// The data directory.
        path: String,
        /// `catalog` or `lake`.
        what: &'static str,
        /// What it was made with.
        stored: String,
        /// What the settings name.
        wanted: String,
    },
    /// A background task ended.
    #[error("{task} stopped: {reason}")]
    Task {
        /// Which.
        task: &'static str,
        /// Why.
        reason: String,
    },
}
