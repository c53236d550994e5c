//! Counts on bins from profiles that were made without them.

use super::Binning;
use crate::bins::Bins;
use crate::profile::Profile;

impl Binning {
    /// Counts of the rows of one profile, whatever bins it was made with: exact where its values or those
    /// bins are known, else from its sketch, within [`Profile::rank_error`] of the rows a bin (of texts, within
    /// the bounds of [`Profile::frequent`]). Missing values are counted last. `None` if numbers meet categories.
    pub fn of_sketch(&self, profile: &Profile) -> Option<Vec<u64>> {
        if let Some(counts) = self.of_profiles([profile]) {
            return Some(counts);
        }
        let figures = profile.figures();
        let missing = profile.nulls() + figures.nans;
        let rows = match self.bins.as_ref() {
            Bins::Edges(edges) => numbers(edges, profile, figures.infinities)?,
            Bins::Categories(names) => texts(names, profile, missing)?,
        };
        Some(self.folded(&rows, missing))
    }
}

fn numbers(edges: &[f64], profile: &Profile, infinities: u64) -> Option<Vec<u64>> {
    if let Some(all) = profile.all_numbers() {
        let mut rows = vec![0; edges.len() + 1];
        for (value, count) in all {
            let at = edges.partition_point(|edge| edge <= value);
            if let Some(place) = rows.get_mut(at) {
                *place += count;
            }
        }
        return Some(with_infinities(rows, infinities));
    }
    let figures = profile.figures();
    let finite = profile
        .rows()
        .saturating_sub(profile.nulls() + figures.nans + infinities);
    let mut rows = Vec::with_capacity(edges.len() + 1);
    let mut before = 0;
    for edge in edges {
        let share = profile.rank(*edge, false)?;
        // Never fewer than before: ranks of a sketch are monotone, rounding keeps them so.
        let under = ((share * finite as f64).round() as u64).clamp(before, finite);
        rows.push(under - before);
        before = under;
    }
    rows.push(finite - before);
    Some(with_infinities(rows, infinities))
}

/// Either infinity is an extreme value; which is not told apart here, so both count in the last bin.
fn with_infinities(mut rows: Vec<u64>, infinities: u64) -> Vec<u64> {
    if let Some(last) = rows.last_mut() {
        *last += infinities;
    }
    rows
}

fn texts(names: &[String], profile: &Profile, missing: u64) -> Option<Vec<u64>> {
    let present = profile.rows().saturating_sub(missing);
    let mut rows = vec![0; names.len() + 1];
    let mut known = 0;
    let mut count = |name: &str, n: u64| {
        if let Ok(at) = names.binary_search_by(|own| own.as_str().cmp(name)) {
            rows[at] += n;
            known += n;
        }
    };
    if let Some(all) = profile.all_texts() {
        all.iter().for_each(|(name, n)| count(name, *n));
    } else if profile.value_type() == crate::ValueType::Text {
        for frequent in profile.frequent(usize::MAX) {
            count(&frequent.value, frequent.low);
        }
    } else if present > 0 {
        return None;
    }
    if let Some(last) = rows.last_mut() {
        *last = present.saturating_sub(known);
    }
    Some(rows)
}
