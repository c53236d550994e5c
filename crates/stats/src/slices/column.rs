//! A feature ready to be counted.

use super::feature::{Feature, Level};

/// A feature ready to be counted.
pub(super) struct Column<'a> {
    pub(super) feature: &'a Feature,
    /// Its place among the features, which is the same among the columns unless some were left out.
    pub(super) place: usize,
    pub(super) codes: Vec<u8>,
    pub(super) fine: Level,
    pub(super) coarse: Level,
}

impl<'a> Column<'a> {
    pub(super) fn new(
        place: usize,
        feature: &'a Feature,
        kept: Option<&[usize]>,
        rows: usize,
    ) -> Self {
        let all = feature.codes();
        let codes = match kept {
            Some(kept) => kept.iter().filter_map(|at| all.get(*at).copied()).collect(),
            None => all.get(..rows).unwrap_or_default().to_vec(),
        };
        Self {
            feature,
            place,
            codes,
            fine: feature.fine(),
            coarse: feature.coarse(),
        }
    }

    /// Its codes in the coarse tables.
    pub(super) fn coarse_cells(&self) -> Vec<u8> {
        let mut cells = [0_u8; 256];
        let map = cells.iter_mut().zip(&self.coarse.map);
        map.for_each(|(cell, to)| *cell = *to);
        let codes = self.codes.iter();
        codes.map(|code| cells[usize::from(*code)]).collect()
    }
}
