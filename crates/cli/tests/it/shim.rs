//! A failing disk and a jumping clock under the real program: `shim.c`, compiled by the test that
//! needs it and loaded before the C library.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The shim in a folder of its own.
pub struct Shim {
    folder: tempfile::TempDir,
}

impl Shim {
    /// Compiles it.
    pub fn compile() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/shim.c");
        let compiler = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
            .arg(folder.path().join("shim.so"))
            .arg(source)
            .arg("-ldl")
            .output()
            .expect("a C compiler, as `make setup` installs it");
        let said = String::from_utf8_lossy(&compiler.stderr);
        assert!(compiler.status.success(), "{said}");
        std::fs::write(folder.path().join("clock"), 0_i64.to_le_bytes()).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the program's environment must hold.
    pub fn environment(&self) -> Vec<(String, String)> {
        let path = |name| self.path(name).display().to_string();
        vec![
            ("LD_PRELOAD".to_owned(), path("shim.so")),
            ("CANDOR_SHIM_SYNC".to_owned(), path("sync")),
            ("CANDOR_SHIM_CLOCK".to_owned(), path("clock")),
        ]
    }

    /// From now on syncs of files whose path contains `part` fail.
    pub fn fail_syncs_of(&self, part: &str) {
        std::fs::write(self.path("sync.new"), part).unwrap();
        std::fs::rename(self.path("sync.new"), self.path("sync")).unwrap();
    }

    /// From now on syncs succeed.
    pub fn mend_syncs(&self) {
        std::fs::remove_file(self.path("sync")).unwrap();
    }

    /// The files whose sync failed, in order.
    pub fn failed_syncs(&self) -> Vec<String> {
        let told = std::fs::read_to_string(self.path("sync.fired")).unwrap_or_default();
        told.lines().map(str::to_owned).collect()
    }

    /// From now on the wall clock is off by this much.
    pub fn set_clock_off_by_us(&self, us: i64) {
        let clock = File::options().write(true).open(self.path("clock"));
        clock.unwrap().write_all_at(&us.to_le_bytes(), 0).unwrap();
    }
}
