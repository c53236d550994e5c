//! The checkout that is measured.

use std::process::Command;

/// Its commit, and whether it was changed since.
pub(crate) fn commit() -> String {
    let described = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12"])
        .output();
    described.map_or("unknown".into(), |o| {
        String::from_utf8_lossy(&o.stdout).trim().to_owned()
    })
}
