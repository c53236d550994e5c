//! Nothing is deleted to recover: what is damaged or foreign goes to `damaged/`.

use super::Recovery;
use super::find::Found;
use crate::fs::{Fs, write_whole};
use std::path::PathBuf;

const DAMAGED_DIR: &str = "damaged";

impl<F: Fs> Recovery<'_, F> {
    /// Moves a file to `damaged/`. If that fails the file stays; it is not used either way.
    pub(super) fn set_aside(&mut self, segment: &Found) {
        let damaged = self.dir.join(DAMAGED_DIR);
        let moved = self.fs.create_dir(&damaged).and_then(|()| {
            let names = self.fs.list(&damaged)?;
            let free = |name: &String| !names.contains(name);
            let name = (0..)
                .map(|n| format!("{}.aside-{n}", segment.name))
                .find(free);
            let to = damaged.join(name.unwrap_or_default());
            self.fs.rename(&segment.path, &to)?;
            self.fs.sync_dir(&damaged)?;
            self.fs.sync_dir(self.dir)?;
            Ok(to)
        });
        self.report
            .set_aside
            .push(moved.unwrap_or_else(|_| segment.path.clone()));
    }

    /// Copies bytes to `damaged/`, once for each name. Best effort: a full disk must not keep the
    /// log from opening.
    pub(super) fn copy_aside(&self, name: &str, bytes: &[u8]) -> Option<PathBuf> {
        let damaged = self.dir.join(DAMAGED_DIR);
        self.fs.create_dir(&damaged).ok()?;
        if !self.fs.list(&damaged).ok()?.iter().any(|n| n == name) {
            write_whole(self.fs, &damaged, name, bytes).ok()?;
        }
        Some(damaged.join(name))
    }
}
