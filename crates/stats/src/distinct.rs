//! How many distinct values there are, by HyperLogLog.

use crate::error::{Error, Result};
use datasketches::common::NumStdDev;
use datasketches::hash::value::{canonical_float, raw_bytes};
use datasketches::hll::{Coupon, HllSketch, HllType, HllUnion};
use std::hash::{Hash, Hasher};

/// Binary logarithm of the number of registers: a standard error of 2.3 %.
const LG_K: u8 = 11;
const REGISTERS: usize = 1 << LG_K;

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

    /// Adds many numbers. Most cannot change a register, so the best of each register is found first.
    pub(crate) fn add_numbers(&mut self, values: &[f64]) {
        if values.len() < REGISTERS {
            values.iter().for_each(|x| self.add_number(*x));
            return;
        }
        let mut best = [None; REGISTERS];
        for x in values {
            let coupon = Coupon::from_value(canonical_float::from_f64(*x));
            let place = &mut best[register(coupon)];
            // Coupons are ordered by their registers' values first.
            *place = Some(coupon).max(*place);
        }
        for coupon in best.into_iter().flatten() {
            self.0.update_with_coupon(coupon);
        }
    }

    pub(crate) fn add_text(&mut self, text: &str) {
        self.0.update(raw_bytes::from_str(text));
    }

    /// Adds what the others have seen.
    pub(crate) fn merge<'a>(&mut self, others: impl Iterator<Item = &'a Self>) -> Result<()> {
        let mut union = HllUnion::new(LG_K).map_err(Error::form)?;
        union.update(&self.0);
        others.for_each(|other| union.update(&other.0));
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

/// Hears the bits of a coupon, which are shown to nobody else.
#[derive(Default)]
struct Bits(u32);

impl Hasher for Bits {
    fn finish(&self) -> u64 {
        self.0.into()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .iter()
            .rev()
            .fold(0, |bits, byte| bits << 8 | u32::from(*byte));
    }

    fn write_u32(&mut self, bits: u32) {
        self.0 = bits;
    }
}

/// The register that a coupon is for: the low bits of its slot.
fn register(coupon: Coupon) -> usize {
    let mut bits = Bits::default();
    coupon.hash(&mut bits);
    bits.0 as usize % REGISTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_numbers_together_are_as_one_by_one() {
        for n in [10, 5_000, 60_000] {
            let values: Vec<f64> = (0..n).map(|i| f64::from(i) * 0.37 - 900.0).collect();
            let (mut one, mut all) = (Distinct::new().unwrap(), Distinct::new().unwrap());
            values.iter().for_each(|x| one.add_number(*x));
            all.add_numbers(&values);
            // Bytes 8 to 16 are an estimate that depends on the order and is not used.
            let registers = |d: &Distinct| d.bytes().unwrap().split_off(16);
            assert_eq!(registers(&one), registers(&all), "{n}");
            assert!((one.estimate() / all.estimate() - 1.0).abs() < 1e-12);
        }
    }
}
