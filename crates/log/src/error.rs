//! What can go wrong, in one type.

use std::io;
use std::path::{Path, PathBuf};

/// The one result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation. Only [`Error::Full`], [`Error::TooLarge`] and [`Error::Damaged`] leave the
/// log usable; after [`Error::Io`] on a write every later call answers [`Error::Poisoned`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log has no room, by its bound or because the disk is full. Nothing was stored.
    #[error("the log is full: {bytes} of {bytes_max} bytes are in use")]
    Full {
        /// Bytes in use.
        bytes: u64,
        /// The bound on bytes in use.
        bytes_max: u64,
    },
    /// One record is larger than any record may be.
    #[error("a record of {bytes} bytes is larger than the limit of {bytes_max}")]
    TooLarge {
        /// Bytes of the record.
        bytes: u64,
        /// The most that a record may have.
        bytes_max: u64,
    },
    /// An earlier write or sync failed, so nothing more is accepted until the log is opened anew.
    #[error("the log stopped after an earlier write error; open it again to recover from disk")]
    Poisoned,
    /// Records `from_seq..to_seq` are damaged and cannot be read; later ones can.
    #[error("records {from_seq} to {to_seq} (exclusive) are damaged")]
    Damaged {
        /// First missing sequence number.
        from_seq: u64,
        /// The number after the last missing one.
        to_seq: u64,
    },
    /// A file was written by a newer version; nothing was touched.
    #[error("{} has format version {version}, this program reads up to {version_max}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format version.
        version: u32,
        /// The newest version this program reads.
        version_max: u32,
    },
    /// The options contradict each other.
    #[error("the options do not fit together: {0}")]
    Options(&'static str),
    /// The operating system refused.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried, a verb.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// Adds what was tried to an [`io::Error`].
pub(crate) trait IoContext<T> {
    /// The value, or [`Error::Io`] with `what` and `path`.
    fn doing(self, what: &'static str, path: &Path) -> Result<T>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn doing(self, what: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io {
            what,
            path: path.to_owned(),
            source,
        })
    }
}

/// Whether the system says that there is no room (disk, quota or file size).
pub(crate) fn is_out_of_space(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
