//! Secrets of receivers, by name: files of a folder, or what the command line found in its environment. Specs
//! hold names only.

use crate::secret::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Largest secret, in bytes.
const BYTES_MAX: u64 = 64 << 10;

/// Where secrets are looked up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Secrets {
    dir: Option<PathBuf>,
    given: BTreeMap<String, Secret>,
}

impl Secrets {
    pub(crate) fn new(dir: Option<PathBuf>, given: BTreeMap<String, Secret>) -> Self {
        Self { dir, given }
    }

    /// The secret called `name`, read anew each time so that it can be changed without a restart. Fails with
    /// a sentence that tells where it was looked for.
    pub(crate) fn find(&self, name: &str) -> Result<Secret, String> {
        // The same rule as for names in paths: no separator, no leading dot.
        if candor_contract::ModelName::new(name).is_none() {
            return Err(format!(
                "`{name}` is no name of a secret: letters, digits, `.`, `_` and `-`"
            ));
        }
        let variable = variable(name);
        if let Some(dir) = &self.dir {
            match std::fs::metadata(dir.join(name)) {
                Ok(about) if about.len() > BYTES_MAX => {
                    return Err(format!("the secret `{name}` is too large"));
                }
                Ok(_) => {
                    let text = std::fs::read_to_string(dir.join(name))
                        .map_err(|e| format!("the secret `{name}` cannot be read: {e}"))?;
                    return Ok(Secret::new(text.trim_end_matches(['\r', '\n'])));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("the secret `{name}` cannot be read: {error}")),
            }
        }
        self.given.get(&variable).cloned().ok_or_else(|| {
            format!(
                "there is no secret `{name}`: put it into a file of that name in notify.secrets_dir, or set {}{variable}",
                crate::config::SECRET_PREFIX
            )
        })
    }
}

/// The end of the environment variable for a name: `pager-duty` is `PAGER_DUTY`.
fn variable(name: &str) -> String {
    name.to_ascii_uppercase().replace(['-', '.'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_before_the_environment_and_nothing_else_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("secrets");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("pager"), "from a file\n").unwrap();
        std::fs::write(folder.path().join("outside"), "no").unwrap();
        let given = ["PAGER", "CHAT_ROOM"].map(|n| (n.to_owned(), Secret::new("from outside")));
        let secrets = Secrets::new(Some(dir), given.into_iter().collect());
        let found = |name| secrets.find(name).map(|s| s.reveal().to_owned());
        assert_eq!(found("pager").as_deref(), Ok("from a file"));
        assert_eq!(found("chat-room").as_deref(), Ok("from outside"));
        for missing in ["other", "../outside", "/etc/passwd", "", ".", "a/b", "a\0b"] {
            assert!(found(missing).is_err(), "{missing}");
        }
        assert!(found("other").unwrap_err().contains("CANDOR_SECRET_OTHER"));
    }
}
