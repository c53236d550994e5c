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
    /// The installation's key file is damaged.
    #[error(
        "the key file {path} is damaged; restore it from a backup: without it, subjects get new hashes and repeated ids are not recognised"
    )]
    DamagedKey {
        /// The file.
        path: String,
    },
    /// The keys are sealed under another master key.
    #[error(
        "the keys in {path} are sealed under the master key {sealed}, not {given}; give the right one (--master-key-file or CANDOR_MASTER_KEY)"
    )]
    WrongMaster {
        /// The file.
        path: String,
        /// Id of the key that it is sealed under.
        sealed: String,
        /// Id of the key given.
        given: String,
    },
    /// The keys are sealed and no master key is known.
    #[error(
        "the keys in {path} are sealed under a master key that lies elsewhere; give it (--master-key-file or CANDOR_MASTER_KEY)"
    )]
    NoMaster {
        /// The folder.
        path: String,
    },
    /// What was given is no master key.
    #[error(
        "{place} holds no master key: 64 hex digits are needed, e.g. of `openssl rand -hex 32`"
    )]
    BadMaster {
        /// Where it was looked for.
        place: String,
    },
    /// A key that is not rotated.
    #[error(
        "the {purpose} key is not rotated: ids seen before would not be recognised, or there are too many keys"
    )]
    NotRotated {
        /// Its purpose.
        purpose: &'static str,
    },
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
