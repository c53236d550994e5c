//! Profiles, as whoever holds the lake reads them and has them made anew.

use super::Lake;
use crate::error::Result;
use crate::flush::profiles_app_id;
use crate::profiles::{ProfileQuery, ProfileWindow, RebuildProgress};
use crate::table::Table;
use arrow::array::RecordBatch;
use candor_contract::{Kind, ModelName, TableId};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

impl Lake {
    /// Profiles of a model's columns, merged by window, in the order of columns, values of the segment and
    /// time. Reads and decodes files, which keeps a thread busy for some time. Rows that are still hot
    /// are not in it.
    ///
    /// # Errors
    /// If there are more than the query's limit, or if a file cannot be read.
    pub async fn profiles(&self, query: &ProfileQuery) -> Result<Vec<ProfileWindow>> {
        let id = TableId::Profiles(query.model.clone());
        let Some(view) = self.tables.find(&id) else {
            return Ok(Vec::new());
        };
        view.pin().read_profiles(&self.store, query).await
    }

    /// The plain figures of [`Lake::profiles`], one row a profile, in columns named as those of the table
    /// (`docs/formats/profiles-table.md`). Much faster, since sketches are not read.
    ///
    /// # Errors
    /// As those of [`Lake::profiles`].
    pub async fn profile_figures(&self, query: &ProfileQuery) -> Result<Vec<RecordBatch>> {
        let id = TableId::Profiles(query.model.clone());
        let Some(view) = self.tables.find(&id) else {
            return Ok(Vec::new());
        };
        view.pin().read_figures(&self.store, query).await
    }

    /// Makes the profiles of whole days anew from the rows in the lake, in the background; days since 1970,
    /// the last excluded. With the time of a `reference`, microseconds since 1970, the profiles from then on
    /// count on bins made from it. `None` while another rebuild of the model is running.
    pub fn rebuild_profiles(
        &self,
        model: &ModelName,
        days: Range<i32>,
        reference: Option<Range<i64>>,
    ) -> Option<RebuildProgress> {
        let kinds = Kind::ALL.into_iter().filter(|k| k.per_model());
        let views = kinds.filter_map(|kind| self.tables.find(&TableId::of(model, kind)));
        let found: BTreeSet<i32> = views
            .flat_map(|view| view.pin().days())
            .filter(|day| days.contains(day))
            .collect();
        let begun = self
            .rebuilds
            .begin(model, found.into_iter().collect(), reference);
        self.wake.notify_one();
        begun
    }

    /// How far the newest rebuild of a model's profiles is.
    pub fn rebuild_progress(&self, model: &ModelName) -> Option<RebuildProgress> {
        self.rebuilds.progress(model)
    }
}

/// The position in the log up to which the rows of each table of events have profiles.
pub(super) async fn profiled(
    deltas: &HashMap<TableId, Table>,
    app_id: &str,
) -> Result<HashMap<TableId, u64>> {
    let mut positions = HashMap::new();
    for (id, delta) in deltas {
        let TableId::Profiles(model) = id else {
            continue;
        };
        for kind in Kind::ALL.into_iter().filter(|k| k.per_model()) {
            let app = profiles_app_id(app_id, kind);
            if let Some(through) = delta.flushed_through(&app).await? {
                let through = u64::try_from(through).unwrap_or(0);
                positions.insert(TableId::of(model, kind), through);
            }
        }
    }
    Ok(positions)
}
