//! Receivers that are files: a line of JSON at the end of one in the folder `notices`.

use super::schedule::Outcome;
use candor_contract::ModelName;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file that is larger is set aside under its name and `.1`, in place of the one before.
const BYTES_MAX: u64 = 64 << 20;

/// The folder of these files.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    data: PathBuf,
}

impl Files {
    pub(crate) fn new(data: &Path) -> Self {
        let data = data.to_owned();
        Self { data }
    }

    /// Adds a line, and returns after it is on the disk.
    pub(crate) fn append(&self, name: &str, line: &[u8]) -> Outcome {
        let Some(name) = ModelName::new(name) else {
            return Outcome::never("the file's name is none");
        };
        match self.write(name.as_str(), line) {
            Ok(()) => Outcome::Taken,
            Err(error) => Outcome::later(format!("the file cannot be written: {error}")),
        }
    }

    fn write(&self, name: &str, line: &[u8]) -> std::io::Result<()> {
        let dir = self.data.join("notices");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)?;
        let path = dir.join(name);
        if fs::metadata(&path).is_ok_and(|about| about.len() > BYTES_MAX) {
            fs::rename(&path, dir.join(format!("{name}.1")))?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)?;
        let mut all = Vec::with_capacity(line.len() + 2);
        if is_torn(&mut file)? {
            all.push(b'\n');
        }
        all.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            all.push(b'\n');
        }
        file.write_all(&all)?;
        file.sync_all()?;
        // The file may be new, and the folder too.
        File::open(&dir)?.sync_all()?;
        File::open(&self.data)?.sync_all()
    }
}

/// Whether a crash cut the last line.
fn is_torn(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn lines_are_added_and_a_torn_one_spoils_no_other() {
        let data = tempfile::tempdir().unwrap();
        let files = Files::new(data.path());
        assert_eq!(files.append("oncall", b"{\"n\":1}\n"), Outcome::Taken);
        let path = data.path().join("notices/oncall");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"n\":").unwrap();
        assert_eq!(files.append("oncall", b"{\"n\":3}"), Outcome::Taken);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"n\":1}\n{\"n\":\n{\"n\":3}\n");
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let data = tempfile::tempdir().unwrap();
        let files = Files::new(data.path());
        for name in ["", "..", "../x", "/tmp/x", "a/b", "a\0b", ".hidden"] {
            let outcome = files.append(name, b"x");
            assert!(matches!(outcome, Outcome::Never { .. }), "{name}");
        }
        assert!(!data.path().join("notices").exists());
    }
}
