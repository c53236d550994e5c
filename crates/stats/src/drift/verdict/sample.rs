//! One column of one side of a comparison.

use crate::sample::{Sorted, Tally};

/// One column of one side.
#[derive(Debug, Clone, Copy)]
pub enum Sample<'a> {
    /// Numbers; few-valued ones are taken as categories.
    Numbers(&'a Sorted),
    /// Categories.
    Categories(&'a Tally),
    /// Yes, no, and rows that are neither.
    Booleans {
        /// Rows that are true.
        yes: u64,
        /// Rows that are false.
        no: u64,
        /// Rows without a value.
        missing: u64,
    },
}

impl Sample<'_> {
    /// Booleans given as 0 and 1; any number but 0 is true.
    pub fn booleans(sample: &Sorted) -> Sample<'static> {
        let from = |x: f64| sample.values().partition_point(|y| *y < x) as u64;
        let no = from(f64::MIN_POSITIVE) - from(-0.0);
        Sample::Booleans {
            yes: sample.rows() - sample.missing - no,
            no,
            missing: sample.missing,
        }
    }

    pub(super) fn rows(&self) -> u64 {
        match self {
            Sample::Numbers(sample) => sample.rows(),
            Sample::Categories(tally) => tally.rows(),
            Sample::Booleans { yes, no, missing } => yes + no + missing,
        }
    }

    pub(super) fn missing(&self) -> u64 {
        match self {
            Sample::Numbers(sample) => sample.missing,
            Sample::Categories(tally) => tally.missing,
            Sample::Booleans { missing, .. } => *missing,
        }
    }

    /// Rows with a value.
    pub(super) fn n(&self) -> u64 {
        self.rows() - self.missing()
    }
}
