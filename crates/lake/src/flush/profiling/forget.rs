//! What an erasure does to profiles: they hold frequent values, and the bins of a reference are named after
//! such values.

use super::{BINS_PROPERTY, ModelBins};
use crate::doomed::Doomed;
use crate::error::Result;
use crate::flush::Flusher;
use crate::profiles::Categories;
use candor_contract::{Kind, ModelName, TableId};
use std::collections::{BTreeMap, BTreeSet};

impl Flusher {
    /// Makes profiles of `model` as if its doomed rows had never come: those of `days`, and all if a
    /// category of its bins goes with the rows. Which do is told by the rows and by the bins that the
    /// table keeps; these change last, so that what is interrupted is found and done again.
    pub(crate) async fn forget_in_profiles(
        &mut self,
        model: &ModelName,
        mut days: BTreeSet<i32>,
        doomed: &Doomed,
    ) -> Result<()> {
        let smaller = self.bins_without(model, doomed).await?;
        let Some(bins) = smaller else {
            return self.rebuild_days(model, days, doomed).await;
        };
        days.extend(self.days_of(model));
        let text = bins.to_text()?;
        let known = self.profiling.known.entry(model.clone()).or_default();
        known.bins = bins;
        let outcome = self.rebuild_for(model, &text, (days, doomed)).await;
        if outcome.is_err() {
            // Which bins hold is learned from the table again.
            self.profiling.known.remove(model);
        }
        outcome
    }

    /// Makes profiles of days anew by the bins at hand, which the table keeps from then on.
    async fn rebuild_for(
        &mut self,
        model: &ModelName,
        bins: &str,
        (days, doomed): (BTreeSet<i32>, &Doomed),
    ) -> Result<()> {
        self.rebuild_days(model, days, doomed).await?;
        let id = TableId::Profiles(model.clone());
        let table = self.profiles_table(&id).await?;
        table.set_property(BINS_PROPERTY, bins).await
    }

    async fn rebuild_days(
        &mut self,
        model: &ModelName,
        days: BTreeSet<i32>,
        doomed: &Doomed,
    ) -> Result<()> {
        for day in days {
            self.rebuild_day(model, day, Some(doomed)).await?;
        }
        Ok(())
    }

    /// Days of which there are rows of the model.
    fn days_of(&self, model: &ModelName) -> BTreeSet<i32> {
        let tables = self.deltas.iter();
        let own = tables.filter(|(id, _)| id.model() == Some(model));
        own.flat_map(|(_, delta)| {
            delta
                .files()
                .iter()
                .filter_map(|f| f.day)
                .collect::<Vec<_>>()
        })
        .collect()
    }

    /// The bins that the table of profiles keeps, without categories that only doomed rows hold; `None`
    /// if there are no such categories.
    async fn bins_without(
        &mut self,
        model: &ModelName,
        doomed: &Doomed,
    ) -> Result<Option<ModelBins>> {
        let profiles = TableId::Profiles(model.clone());
        self.learn(&profiles).await?;
        let Some(text) = self
            .profiles_table(&profiles)
            .await?
            .property(BINS_PROPERTY)?
        else {
            return Ok(None);
        };
        let bins = ModelBins::from_text(&text)?;
        let all = bins.categories();
        let mut by_kind: BTreeMap<Kind, BTreeMap<&str, &BTreeSet<String>>> = BTreeMap::new();
        for ((kind, column), categories) in &all {
            by_kind.entry(*kind).or_default().insert(column, categories);
        }
        let mut gone = Categories::new();
        for (kind, sought) in by_kind {
            let id = TableId::of(model, kind);
            let Some(delta) = self.deltas.get(&id) else {
                continue;
            };
            let lost = delta.only_lost(&sought, |batch| doomed.keep(&id, batch));
            for (column, text) in lost.await? {
                gone.entry((kind, column)).or_default().insert(text);
            }
        }
        Ok((!gone.is_empty()).then(|| bins.without(&gone)))
    }
}
