//! A disk of a few megabytes that only this test and its server see: a file system in memory in a
//! mount namespace of its own.

use crate::sandbox::CANDOR;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The disk; it is gone when this value is dropped.
pub struct SmallDisk {
    place: tempfile::TempDir,
    holder: Child,
    /// Whether the namespace belongs to a user namespace, since this is not root.
    unprivileged: bool,
}

impl SmallDisk {
    /// A disk of `mib` MiB. `None`, and a word about it, where the system allows no namespaces;
    /// in continuous integration that is a failure.
    pub fn mount(mib: u32) -> Option<Self> {
        let tried = [false, true].map(|unprivileged| Self::mount_as(mib, unprivileged));
        let mounted = tried.into_iter().flatten().next();
        if mounted.is_none() {
            assert!(std::env::var_os("CI").is_none(), "no mount namespace here");
            eprintln!("SKIPPED: this system gives no mount namespace");
        }
        mounted
    }

    fn mount_as(mib: u32, unprivileged: bool) -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        // It ends with its standard input, so it never outlives the test.
        let script = "mount -t tmpfs -o size=\"$1\"m tmpfs \"$2\" && echo mounted && exec cat";
        let mut holder = Command::new("unshare")
            .arg(if unprivileged { "-rm" } else { "-m" })
            .args(["sh", "-c", script, "sh", &mib.to_string()])
            .arg(place.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        BufReader::new(holder.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        if line.trim() != "mounted" {
            holder.wait().unwrap();
            return None;
        }
        Some(Self {
            place,
            holder,
            unprivileged,
        })
    }

    /// The binary, run where the disk is mounted.
    pub fn candor(&self) -> Command {
        let mut command = Command::new("nsenter");
        if self.unprivileged {
            command.args(["-U", "--preserve-credentials"]);
        }
        command.args(["-m", "-t", &self.holder.id().to_string(), CANDOR]);
        command
    }

    /// Where the server finds the disk.
    pub fn seen_from_inside(&self) -> &Path {
        self.place.path()
    }

    /// Where this process finds it.
    pub fn seen_from_here(&self) -> PathBuf {
        let root = format!("/proc/{}/root", self.holder.id());
        PathBuf::from(root + &self.place.path().display().to_string())
    }

    /// Takes all room but `left_kib` KiB.
    pub fn fill(&self, left_kib: usize) {
        let path = self.seen_from_here().join("filler");
        let mut filler = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .unwrap();
        for size in [1 << 20, 4096] {
            while filler.write_all(&vec![1; size]).is_ok() {}
        }
        let bytes = filler.metadata().unwrap().len();
        filler
            .set_len(bytes.saturating_sub(left_kib as u64 * 1024))
            .unwrap();
    }

    /// Gives the room back.
    pub fn clear(&self) {
        std::fs::remove_file(self.seen_from_here().join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
