//! Summary of numbers: booleans, numbers, times.

use crate::codec::{Reader, put_block, put_count};
use crate::distinct::Distinct;
use crate::error::{Error, Result};
use crate::moments::Moments;
use crate::quantiles::{Quantiles, at_rank};

/// Most distinct values that are kept with their counts.
pub const VALUES_MAX: usize = 64;

/// What is known of numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    pub(crate) nans: u64,
    /// Negative infinities.
    pub(crate) below: u64,
    /// Positive infinities.
    pub(crate) above: u64,
    pub(crate) moments: Moments,
    values: Values,
}

/// The finite values.
#[derive(Debug, Clone)]
enum Values {
    /// Each with its rows, ascending.
    All(Vec<(f64, u64)>),
    Sketched(Box<(Quantiles, Distinct)>),
}

impl Default for Values {
    fn default() -> Self {
        Values::All(Vec::new())
    }
}

impl Numbers {
    /// Of finite values without −0, in any order; quantiles of more than `exact_max` are sampled.
    pub(crate) fn of(values: &[f64], exact_max: usize) -> Result<Self> {
        Ok(Self {
            moments: Moments::of(values),
            values: Values::of(values, exact_max)?,
            ..Self::default()
        })
    }

    /// Adds the rows of others.
    pub(crate) fn merge(&mut self, others: &[&Self]) -> Result<()> {
        for other in others {
            self.nans += other.nans;
            self.below += other.below;
            self.above += other.above;
            self.moments.merge(&other.moments);
        }
        let values: Vec<&Values> = others.iter().map(|other| &other.values).collect();
        self.values.merge(&values)
    }
    /// Estimate, low, high; equal when exact.
    pub(crate) fn distinct(&self) -> (f64, f64, f64) {
        match &self.values {
            Values::All(values) => {
                let exact = values.len() as f64;
                (exact, exact, exact)
            }
            Values::Sketched(sketches) => {
                let (low, high) = sketches.1.bounds();
                (sketches.1.estimate(), low, high)
            }
        }
    }

    pub(crate) fn quantiles(&self, ranks: &[f64]) -> Option<Vec<f64>> {
        match &self.values {
            Values::All(values) => {
                let of = |rank: &f64| at_rank(values, self.moments.n, rank.clamp(0.0, 1.0));
                ranks.iter().map(of).collect()
            }
            Values::Sketched(sketches) => sketches.0.quantiles(ranks),
        }
    }

    pub(crate) fn rank(&self, value: f64, inclusive: bool) -> Option<f64> {
        match &self.values {
            Values::All(values) => {
                let below = |x: f64| x < value || (inclusive && x <= value);
                let rows: u64 = values
                    .iter()
                    .filter(|(x, _)| below(*x))
                    .map(|(_, n)| n)
                    .sum();
                (self.moments.n > 0).then(|| rows as f64 / self.moments.n as f64)
            }
            Values::Sketched(sketches) => sketches.0.rank(value, inclusive),
        }
    }

    /// Error of a rank at 99 % confidence; 0 when every value is known.
    pub(crate) fn rank_error(&self) -> f64 {
        match &self.values {
            Values::All(_) => 0.0,
            Values::Sketched(sketches) => sketches.0.rank_error(),
        }
    }

    /// Every value with its rows, if all are known.
    pub(crate) fn all(&self) -> Option<&[(f64, u64)]> {
        match &self.values {
            Values::All(values) => Some(values),
            Values::Sketched(_) => None,
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        for count in [self.nans, self.below, self.above] {
            out.extend_from_slice(&count.to_le_bytes());
        }
        self.moments.write(out);
        match &self.values {
            Values::All(values) => {
                out.push(0);
                put_count(out, values.len());
                for (value, rows) in values {
                    out.extend_from_slice(&value.to_le_bytes());
                    out.extend_from_slice(&rows.to_le_bytes());
                }
            }
            Values::Sketched(sketches) => {
                out.push(1);
                let mut block = Vec::with_capacity(8192);
                sketches.0.write(&mut block);
                put_block(out, &block);
                put_block(out, &sketches.1.bytes()?);
            }
        }
        Ok(())
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self> {
        let (nans, below, above) = (from.u64()?, from.u64()?, from.u64()?);
        let moments = Moments::read(from)?;
        let values = match from.u8()? {
            0 => {
                let count = usize::from(from.u16()?);
                let pair = |_| Ok((from.f64()?, from.u64()?));
                Values::All((0..count).map(pair).collect::<Result<_>>()?)
            }
            1 => {
                let quantiles = Quantiles::read(from.block()?)?;
                Values::Sketched(Box::new((quantiles, Distinct::read(from.block()?)?)))
            }
            _ => return Err(Error::form("values of an unknown kind")),
        };
        let read = Self {
            nans,
            below,
            above,
            moments,
            values,
        };
        read.checked()
    }

    fn checked(self) -> Result<Self> {
        let whole = match &self.values {
            Values::All(values) => {
                let rows = values
                    .iter()
                    .try_fold(0_u64, |rows, (_, n)| rows.checked_add(*n));
                let ascending = values.windows(2).all(|pair| pair[0].0 < pair[1].0);
                let finite = values.iter().all(|(x, _)| x.is_finite());
                rows == Some(self.moments.n) && ascending && finite && values.len() <= VALUES_MAX
            }
            Values::Sketched(sketches) => sketches.0.n() == self.moments.n,
        };
        whole
            .then_some(self)
            .ok_or_else(|| Error::form("its values contradict their count"))
    }
}

impl Values {
    fn of(values: &[f64], exact_max: usize) -> Result<Self> {
        if let Some(all) = counted(values) {
            return Ok(Values::All(all));
        }
        let mut quantiles = Quantiles::default();
        quantiles.insert(values, exact_max);
        let distinct = Distinct::of_numbers(values)?;
        Ok(Values::Sketched(Box::new((quantiles, distinct))))
    }

    fn merge(&mut self, others: &[&Self]) -> Result<()> {
        let mut left = others;
        while let (Values::All(ours), [Values::All(theirs), rest @ ..]) = (&mut *self, left) {
            let both = joined(ours, theirs);
            if both.len() > VALUES_MAX {
                break;
            }
            *ours = both;
            left = rest;
        }
        if left.is_empty() {
            return Ok(());
        }
        let mut sketches = std::mem::take(self).sketched()?;
        for other in left {
            match other {
                Values::All(values) => {
                    sketches.0.insert_counted(values);
                    values.iter().for_each(|(x, _)| sketches.1.add_number(*x));
                }
                Values::Sketched(theirs) => sketches.0.merge(&theirs.0),
            }
        }
        sketches
            .1
            .merge(left.iter().filter_map(|other| match other {
                Values::All(_) => None,
                Values::Sketched(theirs) => Some(&theirs.1),
            }))?;
        *self = Values::Sketched(sketches);
        Ok(())
    }

    fn sketched(self) -> Result<Box<(Quantiles, Distinct)>> {
        match self {
            Values::Sketched(sketches) => Ok(sketches),
            Values::All(values) => {
                let (mut quantiles, mut distinct) = (Quantiles::default(), Distinct::new()?);
                quantiles.insert_counted(&values);
                values.iter().for_each(|(x, _)| distinct.add_number(*x));
                Ok(Box::new((quantiles, distinct)))
            }
        }
    }
}

/// Each distinct value with its rows, ascending; `None` as soon as there are too many.
fn counted(values: &[f64]) -> Option<Vec<(f64, u64)>> {
    const SLOTS: usize = 4 * VALUES_MAX;
    let mut slots = [(0.0_f64, 0_u64); SLOTS];
    let mut used = 0;
    for x in values {
        let hash = x.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut at = (hash >> 56) as usize % SLOTS;
        while slots[at].1 > 0 && slots[at].0.to_bits() != x.to_bits() {
            at = (at + 1) % SLOTS;
        }
        if slots[at].1 == 0 {
            used += 1;
            if used > VALUES_MAX {
                return None;
            }
        }
        slots[at] = (*x, slots[at].1 + 1);
    }
    let mut all: Vec<_> = slots.into_iter().filter(|(_, rows)| *rows > 0).collect();
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    Some(all)
}

/// Two ascending lists of values with counts as one.
fn joined(a: &[(f64, u64)], b: &[(f64, u64)]) -> Vec<(f64, u64)> {
    let mut out: Vec<(f64, u64)> = a.iter().chain(b).copied().collect();
    out.sort_by(|x, y| x.0.total_cmp(&y.0));
    out.dedup_by(|next, kept| {
        let same = next.0.to_bits() == kept.0.to_bits();
        if same {
            kept.1 += next.1;
        }
        same
    });
    out
}

impl Moments {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.n.to_le_bytes());
        for x in [self.mean, self.m2, self.m3, self.m4, self.min, self.max] {
            out.extend_from_slice(&x.to_le_bytes());
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self> {
        let read = Self {
            n: from.u64()?,
            mean: from.f64()?,
            m2: from.f64()?,
            m3: from.f64()?,
            m4: from.f64()?,
            min: from.f64()?,
            max: from.f64()?,
        };
        let bounded = read.min.is_finite() && read.max.is_finite() && read.min <= read.max;
        match read.n {
            0 => Ok(Self::default()),
            _ if bounded => Ok(read),
            _ => Err(Error::form("its bounds are none")),
        }
    }
}
