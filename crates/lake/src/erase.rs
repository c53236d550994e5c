//! Erasure: the rows of a person leave every file, old versions and the log included.
//!
//! The order makes it safe to repeat: the log goes on in a new segment, everything before is brought
//! to the lake, profiles are made again without the rows (they hold frequent values, and the bins of a
//! reference are named after some), tables are rewritten without them (predictions last, since they tell
//! which other rows belong to them), their history is dropped, and then the log's old segments are.

use crate::doomed::Doomed;
use crate::erasure::{Erased, Erasure};
use crate::error::{Error, Result};
use crate::flush::Flusher;
use crate::ingest::Message;
use candor_contract::{Kind, ModelName, TableId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use tokio::sync::oneshot;

/// How often the log is asked to drop its old segments; a merge of its index may come between.
const TRIMS_MAX: usize = 8;

impl Flusher {
    /// Carries out the erasures that wait.
    pub(crate) async fn erase_waiting(&mut self) {
        while let Ok(job) = self.erasures.try_recv() {
            let outcome = self.erase(&job.erasure, job.through).await;
            // The caller may have gone; it will ask again.
            let _ = job.reply.send(outcome);
        }
    }

    async fn erase(&mut self, erasure: &Erasure, through: u64) -> Result<Erased> {
        self.flush_all().await?;
        for delta in self.deltas.values_mut() {
            delta.settle().await?;
        }
        let doomed = self.doomed(erasure).await?;
        for (model, days) in self.days_losing(erasure, &doomed).await? {
            if !days.is_empty() {
                self.forget_in_profiles(&model, days, &doomed).await?;
            }
        }
        let mut erased = Erased {
            log_through: through,
            ..Erased::default()
        };
        let mut ids: Vec<TableId> = self.deltas.keys().cloned().collect();
        ids.retain(|id| erasure.covers(id));
        ids.sort_by_key(|id| {
            (
                matches!(id, TableId::Model(_, Kind::Prediction)),
                id.clone(),
            )
        });
        for id in ids {
            let Some(delta) = self.deltas.get_mut(&id) else {
                continue;
            };
            let gone = delta.erase(|batch| doomed.keep(&id, batch)).await?;
            if gone.rows > 0 {
                erased.rows.insert(id.clone(), gone.rows);
            }
            erased.files += gone.files;
            // Readers learn of the new files before the old ones go.
            if let Some(view) = self.tables.find(&id) {
                view.publish(delta.files(), 0);
            }
            erased.history_files += delta.forget_history().await?;
        }
        self.trim_through(through).await?;
        Ok(erased)
    }

    /// The subjects, and the ids of their predictions by model.
    async fn doomed(&self, erasure: &Erasure) -> Result<Doomed> {
        let subjects: HashSet<String> = erasure.subjects.iter().cloned().collect();
        let mut predictions: HashMap<ModelName, HashSet<String>> = HashMap::new();
        for (id, delta) in self.deltas.iter().filter(|(id, _)| erasure.covers(id)) {
            if let TableId::Model(model, Kind::Prediction) = id {
                let found = delta.ids_of(&subjects).await?;
                predictions.insert(model.clone(), found);
            }
        }
        Ok(Doomed {
            subjects,
            predictions,
            model: erasure.model.clone(),
        })
    }

    /// The days of each model whose profiles count rows that are to go.
    async fn days_losing(
        &self,
        erasure: &Erasure,
        doomed: &Doomed,
    ) -> Result<BTreeMap<ModelName, BTreeSet<i32>>> {
        let mut days: BTreeMap<ModelName, BTreeSet<i32>> = BTreeMap::new();
        for (id, delta) in self.deltas.iter().filter(|(id, _)| erasure.covers(id)) {
            if let TableId::Model(model, _) = id {
                let losing = delta.days_losing(|batch| doomed.keep(id, batch)).await?;
                days.entry(model.clone()).or_default().extend(losing);
            }
        }
        Ok(days)
    }

    /// Waits until the log has dropped every segment with records up to `through`.
    async fn trim_through(&mut self, through: u64) -> Result<()> {
        self.job_is_done().await;
        for _ in 0..TRIMS_MAX {
            let (reply, work) = oneshot::channel();
            let told = self.log.send(Message::Flushed(reply)).await;
            told.map_err(|_| Error::Stopped)?;
            if let Ok(Some(job)) = work.await {
                let done = self.log.send(Message::Done(job.run())).await;
                done.map_err(|_| Error::Stopped)?;
            }
            let (reply, first) = oneshot::channel();
            let asked = self.log.send(Message::First(reply)).await;
            asked.map_err(|_| Error::Stopped)?;
            if first.await.map_err(|_| Error::Stopped)? > through {
                return Ok(());
            }
        }
        Err(Error::Check {
            table: "log".to_owned(),
            what: "its old segments could not be dropped yet; the erasure will be tried again"
                .to_owned(),
        })
    }
}
