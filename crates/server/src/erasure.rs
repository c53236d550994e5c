//! Erasing a person: asked for, carried out, resumed after a crash, and told in a receipt that names
//! nobody.

use crate::clock;
use crate::keyring::KeyRing;
use crate::private_file::private_file;
use crate::problem::Problem;
use candor_catalog::{Catalog, Erasure as Stored};
use candor_contract::{ModelName, format_us};
use candor_lake::{Erased, Erasure, Lake};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long after a failure an erasure is tried again (`docs/guides/privacy.md` states it).
const AGAIN: Duration = Duration::from_secs(10);

/// An erasure that was asked for. It lies in a file of its own, which goes with the last trace of
/// the person: a catalog keeps old pages.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    id: String,
    asked_us: i64,
    model: Option<String>,
    /// Every form under which the subject may be stored.
    subjects: Vec<String>,
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Receipt {
    /// Its id.
    pub id: String,
    /// The model it was limited to; null for all.
    pub model: Option<String>,
    /// When it was asked for.
    pub asked_at: String,
    /// When the last trace was gone.
    pub done_at: String,
    /// Rows that went, all stores together.
    pub rows: u64,
    /// Rows that went, by table, e.g. `loan.predictions` or `quarantine`.
    pub tables: BTreeMap<String, u64>,
    /// Data files that were written anew or dropped.
    pub files: u64,
    /// Files of old versions that were deleted.
    pub history_files: u64,
    /// Damaged pieces, set aside by repairs, that were deleted because they may hold rows.
    pub set_aside_files: u64,
    /// The log holds nothing up to this record any more.
    pub log_through: u64,
    /// Whether an earlier attempt was cut off or failed, so that rows of that one are not counted.
    pub resumed: bool,
}

/// Erasures, one at a time.
pub(crate) struct Erasures {
    data: PathBuf,
    lake: Lake,
    catalog: Catalog,
    keys: Arc<KeyRing>,
    turn: tokio::sync::Mutex<()>,
}

impl Erasures {
    pub(crate) fn new(data: &Path, lake: &Lake, catalog: &Catalog, keys: &Arc<KeyRing>) -> Self {
        Self {
            data: data.to_owned(),
            lake: lake.clone(),
            catalog: catalog.clone(),
            keys: keys.clone(),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    fn dir(&self) -> PathBuf {
        self.data.join("erasures")
    }

    fn file(&self, id: &str) -> PathBuf {
        self.dir().join(format!("{id}.json"))
    }

    /// Erases what is stored of `subject` by now. When it fails half way it is done again soon, see
    /// [`Erasures::keep_trying`], and at the next start.
    pub(crate) async fn carry_out(
        &self,
        subject: &str,
        model: Option<&ModelName>,
    ) -> Result<Receipt, Problem> {
        let random: [u8; 16] =
            clock::random().map_err(|_| Problem::busy("The system gives no randomness."))?;
        let now_us = clock::now_us();
        let id = candor_contract::Minter::new(now_us, u128::from_le_bytes(random)).mint();
        let pending = Pending {
            id: id.to_string(),
            asked_us: now_us,
            model: model.map(|m| m.as_str().to_owned()),
            subjects: self.keys.keys().subject_forms(subject),
        };
        let _turn = self.turn.lock().await;
        self.note(&pending).map_err(|e| Problem::internal(&e))?;
        let receipt = self.run(pending, false).await?;
        self.run_pending().await?;
        Ok(receipt)
    }

    /// Carries out what a crash interrupted.
    pub(crate) async fn resume(&self) -> Result<(), Problem> {
        let _turn = self.turn.lock().await;
        self.run_pending().await
    }

    /// Tries again what failed, until the server stops: who asked was promised that nothing stays.
    pub(crate) async fn keep_trying(&self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => {}
                _ = stop.changed() => return,
            }
            if let Err(problem) = self.resume().await {
                tracing::error!(
                    reason = problem.detail,
                    "an erasure is not done yet; trying again"
                );
            }
        }
    }

    /// Erasures that were asked for and are not done.
    pub(crate) fn waiting(&self) -> u64 {
        let entries = fs::read_dir(self.dir()).into_iter().flatten().flatten();
        let noted = entries.filter(|e| e.path().extension().is_some_and(|e| e == "json"));
        noted.count() as u64
    }

    async fn run_pending(&self) -> Result<(), Problem> {
        for pending in self.pending().map_err(|e| Problem::internal(&e))? {
            self.run(pending, true).await?;
        }
        Ok(())
    }

    async fn run(&self, pending: Pending, resumed: bool) -> Result<Receipt, Problem> {
        let erasure = Erasure {
            subjects: pending.subjects.clone(),
            model: pending.model.as_deref().and_then(ModelName::new),
        };
        let erased = self.lake.erase(erasure).await?;
        let aside = self.drop_set_aside().map_err(|e| Problem::internal(&e))?;
        let receipt = receipt(&pending, &erased, aside, resumed);
        let body = serde_json::to_value(&receipt).map_err(|e| Problem::internal(&e))?;
        let stored = Stored {
            id: pending.id.clone(),
            body,
            asked_us: pending.asked_us,
            done_us: clock::now_us(),
        };
        self.catalog.put_erasure(&stored).await?;
        let done = fs::remove_file(self.file(&pending.id)).and_then(|()| sync(&self.dir()));
        done.map_err(|e| Problem::internal(&e))?;
        Ok(receipt)
    }

    fn note(&self, pending: &Pending) -> std::io::Result<()> {
        let dir = self.dir();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)?;
        let temporary = dir.join("next.tmp");
        let mut file = private_file(&temporary)?;
        file.set_len(0)?;
        file.write_all(&serde_json::to_vec(pending)?)?;
        file.sync_all()?;
        fs::rename(&temporary, self.file(&pending.id))?;
        sync(&dir)?;
        sync(&self.data)
    }

    fn pending(&self) -> std::io::Result<Vec<Pending>> {
        let entries = match fs::read_dir(self.dir()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "tmp") {
                // It was not yet promised.
                fs::remove_file(&path)?;
                continue;
            }
            all.push(serde_json::from_slice(&fs::read(&path)?)?);
        }
        Ok(all)
    }

    /// Deletes the pieces of the log that repairs have set aside.
    fn drop_set_aside(&self) -> std::io::Result<u64> {
        let mut gone = 0;
        for dir in ["log/damaged", "log/seen/damaged"] {
            let dir = self.data.join(dir);
            if !dir.is_dir() {
                continue;
            }
            for entry in fs::read_dir(&dir)? {
                fs::remove_file(entry?.path())?;
                gone += 1;
            }
            sync(&dir)?;
        }
        Ok(gone)
    }
}

fn sync(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

fn receipt(pending: &Pending, erased: &Erased, aside: u64, resumed: bool) -> Receipt {
    Receipt {
        id: pending.id.clone(),
        model: pending.model.clone(),
        asked_at: format_us(pending.asked_us),
        done_at: format_us(clock::now_us()),
        rows: erased.rows.values().sum(),
        tables: erased
            .rows
            .iter()
            .map(|(table, rows)| (table.to_string(), *rows))
            .collect(),
        files: erased.files,
        history_files: erased.history_files,
        set_aside_files: aside,
        log_through: erased.log_through,
        resumed,
    }
}
