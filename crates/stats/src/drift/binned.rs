//! Distances between counts on the same bins.

mod divergence;
mod held;
mod null;
mod rows;
mod sketched;
mod width;

use crate::bins::{BINS_MAX, Bins};
use crate::drift::categorical::paired;
use crate::error::Result;
pub use crate::loose::FEW_VALUES;
use crate::loose::Loose;
use crate::profile::Profile;
use crate::sample::{Sorted, Tally};
use crate::texts::TEXT_BYTES_MAX;
pub(super) use divergence::entropy_to_middle;
pub use divergence::{
    SHARE_FLOOR, expectation, hellinger, jensen_shannon, js, kl, psi, psi_additive, tv,
};
pub use held::Held;
use std::sync::Arc;
pub(super) use width::spaced;
pub use width::{WidthRule, histogram};

/// Bins made from a reference alone, and how rows are counted on them.
///
/// The counts of a sample are those of the bins in order, then of what was unseen in the reference where
/// bins stand for values, then of rows without a value. −∞ counts into the first bin of numbers, +∞ into
/// the last. Rows and merged profiles give the same counts, provided the profiles were made with
/// [`Binning::bins`].
#[derive(Debug, Clone, PartialEq)]
pub struct Binning {
    bins: Arc<Bins>,
    /// Where the rows of each of `bins` are counted.
    places: Vec<usize>,
    /// Counts without the one of missing values.
    len: usize,
}

impl Binning {
    /// Between the reference's deciles (type 7), equal ones merged; closed on the left, the first and the last
    /// open. A reference of one value, or of at most [`FEW_VALUES`], gets bins by value: on deciles a constant
    /// that becomes another constant would not have changed.
    ///
    /// # Errors
    /// If the reference has no finite values.
    pub fn deciles(reference: &Sorted) -> Result<Self> {
        if reference.distinct(FEW_VALUES) <= FEW_VALUES {
            Self::values(reference)
        } else {
            Self::quantiles(reference, 10)
        }
    }

    /// [`Binning::deciles`] of numbers that are not sorted.
    ///
    /// # Errors
    /// If the reference has no finite values.
    pub fn deciles_of(reference: &Loose) -> Result<Self> {
        match reference.few() {
            Some(few) => Self::at(&few.iter().map(|(x, _)| *x).collect::<Vec<_>>()),
            None => {
                let ranks: Vec<f64> = (1..10).map(|i| f64::from(i) / 10.0).collect();
                Self::between(reference.quantiles(&ranks))
            }
        }
    }

    /// Between the `count` − 1 inner quantiles of the reference, equal ones merged.
    ///
    /// # Errors
    /// If the reference has no finite values or `count` is not in 2..=257.
    pub fn quantiles(reference: &Sorted, count: usize) -> Result<Self> {
        let inner = (1..count).map(|i| reference.quantile(i as f64 / count as f64));
        Self::between(inner.flatten().collect())
    }

    /// Between the inner edges of equally wide bins over the reference, the first and the last open.
    ///
    /// # Errors
    /// If the reference has no finite values, or if the rule makes one bin or too many.
    pub fn equal_width(reference: &Sorted, rule: WidthRule) -> Result<Self> {
        let mut edges = rule.edges(reference, false, BINS_MAX + 2);
        edges.pop();
        Self::between(edges.into_iter().skip(1).collect())
    }

    /// A bin for each distinct value of the reference and one for all others, which are unseen.
    ///
    /// # Errors
    /// If the reference has no finite values or more than 128 distinct ones.
    pub fn values(reference: &Sorted) -> Result<Self> {
        let values: Vec<f64> = reference.counted().into_iter().map(|(x, _)| x).collect();
        Self::at(&values)
    }

    fn at(values: &[f64]) -> Result<Self> {
        // A value's bin ends where the next number begins.
        let ends = values.iter().map(|x| x.next_up()).filter(|x| x.is_finite());
        let bins = Bins::edges(values.iter().copied().chain(ends).collect())?;
        let place = |left: &f64| {
            let known = values.binary_search_by(|x| x.total_cmp(left));
            known.unwrap_or(values.len())
        };
        let mut places = vec![values.len()];
        if let Bins::Edges(edges) = &bins {
            places.extend(edges.iter().map(place));
        }
        Ok(Self {
            bins: Arc::new(bins),
            places,
            len: values.len() + 1,
        })
    }

    fn between(edges: Vec<f64>) -> Result<Self> {
        Ok(Self::of(Arc::new(Bins::edges(edges)?)))
    }

    /// A bin for each category of the reference, of more than [`BINS_MAX`] for the most frequent, and one for
    /// all others: unseen ones, the rarest, and texts too long for a bin.
    ///
    /// # Errors
    /// If the reference has no category that may be a bin.
    pub fn categories(reference: &Tally) -> Result<Self> {
        let mut known: Vec<&(String, u64)> = reference.counts().iter().collect();
        known.retain(|(name, rows)| *rows > 0 && name.len() <= TEXT_BYTES_MAX);
        known.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let names = known.iter().take(BINS_MAX).map(|(name, _)| name.clone());
        Ok(Self::of(Arc::new(Bins::categories(names.collect())?)))
    }

    /// From the profile of the reference: by value for up to [`FEW_VALUES`] numbers, between the deciles of
    /// others, of texts a bin for each of the fifty most frequent. `None` without values.
    pub fn of_profile(reference: &Profile) -> Option<Self> {
        let few = reference
            .all_numbers()
            .filter(|all| all.len() <= FEW_VALUES);
        match few {
            Some(all) => Self::at(&all.iter().map(|(x, _)| *x).collect::<Vec<_>>()).ok(),
            None => Some(Self::of(Arc::new(reference.reference_bins()?))),
        }
    }

    /// The given bins as they are, e.g. those that stored profiles were made with.
    pub fn of(bins: Arc<Bins>) -> Self {
        let len = bins.len();
        Self {
            bins,
            places: (0..len).collect(),
            len,
        }
    }

    /// The bins to make profiles with, so that [`Binning::of_profiles`] has counts.
    pub fn bins(&self) -> &Arc<Bins> {
        &self.bins
    }

    /// Counts of a sample's bins, missing values included.
    pub fn len(&self) -> usize {
        self.len + 1
    }

    /// Never: there is always one bin.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Counts of numbers. `None` if the bins are of categories.
    pub fn of_numbers(&self, sample: &Sorted) -> Option<Vec<u64>> {
        let Bins::Edges(edges) = self.bins.as_ref() else {
            return None;
        };
        let values = sample.values();
        let mut rows = Vec::with_capacity(self.places.len());
        let mut before = 0;
        for edge in edges {
            let under = values.partition_point(|x| x < edge);
            rows.push((under - before) as u64);
            before = under;
        }
        rows.push((values.len() - before) as u64);
        if let Some(first) = rows.first_mut() {
            *first += sample.below;
        }
        if let Some(last) = rows.last_mut() {
            *last += sample.above;
        }
        Some(self.folded(&rows, sample.missing))
    }

    /// Counts of categories. `None` if the bins are of numbers.
    pub fn of_categories(&self, sample: &Tally) -> Option<Vec<u64>> {
        let Bins::Categories(names) = self.bins.as_ref() else {
            return None;
        };
        let mut rows: Vec<u64> = names.iter().map(|name| sample.of(name)).collect();
        let others = sample.n() - rows.iter().sum::<u64>();
        rows.push(others);
        Some(self.folded(&rows, sample.missing))
    }

    /// Counts of all rows of `profiles` together, exactly those of the rows. `None` if one was made with other
    /// bins.
    pub fn of_profiles<'a>(
        &self,
        profiles: impl IntoIterator<Item = &'a Profile>,
    ) -> Option<Vec<u64>> {
        let mut all = vec![0; self.len()];
        for profile in profiles {
            let counts = match profile.bins() {
                Some(counts) if counts.bins == self.bins => {
                    let binned: u64 = counts.rows.iter().sum();
                    self.folded(&counts.rows, profile.rows().saturating_sub(binned))
                }
                // All rows missing: nothing of them belongs into a bin.
                None if profile.rows() == profile.nulls() => self.folded(&[], profile.rows()),
                _ => return None,
            };
            all = paired(&all, &counts).map(|(a, b)| a + b).collect();
        }
        Some(all)
    }

    fn folded(&self, rows: &[u64], missing: u64) -> Vec<u64> {
        let mut counts = vec![0; self.len()];
        for (place, rows) in self.places.iter().zip(rows) {
            if let Some(count) = counts.get_mut(*place) {
                *count += rows;
            }
        }
        if let Some(count) = counts.last_mut() {
            *count = missing;
        }
        counts
    }
}

#[cfg(test)]
mod tests;
