//! How many distinct values there are, by HyperLogLog.

use crate::error::{Error, Result};
use datasketches::common::NumStdDev;
use datasketches::hash::value::{canonical_float, raw_bytes};
use datasketches::hll::{Coupon, HllSketch, HllType, HllUnion};
use std::borrow::Cow;
use std::hash::{Hash, Hasher};

/// Binary logarithm of the number of registers: a standard error of 2.3 %.
const LG_K: u8 = 11;
const REGISTERS: usize = 1 << LG_K;
/// With so many registers in use the library's sketch, too, has nothing but registers.
const USED_MIN: usize = 512;

/// A set that only tells its size.
#[derive(Debug, Clone)]
pub(crate) struct Distinct(Form);

#[derive(Debug, Clone)]
enum Form {
    Sketch(HllSketch),
    /// The registers of a sketch of many values: quick to fill and to merge.
    Registers(Box<[u8; REGISTERS]>),
}

impl Distinct {
    pub(crate) fn new() -> Result<Self> {
        let sketch = HllSketch::new(LG_K, HllType::Hll8).map_err(Error::form)?;
        Ok(Self(Form::Sketch(sketch)))
    }

    /// Of numbers, some of which may be equal.
    pub(crate) fn of_numbers(values: &[f64]) -> Result<Self> {
        Self::of(values.iter().map(|x| number(*x)))
    }

    /// Of what coupons stand for.
    pub(crate) fn of(coupons: impl ExactSizeIterator<Item = Coupon> + Clone) -> Result<Self> {
        if coupons.len() >= USED_MIN {
            let mut registers = Box::new([0; REGISTERS]);
            for coupon in coupons.clone() {
                let bits = bits(coupon);
                let register = &mut registers[bits.register()];
                *register = bits.value().max(*register);
            }
            if registers.iter().filter(|value| **value > 0).count() >= USED_MIN {
                return Ok(Self(Form::Registers(registers)));
            }
        }
        let mut out = Self::new()?;
        coupons.for_each(|coupon| out.add(coupon));
        Ok(out)
    }

    pub(crate) fn add_number(&mut self, value: f64) {
        self.add(number(value));
    }

    pub(crate) fn add_text(&mut self, text: &str) {
        self.add(coupon_of(text));
    }

    fn add(&mut self, coupon: Coupon) {
        match &mut self.0 {
            Form::Sketch(sketch) => sketch.update_with_coupon(coupon),
            Form::Registers(registers) => {
                let bits = bits(coupon);
                let register = &mut registers[bits.register()];
                *register = bits.value().max(*register);
            }
        }
    }

    /// Adds what the others have seen.
    pub(crate) fn merge<'a>(&mut self, others: impl Iterator<Item = &'a Self>) -> Result<()> {
        let mut union = None;
        for other in others {
            if let (Form::Registers(ours), Form::Registers(theirs)) = (&mut self.0, &other.0) {
                let pairs = ours.iter_mut().zip(theirs.iter());
                pairs.for_each(|(our, their)| *our = (*our).max(*their));
                continue;
            }
            let union = match &mut union {
                Some(union) => union,
                none => none.insert(HllUnion::new(LG_K).map_err(Error::form)?),
            };
            union.update(&*other.sketch()?);
        }
        if let Some(mut union) = union {
            union.update(&*self.sketch()?);
            self.0 = Form::Sketch(union.to_sketch(HllType::Hll8));
        }
        Ok(())
    }

    fn sketch(&self) -> Result<Cow<'_, HllSketch>> {
        match &self.0 {
            Form::Sketch(sketch) => Ok(Cow::Borrowed(sketch)),
            Form::Registers(registers) => HllSketch::deserialize(&image(registers))
                .map(Cow::Owned)
                .map_err(Error::form),
        }
    }

    /// The estimate that does not depend on the order of values.
    pub(crate) fn estimate(&self) -> f64 {
        self.sketch().map_or(0.0, |s| s.composite_estimate())
    }

    /// Bounds at two standard errors.
    pub(crate) fn bounds(&self) -> (f64, f64) {
        let of = |s: Cow<'_, HllSketch>| {
            let two = NumStdDev::Two;
            (s.lower_bound(two), s.upper_bound(two))
        };
        self.sketch().map_or((0.0, 0.0), of)
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let mut union = HllUnion::new(LG_K).map_err(Error::form)?;
        union.update(&*self.sketch()?);
        Ok(union.to_sketch(HllType::Hll4).serialize())
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let sketch = HllSketch::deserialize(bytes).map_err(Error::form)?;
        Ok(Self(Form::Sketch(sketch)))
    }
}

/// What stands for a text.
pub(crate) fn coupon_of(text: &str) -> Coupon {
    Coupon::from_value(raw_bytes::from_str(text))
}

fn number(value: f64) -> Coupon {
    Coupon::from_value(canonical_float::from_f64(value))
}

/// What a coupon says: six bits of a register's value above a slot, whose low bits are the register.
#[derive(Default)]
struct Bits(u32);

impl Bits {
    fn register(&self) -> usize {
        self.0 as usize % REGISTERS
    }

    fn value(&self) -> u8 {
        (self.0 >> 26) as u8
    }
}

/// A coupon shows its bits to a hasher alone.
impl Hasher for Bits {
    fn finish(&self) -> u64 {
        self.0.into()
    }

    fn write(&mut self, bytes: &[u8]) {
        let le = bytes.iter().rev();
        self.0 = le.fold(0, |bits, byte| bits << 8 | u32::from(*byte));
    }

    fn write_u32(&mut self, bits: u32) {
        self.0 = bits;
    }
}

fn bits(coupon: Coupon) -> Bits {
    let mut bits = Bits::default();
    coupon.hash(&mut bits);
    bits
}

/// The library's stored form of eight-bit registers, marked as filled out of order.
fn image(registers: &[u8; REGISTERS]) -> Vec<u8> {
    let mut counts = [0_u32; 64];
    for value in registers {
        counts[usize::from(*value).min(63)] += 1;
    }
    let sum = |values: std::ops::Range<usize>| -> f64 {
        let terms = values.map(|value| f64::from(counts[value]) * 0.5_f64.powi(value as i32));
        terms.sum()
    };
    let mut out = Vec::with_capacity(40 + REGISTERS);
    out.extend_from_slice(&[10, 1, 7, LG_K, 0, 16, 0, 10]);
    for part in [0.0, sum(0..32), sum(32..64)] {
        out.extend_from_slice(&part.to_le_bytes());
    }
    out.extend_from_slice(&counts[0].to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(registers);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(n: i32) -> Vec<f64> {
        (0..n).map(|i| f64::from(i) * 0.37 - 900.0).collect()
    }

    fn one_by_one(values: &[f64]) -> Distinct {
        let mut out = Distinct::new().unwrap();
        values.iter().for_each(|x| out.add_number(*x));
        out
    }

    /// Bytes 8 to 16 are an estimate that depends on the order and is not used.
    fn registers(d: &Distinct) -> Vec<u8> {
        d.bytes().unwrap().split_off(16)
    }

    #[test]
    fn many_numbers_together_are_as_one_by_one() {
        let few_often: Vec<f64> = (0..9_000).map(|i| f64::from(i % 150)).collect();
        for values in [values(10), values(5_000), values(60_000), few_often] {
            let (one, all) = (one_by_one(&values), Distinct::of_numbers(&values).unwrap());
            assert_eq!(registers(&one), registers(&all), "{}", values.len());
            assert!((one.estimate() / all.estimate() - 1.0).abs() < 1e-12);
            let (low, high) = all.bounds();
            assert!(low <= all.estimate() && all.estimate() <= high);
        }
    }

    #[test]
    fn both_forms_merge_with_each_other() {
        let all = values(30_000);
        let whole = one_by_one(&all);
        for cuts in [[10_000, 20_000], [100, 25_000], [29_000, 29_900], [0, 50]] {
            let parts = [&all[..cuts[0]], &all[cuts[0]..cuts[1]], &all[cuts[1]..]];
            let mut parts = parts.map(|part| Distinct::of_numbers(part).unwrap());
            let (first, rest) = parts.split_first_mut().unwrap();
            first.merge(rest.iter()).unwrap();
            assert_eq!(registers(first), registers(&whole), "{cuts:?}");
        }
    }
}
