//! Why the keys of an installation cannot be used.

/// A failure of the keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The operating system refused.
    #[error("cannot {what} {path}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A key could not be made or sealed.
    #[error("the operating system gives no randomness: {0}")]
    Random(String),
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
}
