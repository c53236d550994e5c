//! How many distinct values there are, by HyperLogLog.

use crate::error::{Error, Result};
use datasketches::common::NumStdDev;
use datasketches::hash::value::{canonical_float, raw_bytes};
use datasketches::hll::{HllSketch, HllType, HllUnion};

/// Binary logarithm of the number of registers: a standard error of 2.3 %.
const LG_K: u8 = 11;

/// A set that only tells its size.
#[derive(Debug, Clone)]
pub(crate) struct Distinct(HllSketch);

impl Distinct {
    pub(crate) fn new() -> Result<Self> {
        HllSketch::new(LG_K, HllType::Hll8)
            .map(Self)
            .map_err(Error::form)
    }

    pub(crate) fn add_number(&mut self, value: f64) {
        self.0.update(canonical_float::from_f64(value));
    }

    pub(crate) fn add_text(&mut self, text: &str) {
        self.0.update(raw_bytes::from_str(text));
    }

    pub(crate) fn merge(&mut self, other: &Self) -> Result<()> {
        let mut union = HllUnion::new(LG_K).map_err(Error::form)?;
        union.update(&self.0);
        union.update(&other.0);
        self.0 = union.to_sketch(HllType::Hll8);
        Ok(())
    }

    /// The estimate that does not depend on the order of values.
    pub(crate) fn estimate(&self) -> f64 {
        self.0.composite_estimate()
    }

    /// Bounds at two standard errors.
    pub(crate) fn bounds(&self) -> (f64, f64) {
        (
            self.0.lower_bound(NumStdDev::Two),
            self.0.upper_bound(NumStdDev::Two),
        )
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let mut union = HllUnion::new(LG_K).map_err(Error::form)?;
        union.update(&self.0);
        Ok(union.to_sketch(HllType::Hll4).serialize())
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        HllSketch::deserialize(bytes).map(Self).map_err(Error::form)
    }
}
